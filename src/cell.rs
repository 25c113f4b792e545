//! Cells: how our types lie in columns, and a cursor over the columns of a row.

use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde_json::{Map, Value};

use crate::clock::Hlc;
use crate::id::{
    AddressId, BatchId, BulkId, CardSerial, CustomerId, DebtAccountId, KeyId, LocationId, NodeId,
    TransactionId,
};
use crate::money::{Money, Rate};
use crate::time::{Date, Timestamp};

/// Reads the columns of a row one after the other, in the order of the select list.
///
/// Finding each column by its name costs more than the whole look-up of a card, so a room keeps its
/// select list and its reader side by side instead.
pub(crate) struct Cells<'r, 's> {
    row: &'r Row<'s>,
    next: usize,
}

impl<'r, 's> Cells<'r, 's> {
    /// A cursor that stands on column `first`.
    pub(crate) fn from(row: &'r Row<'s>, first: usize) -> Self {
        Self { row, next: first }
    }

    /// Where the cursor stands.
    pub(crate) fn position(&self) -> usize {
        self.next
    }

    /// The next column.
    pub(crate) fn take<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        self.next += 1;
        self.row.get(self.next - 1)
    }

    /// The next column, a JSON object or null.
    pub(crate) fn take_object(&mut self) -> rusqlite::Result<Option<Map<String, Value>>> {
        let at = self.next;
        self.next += 1;
        match self.row.get_ref(at)?.as_str_or_null()? {
            None => Ok(None),
            Some("{}") => Ok(Some(Map::new())),
            Some(text) => serde_json::from_str(text).map(Some).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(
                    at,
                    rusqlite::types::Type::Text,
                    error.into(),
                )
            }),
        }
    }
}

/// The text of a JSON object, keys sorted.
pub(crate) fn object_text(object: &Map<String, Value>) -> String {
    serde_json::to_string(object).unwrap_or_else(|_| "{}".to_owned())
}

macro_rules! integer_cell {
    ($($name:ty, $read:expr, $write:expr;)+) => {$(
        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_i64().map($read)
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok($write(*self).into())
            }
        }
    )+};
}

integer_cell! {
    Money, Money::from_minor, Money::minor;
    Rate, Rate::from_millionths, Rate::millionths;
    Timestamp, Timestamp::from_ms, Timestamp::ms;
}

macro_rules! text_cell {
    ($($name:ty, $read:expr;)+) => {$(
        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                $read(value.as_str()?).ok_or(FromSqlError::InvalidType)
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.to_string().into())
            }
        }
    )+};
}

text_cell! {
    Date, |text| Date::parse(text).ok();
    Hlc, Hlc::parse;
}

macro_rules! id_cell {
    ($($name:ty),+) => {$(
        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                Self::new(value.as_str()?).map_err(FromSqlError::other)
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.as_str().into())
            }
        }
    )+};
}

id_cell!(
    CustomerId,
    AddressId,
    DebtAccountId,
    LocationId,
    TransactionId,
    CardSerial,
    BatchId,
    BulkId,
    KeyId
);

impl FromSql for NodeId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 16]>::column_result(value).map(Self)
    }
}

impl ToSql for NodeId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_slice().into())
    }
}
