//! What domain code sees of a database: statements with `?1` parameters in the subset of SQL
//! that SQLite and PostgreSQL share, values, rows and errors. Knows no engine.

use crate::store::StoreError;
use smsdesk_common::ids::Seq;
use smsdesk_common::record::Kind;
use smsdesk_common::time::Timestamp;
use std::str::FromStr;
use uuid::Uuid;

/// A value in a parameter or a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// Words.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Blob(value.to_vec())
    }
}

impl From<Seq> for Value {
    fn from(value: Seq) -> Self {
        Self::Int(i64::try_from(value.0).unwrap_or(i64::MAX))
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::Int(value.as_millis())
    }
}

impl From<Uuid> for Value {
    fn from(value: Uuid) -> Self {
        Self::Text(value.to_string())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Builds a statement's parameters from anything that is a [`Value`].
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::store::sql::Value::from($value)),*][..]
    };
}
pub(crate) use params;

/// One row of an answer. Columns are read by their place in the statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(pub Vec<Value>);

impl Row {
    fn at(&self, column: usize) -> Result<&Value, StoreError> {
        self.0
            .get(column)
            .ok_or_else(|| StoreError::column(column, "no such column"))
    }

    /// A whole number.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        match self.at(column)? {
            Value::Int(value) => Ok(*value),
            _ => Err(StoreError::column(column, "expected a whole number")),
        }
    }

    /// A whole number, or nothing.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn maybe_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.at(column)? {
            Value::Null => Ok(None),
            _ => self.int(column).map(Some),
        }
    }

    /// A count that fits 32 bits.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn count(&self, column: usize) -> Result<u32, StoreError> {
        u32::try_from(self.int(column)?).map_err(|_| StoreError::column(column, "expected a count"))
    }

    /// A flag.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn flag(&self, column: usize) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }

    /// Words.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn text(&self, column: usize) -> Result<&str, StoreError> {
        match self.at(column)? {
            Value::Text(value) => Ok(value),
            _ => Err(StoreError::column(column, "expected text")),
        }
    }

    /// Words, or nothing.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn maybe_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        match self.at(column)? {
            Value::Null => Ok(None),
            _ => self.text(column).map(|text| Some(text.to_owned())),
        }
    }

    /// Bytes.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn blob(&self, column: usize) -> Result<&[u8], StoreError> {
        match self.at(column)? {
            Value::Blob(value) => Ok(value),
            _ => Err(StoreError::column(column, "expected bytes")),
        }
    }

    /// A position.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn seq(&self, column: usize) -> Result<Seq, StoreError> {
        u64::try_from(self.int(column)?)
            .map(Seq)
            .map_err(|_| StoreError::column(column, "expected a position"))
    }

    /// A time.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn time(&self, column: usize) -> Result<Timestamp, StoreError> {
        self.int(column).map(Timestamp::from_millis)
    }

    /// A time, or nothing.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn maybe_time(&self, column: usize) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.maybe_int(column)?.map(Timestamp::from_millis))
    }

    /// A value that reads itself from text: an id, an author.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn parsed<T: FromStr>(&self, column: usize) -> Result<T, StoreError> {
        self.text(column)?
            .parse()
            .map_err(|_| StoreError::column(column, "the text does not have its form"))
    }

    /// Like [`Self::parsed`], or nothing.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn maybe_parsed<T: FromStr>(&self, column: usize) -> Result<Option<T>, StoreError> {
        match self.at(column)? {
            Value::Null => Ok(None),
            _ => self.parsed(column).map(Some),
        }
    }

    /// A value kept as JSON.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<T, StoreError> {
        serde_json::from_str(self.text(column)?)
            .map_err(|_| StoreError::column(column, "the JSON does not have its form"))
    }

    /// Like [`Self::json`], or nothing.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn maybe_json<T: serde::de::DeserializeOwned>(
        &self,
        column: usize,
    ) -> Result<Option<T>, StoreError> {
        match self.at(column)? {
            Value::Null => Ok(None),
            _ => self.json(column).map(Some),
        }
    }

    /// A value by one of its fixed names.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn named<T>(
        &self,
        column: usize,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        parse(self.text(column)?).ok_or_else(|| StoreError::column(column, "not a known name"))
    }
}

/// Looks, inside one consistent view of the database.
pub trait Reads {
    /// Every row of the answer.
    ///
    /// # Errors
    /// The statement failed.
    fn query(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, StoreError>;

    /// The first row of the answer.
    ///
    /// # Errors
    /// The statement failed.
    fn query_one(
        &mut self,
        sql: &'static str,
        params: &[Value],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, params)?.into_iter().next())
    }
}

/// One transaction of the writer. What it does becomes visible and durable as a whole.
pub trait Tx: Reads {
    /// Runs a statement; says how many rows it touched.
    ///
    /// # Errors
    /// The statement failed.
    fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<usize, StoreError>;

    /// Claims the next position for a record and moves the record's line in the feed there.
    /// `held` is the position that the record had; none for a new one.
    ///
    /// # Errors
    /// The statement failed, or the record was not at `held`.
    fn advance(&mut self, kind: Kind, id: &str, held: Option<Seq>) -> Result<Seq, StoreError>;

    /// As [`Self::advance`], for a record that ends here: its line in the feed says so from now on.
    ///
    /// # Errors
    /// The statement failed, or the record was not at `held`.
    fn retire(&mut self, kind: Kind, id: &str, held: Seq) -> Result<Seq, StoreError>;

    /// The time of this transaction.
    fn now(&self) -> Timestamp;

    /// A new UUIDv7.
    fn new_id(&mut self) -> Uuid;
}
