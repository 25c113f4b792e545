//! Rights: what a key allows.

use std::fmt;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use crate::error::{Error, Result};

/// Something that a key may allow. Without any, a key reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// Make customers.
    CustomerCreate,
    /// Change customers, their addresses and their cards.
    CustomerUpdate,
    /// Delete and erase customers.
    CustomerDelete,
    /// Change a customer's discount.
    CustomerSetDiscount,
    /// Move credit.
    CustomerSetCredit,
    /// Everything but [`Right::Sync`].
    Admin,
    /// Exchange operations as another node of the chain.
    Sync,
}

impl Right {
    /// Every right, in the order they are shown in.
    pub const ALL: [Self; 7] = [
        Self::CustomerCreate,
        Self::CustomerUpdate,
        Self::CustomerDelete,
        Self::CustomerSetDiscount,
        Self::CustomerSetCredit,
        Self::Admin,
        Self::Sync,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CustomerCreate => "CustomerCreate",
            Self::CustomerUpdate => "CustomerUpdate",
            Self::CustomerDelete => "CustomerDelete",
            Self::CustomerSetDiscount => "CustomerSetDiscount",
            Self::CustomerSetCredit => "CustomerSetCredit",
            Self::Admin => "admin",
            Self::Sync => "sync",
        }
    }

    /// The right with this word, whatever its case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.as_str().eq_ignore_ascii_case(text))
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of rights.
///
/// ```
/// use tillbook::{Right, Rights};
///
/// let rights = Rights::from_iter([Right::Admin]);
/// assert!(rights.has(Right::CustomerSetCredit));
/// assert!(!rights.has(Right::Sync), "a node's key says so itself");
/// assert_eq!(Rights::parse("customercreate CUSTOMERUPDATE")?.to_string(), "CustomerCreate CustomerUpdate");
/// # Ok::<(), tillbook::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Rights(u8);

impl Rights {
    /// No right: a key that reads.
    pub const NONE: Self = Self(0);

    /// Whether they allow what `right` stands for: it was granted, or [`Right::Admin`] was, which
    /// stands for all but [`Right::Sync`].
    pub fn has(self, right: Right) -> bool {
        let by_admin = right != Right::Sync && self.0 & Right::Admin.bit() != 0;
        by_admin || self.0 & right.bit() != 0
    }

    /// Whether none was granted.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that were granted by name.
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.into_iter().filter(move |right| self.0 & right.bit() != 0)
    }

    /// Reads words with spaces between them, as `Display` writes them, in any order and case.
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`]: a word is no right.
    pub fn parse(text: &str) -> Result<Self> {
        let words = text.split_ascii_whitespace();
        words.map(|word| Right::parse(word).ok_or_else(|| no_right(word))).collect()
    }
}

fn no_right(word: &str) -> Error {
    let all = Right::ALL.map(Right::as_str).join(", ");
    Error::invalid("right", format!("must be one of {all}, not `{word}`"))
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().fold(0, |bits, right| bits | right.bit()))
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(Right::as_str).collect();
        f.write_str(&words.join(" "))
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rights({self})")
    }
}

impl FromSql for Rights {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::parse(value.as_str()?).map_err(FromSqlError::other)
    }
}

impl ToSql for Rights {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.to_string().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_read_in_any_case_and_order() {
        let cases = [
            ("", Ok("")),
            ("admin", Ok("admin")),
            ("SYNC Admin customerCREATE", Ok("CustomerCreate admin sync")),
            ("CustomerUpdate  CustomerUpdate", Ok("CustomerUpdate")),
            ("CustomerSetCredits", Err("CustomerSetCredits")),
        ];
        for (text, expected) in cases {
            let read = Rights::parse(text).map(|rights| rights.to_string());
            match expected {
                Ok(expected) => assert_eq!(read.ok().as_deref(), Some(expected)),
                Err(word) => assert_eq!(
                    read.map_err(|error| error.to_string()),
                    Err(format!(
                        "right must be one of CustomerCreate, CustomerUpdate, CustomerDelete, \
                         CustomerSetDiscount, CustomerSetCredit, admin, sync, not `{word}`"
                    ))
                ),
            }
        }
    }

    #[test]
    fn a_right_stands_for_itself_and_admin_for_all_but_sync() {
        for granted in Right::ALL {
            let rights = Rights::from_iter([granted]);
            for asked in Right::ALL {
                let by_admin = granted == Right::Admin && asked != Right::Sync;
                assert_eq!(rights.has(asked), granted == asked || by_admin, "{granted} {asked}");
            }
        }
    }
}
