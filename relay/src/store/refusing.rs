//! A transaction that refuses everything: it stands in when no real one can begin.

use crate::store::StoreError;
use crate::store::sql::{Reads, Row, Tx, Value};
use smsdesk_common::ids::Seq;
use smsdesk_common::record::Kind;
use smsdesk_common::time::Timestamp;
use uuid::Uuid;

/// Refuses every statement for the reason that no real one can begin.
pub(crate) struct Refusing<'a>(pub(crate) &'a StoreError);

impl Refusing<'_> {
    fn refused<T>(&self) -> Result<T, StoreError> {
        Err(self.0.clone())
    }
}

impl Reads for Refusing<'_> {
    fn query(&mut self, _: &'static str, _: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.refused()
    }
}

impl Tx for Refusing<'_> {
    fn execute(&mut self, _: &'static str, _: &[Value]) -> Result<usize, StoreError> {
        self.refused()
    }

    fn advance(&mut self, _: Kind, _: &str, _: Option<Seq>) -> Result<Seq, StoreError> {
        self.refused()
    }

    fn retire(&mut self, _: Kind, _: &str, _: Seq) -> Result<Seq, StoreError> {
        self.refused()
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(0)
    }

    fn new_id(&mut self) -> Uuid {
        Uuid::nil()
    }
}
