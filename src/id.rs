//! Ids: what names a customer, a card, a credit transaction, a node and an operation.
//!
//! A text id is checked once, when it is made, and compared byte for byte ever after.

use std::fmt;

/// Text ids are at most this many characters long.
pub const ID_CHARS_MAX: usize = 64;

/// Why a text is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// There is no text at all.
    #[error("must not be empty")]
    Empty,
    /// More than [`ID_CHARS_MAX`] characters.
    #[error("must have at most {ID_CHARS_MAX} characters")]
    TooLong,
    /// A control character or an invisible direction mark is part of the text.
    #[error("must not hold control or invisible characters")]
    Control,
    /// The text begins or ends with white space.
    #[error("must not begin or end with white space")]
    OuterSpace,
    /// The text is `.` or `..`, which no URL path can carry.
    #[error("must not be `.` or `..`")]
    Dots,
}

fn checked(text: &str) -> Result<&str, IdError> {
    match text {
        "" => Err(IdError::Empty),
        "." | ".." => Err(IdError::Dots),
        _ if text.chars().count() > ID_CHARS_MAX => Err(IdError::TooLong),
        _ if text.chars().any(|c| c.is_control() || is_invisible(c)) => Err(IdError::Control),
        _ if text.trim() != text => Err(IdError::OuterSpace),
        _ => Ok(text),
    }
}

/// Characters that change how an id looks without being seen: zero-width ones and direction marks.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Checks `text`: 1 to 64 characters, none of them invisible, no white space at the
            /// ends, not `.` or `..`.
            ///
            /// # Errors
            ///
            /// - [`IdError`]: the rule that is broken.
            pub fn new(text: &str) -> Result<Self, IdError> {
                checked(text).map(|text| Self(text.into()))
            }

            /// The text, exactly as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(uuid: uuid::Uuid) -> Self {
                Self(uuid.to_string().into())
            }
        }
    };
}

macro_rules! plain_debug {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), &self.0)
            }
        }
    )+};
}

text_id! {
    /// Names a customer on every node for ever; ours are UUIDv7, callers may bring their own.
    CustomerId
}
text_id! {
    /// Names one address of a customer.
    AddressId
}
text_id! {
    /// Names a debt account on every node for ever.
    DebtAccountId
}
text_id! {
    /// Names a location on every node for ever; ours are UUIDv7.
    LocationId
}
text_id! {
    /// Names a credit transaction; the caller makes it before the first try, so that a retry is
    /// the same transaction.
    TransactionId
}
text_id! {
    /// What a card's bar code carries: unique among all customers, leading zeros kept.
    ///
    /// `Debug` shows the last four characters only, so that a log never holds a whole serial.
    CardSerial
}
text_id! {
    /// Names one run of an import, so that what it made can be found again.
    BatchId
}
text_id! {
    /// Names a job of rows that came all at once.
    BulkId
}
text_id! {
    /// The public half of an API key.
    KeyId
}
#[cfg(feature = "http")]
impl CustomerId {
    /// Whom `text` may name: first whoever bears it as it stands, then whoever bears the same UUID in
    /// small letters, as ours are.
    pub(crate) fn spelled(text: &str) -> impl Iterator<Item = Self> {
        let small = text.to_ascii_lowercase();
        let is_other = is_uuid(text) && small != text;
        let small = is_other.then(|| Self::new(&small).ok()).flatten();
        Self::new(text).ok().into_iter().chain(small)
    }
}

/// Whether a text is a UUID as it is written between hyphens, in whatever case.
#[cfg(feature = "http")]
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

plain_debug!(
    CustomerId,
    AddressId,
    DebtAccountId,
    LocationId,
    TransactionId,
    BatchId,
    BulkId,
    KeyId
);

impl fmt::Debug for CardSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let skipped = self.0.chars().count().saturating_sub(4);
        let tail: String = self.0.chars().skip(skipped).collect();
        write!(f, "CardSerial(…{tail})")
    }
}

/// What a change, a claim or a conflict is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A customer.
    Customer(CustomerId),
    /// A location.
    Location(LocationId),
}

impl Subject {
    /// The text of the id.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Customer(id) => id.as_str(),
            Self::Location(id) => id.as_str(),
        }
    }

    /// `customer` or `location`.
    pub const fn noun(&self) -> &'static str {
        match self {
            Self::Customer(_) => "customer",
            Self::Location(_) => "location",
        }
    }

    /// The customer, if it is one.
    pub const fn customer(&self) -> Option<&CustomerId> {
        match self {
            Self::Customer(id) => Some(id),
            Self::Location(_) => None,
        }
    }

    /// The location, if it is one.
    pub const fn location(&self) -> Option<&LocationId> {
        match self {
            Self::Customer(_) => None,
            Self::Location(id) => Some(id),
        }
    }
}

/// The id alone.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&CustomerId> for Subject {
    fn from(id: &CustomerId) -> Self {
        Self::Customer(id.clone())
    }
}

impl From<&LocationId> for Subject {
    fn from(id: &LocationId) -> Self {
        Self::Location(id.clone())
    }
}

/// Names a database file: 128 random bits drawn when the file is made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub [u8; 16]);

impl NodeId {
    /// Reads the 32 lower-case hex digits that `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let bits = u128::from_str_radix(text, 16).ok()?;
        (lower && text.len() == 32).then_some(Self(bits.to_be_bytes()))
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({self})")
    }
}

/// The coordinate of an operation: which node, which opening of its file, which number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId {
    /// The file that wrote it.
    pub node: NodeId,
    /// A random number drawn when the file was opened for writing; below 2^63.
    pub incarnation: u64,
    /// 1, 2, 3 ... without gaps within the incarnation.
    pub seq: u64,
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{:016x}/{}", self.node, self.incarnation, self.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_checked_once() {
        let long = "x".repeat(65);
        let cases: &[(&str, Result<(), IdError>)] = &[
            ("007", Ok(())),
            ("a/b?c#d%", Ok(())),
            ("Ada", Ok(())),
            ("", Err(IdError::Empty)),
            (".", Err(IdError::Dots)),
            ("..", Err(IdError::Dots)),
            (" 7", Err(IdError::OuterSpace)),
            ("7 ", Err(IdError::OuterSpace)),
            ("a\0b", Err(IdError::Control)),
            ("a\u{202E}b", Err(IdError::Control)),
            ("a\u{200B}b", Err(IdError::Control)),
            (&long, Err(IdError::TooLong)),
        ];
        for (text, expected) in cases {
            assert_eq!(CustomerId::new(text).map(|_| ()), *expected, "{text:?}");
        }
        assert_eq!(CustomerId::new(&"ž".repeat(64)).map(|_| ()), Ok(()));
        assert_ne!(CustomerId::new("é"), CustomerId::new("e\u{301}"), "no normalisation");
    }

    #[test]
    fn a_serial_hides_in_debug() {
        let serial = CardSerial::new("0012345678").map(|s| format!("{s:?} {s}"));
        assert_eq!(serial.as_deref(), Ok("CardSerial(…5678) 0012345678"));
    }

    #[test]
    fn a_node_id_reads_what_it_writes() {
        let node = NodeId([7; 16]);
        assert_eq!(NodeId::parse(&node.to_string()), Some(node));
        for bad in ["", "07", "+7070707070707070707070707070707", &"0A".repeat(16)] {
            assert_eq!(NodeId::parse(bad), None, "{bad:?}");
        }
    }
}
