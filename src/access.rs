//! Access: API keys and what each may do.

use std::fmt;

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Create customers.
    CustomerCreate,
    /// Change customers and their cards.
    CustomerUpdate,
    /// Delete and erase customers.
    CustomerDelete,
    /// Change a discount.
    CustomerSetDiscount,
    /// Move credit.
    CustomerSetCredit,
    /// All of the above and the rest.
    Admin,
    /// Sync with this file.
    Sync,
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A set of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights(u8);

impl Rights {
    /// Whether the set allows what `right` is for.
    pub fn has(self, right: Right) -> bool {
        self.0 & (1 << right as u8) != 0
    }
}

/// A key, without its secret.
#[derive(Debug, Clone)]
pub struct Key {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// What it may do.
    pub rights: Rights,
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().fold(0, |bits, right| bits | 1 << right as u8))
    }
}
