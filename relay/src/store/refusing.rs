//! A transaction that refuses everything: it stands in when no real one can begin.

use crate::store::StoreError;
use crate::store::sql::{Reads, Row, Tx, Value};
use smsdesk_common::ids::Seq;
use smsdesk_common::record::Kind;
use smsdesk_common::time::Timestamp;
use uuid::Uuid;

/// Refuses every statement as [`StoreError::Unavailable`].
pub(crate) struct Refusing;

fn refused<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable(
        "no transaction can begin".to_owned(),
    ))
}

impl Reads for Refusing {
    fn query(&mut self, _: &'static str, _: &[Value]) -> Result<Vec<Row>, StoreError> {
        refused()
    }
}

impl Tx for Refusing {
    fn execute(&mut self, _: &'static str, _: &[Value]) -> Result<usize, StoreError> {
        refused()
    }

    fn advance(&mut self, _: Kind, _: &str, _: Option<Seq>) -> Result<Seq, StoreError> {
        refused()
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(0)
    }

    fn new_id(&mut self) -> Uuid {
        Uuid::nil()
    }
}
