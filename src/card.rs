//! Card: what a customer holds under the scanner.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Map, Value};

use crate::cell::{Cells, object_text};
use crate::choice::choice;
use crate::clock::Hlc;
use crate::customer::Validity;
use crate::error::{Error, Result, Unusable};
use crate::id::CardSerial;
use crate::register::{Fields, boolean, choice as read_choice, integer, text};
use crate::rule::{check_interval, check_line, check_meta, check_note};
use crate::seal::{Sealed, sealed};
use crate::time::Timestamp;

/// A customer has at most this many cards.
pub const CARDS_MAX: usize = 100;

choice! {
    /// The state of a card's issue (portos.md 4.3).
    CardStatus {
        /// The record exists, the card was not issued.
        NotIssued = "not_issued",
        /// Issuing failed.
        IssueFailed = "issue_failed",
        /// Issuing was cancelled.
        IssueCanceled = "issue_canceled",
        /// Not issued because conditions were not met.
        IssueSkipped = "issue_skipped",
        /// A new issue was asked for.
        ReissueRequested = "reissue_requested",
        /// Issued and valid.
        Valid = "valid",
        /// Issued, not valid yet.
        NotYetValid = "not_yet_valid",
        /// Issued, no longer valid.
        Expired = "expired",
        /// Blocked.
        Blocked = "blocked",
        /// Disposal was asked for.
        DisposeRequested = "dispose_requested",
        /// Disposed of.
        Disposed = "disposed",
    }
}

/// A card, plastic or virtual. One register: the later edit replaces it as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// What its bar code carries; unique among all customers, leading zeros kept.
    pub serial_number: CardSerial,
    /// Id in an outside system.
    pub external_id: Option<String>,
    /// Whether it may be used.
    pub is_active: bool,
    /// Virtual rather than plastic.
    pub is_virtual: bool,
    /// Issuer code: `G` general, `P` plastic, `AW` and `GW` the wallets.
    pub processor: String,
    /// State of issue, as stored; see [`Card::status_at`].
    pub status: CardStatus,
    /// When the status last changed.
    pub status_at: Option<Timestamp>,
    /// Why.
    pub status_reason: Option<String>,
    /// Not usable before this instant.
    pub activation_at: Option<Timestamp>,
    /// Not usable after this instant.
    pub expiration_at: Option<Timestamp>,
    /// A note.
    pub note: Option<String>,
    /// Free data.
    pub meta: Option<Map<String, Value>>,
    /// Fields of newer versions, carried unread; the store keeps them, whatever a caller gives.
    pub ext: Map<String, Value>,
}

impl Card {
    /// An active, valid plastic card.
    pub fn new(serial_number: CardSerial) -> Self {
        Self {
            serial_number,
            external_id: None,
            is_active: true,
            is_virtual: false,
            processor: "P".to_owned(),
            status: CardStatus::Valid,
            status_at: None,
            status_reason: None,
            activation_at: None,
            expiration_at: None,
            note: None,
            meta: None,
            ext: Map::new(),
        }
    }

    /// The status at `now`: a stored valid, not-yet-valid or expired gives way to what follows
    /// from the card's times (portos.md section 10, row 27).
    pub fn status_at(&self, now: Timestamp) -> CardStatus {
        match (self.status, Validity::at(now, self.activation_at, self.expiration_at)) {
            (CardStatus::Valid | CardStatus::NotYetValid | CardStatus::Expired, validity) => {
                match validity {
                    Validity::Valid => CardStatus::Valid,
                    Validity::NotYetValid => CardStatus::NotYetValid,
                    Validity::Expired => CardStatus::Expired,
                }
            }
            (stored, _) => stored,
        }
    }

    /// Whether the card may be used at `now`; the customer is asked separately.
    ///
    /// # Errors
    ///
    /// - [`Unusable`]: the first reason found: switched off, state of issue, time.
    pub fn usable(&self, now: Timestamp) -> Result<(), Unusable> {
        if !self.is_active {
            return Err(Unusable::CardInactive);
        }
        match (self.status_at(now), self.activation_at, self.expiration_at) {
            (CardStatus::Valid, ..) => Ok(()),
            (CardStatus::NotYetValid, Some(at), _) => Err(Unusable::CardNotYetValid(at)),
            (CardStatus::Expired, _, Some(at)) => Err(Unusable::CardExpired(at)),
            (status, ..) => Err(Unusable::CardStatus(status.as_str())),
        }
    }

    /// Checks every field against its rule; `at` names the place in errors, as `cards[0]`.
    pub(crate) fn check(&self, at: &str) -> Result<()> {
        check_line(&format!("{at}.external_id"), self.external_id.as_deref())?;
        check_line(&format!("{at}.status_reason"), self.status_reason.as_deref())?;
        check_note(&format!("{at}.note"), self.note.as_deref())?;
        check_interval(&format!("{at}.expiration_at"), self.activation_at, self.expiration_at)?;
        if self.processor.is_empty() || self.processor.len() > 16 {
            return Err(Error::invalid(format!("{at}.processor"), "must have 1 to 16 characters"));
        }
        check_line(&format!("{at}.processor"), Some(&self.processor))?;
        self.meta.as_ref().map_or(Ok(()), |meta| check_meta(&format!("{at}.meta"), meta))
    }

    /// The fields that differ from their defaults, the serial included.
    pub(crate) fn fields(&self) -> Fields {
        let set = [
            ("serial_number", Some(self.serial_number.as_str().into())),
            ("external_id", self.external_id.clone().map(Value::from)),
            ("is_active", (!self.is_active).then(|| false.into())),
            ("is_virtual", self.is_virtual.then(|| true.into())),
            ("processor", (self.processor != "P").then(|| self.processor.clone().into())),
            ("status", (self.status != CardStatus::Valid).then(|| self.status.as_str().into())),
            ("status_at", self.status_at.map(|at| at.ms().into())),
            ("status_reason", self.status_reason.clone().map(Value::from)),
            ("activation_at", self.activation_at.map(|at| at.ms().into())),
            ("expiration_at", self.expiration_at.map(|at| at.ms().into())),
            ("note", self.note.clone().map(Value::from)),
            ("meta", self.meta.clone().map(Value::Object)),
        ];
        let set = set.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        self.ext.clone().into_iter().chain(set).collect()
    }

    /// The card whose fields are these; unknown ones go to `ext`.
    pub(crate) fn from_fields(fields: &Fields) -> Result<Self> {
        let mut card = Self::new(serial_from(fields)?);
        for (name, value) in fields {
            match name.as_str() {
                "serial_number" => {}
                "external_id" => card.external_id = text(name, value)?,
                "is_active" => card.is_active = boolean(name, value)?.unwrap_or(true),
                "is_virtual" => card.is_virtual = boolean(name, value)?.unwrap_or(false),
                "processor" => {
                    card.processor = text(name, value)?.unwrap_or_else(|| "P".to_owned())
                }
                "status" => {
                    card.status =
                        read_choice(name, value, CardStatus::parse)?.unwrap_or(CardStatus::Valid);
                }
                "status_at" => card.status_at = integer(name, value)?.map(Timestamp::from_ms),
                "status_reason" => card.status_reason = text(name, value)?,
                "activation_at" => {
                    card.activation_at = integer(name, value)?.map(Timestamp::from_ms)
                }
                "expiration_at" => {
                    card.expiration_at = integer(name, value)?.map(Timestamp::from_ms)
                }
                "note" => card.note = text(name, value)?,
                "meta" => card.meta = value.as_object().cloned(),
                _ => {
                    card.ext.insert(name.clone(), value.clone());
                }
            }
        }
        Ok(card)
    }
}

/// The serial among the fields of a change.
pub(crate) fn serial_from(fields: &Fields) -> Result<CardSerial> {
    let text = fields.get("serial_number").and_then(Value::as_str).unwrap_or_default();
    CardSerial::new(text).map_err(|rule| Error::invalid("serial_number", rule))
}

/// The select list that [`read`] reads.
macro_rules! columns {
    () => {
        "card.serial_number, card.external_id, card.is_active, card.is_virtual, card.processor,
         card.status, card.status_at, card.status_reason, card.activation_at, card.expiration_at,
         card.note, card.meta, card.ext"
    };
}
pub(crate) use columns;

/// Reads [`columns`].
pub(crate) fn read(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Card> {
    Ok(Card {
        serial_number: cells.take()?,
        external_id: cells.take()?,
        is_active: cells.take()?,
        is_virtual: cells.take()?,
        processor: cells.take()?,
        status: cells.take()?,
        status_at: cells.take()?,
        status_reason: cells.take()?,
        activation_at: cells.take()?,
        expiration_at: cells.take()?,
        note: cells.take()?,
        meta: cells.take_object()?,
        ext: cells.take_object()?.unwrap_or_default(),
    })
}

/// The cards of a customer, by serial.
pub(crate) fn list(conn: &Connection, customer_key: i64) -> Result<Vec<Card>> {
    let sql = concat!("select ", columns!(), " from card where customer_key = ?1 and removed = 0");
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([customer_key], |row| read(&mut Cells::from(row, 0)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Every card a customer has or had, by serial, with the stamp of its last edit; `None` for one that
/// was taken away.
pub(crate) fn stamped(
    conn: &Connection,
    customer_key: i64,
) -> Result<Vec<(CardSerial, Option<Card>, Hlc)>> {
    let sql = concat!(
        "select ",
        columns!(),
        ", card.removed, card.stamp from card where customer_key = ?1"
    );
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([customer_key], |row| {
        let mut cells = Cells::from(row, 0);
        let card = read(&mut cells)?;
        let (removed, stamp): (bool, Hlc) = (cells.take()?, cells.take()?);
        Ok((card.serial_number.clone(), (!removed).then_some(card), stamp))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Stores the card unless a later edit of it is stored; says whether it did.
pub(crate) fn set(conn: &Connection, customer_key: i64, card: &Card, stamp: Hlc) -> Result<bool> {
    put(conn, customer_key, card, false, stamp)
}

/// Leaves a tombstone unless a later edit of the card is stored; says whether it did.
pub(crate) fn remove(
    conn: &Connection,
    customer_key: i64,
    serial: &CardSerial,
    stamp: Hlc,
) -> Result<bool> {
    put(conn, customer_key, &Card::new(serial.clone()), true, stamp)
}

/// What the seal of a card covers.
pub(crate) const SEALED: Sealed = sealed!(
    "card",
    "(select customer.id from customer where customer.key = customer_key)",
    "seal",
    "customer_key, serial_number, removed, external_id, is_active, is_virtual, processor, status, status_at,
     status_reason, activation_at, expiration_at, note, meta, ext, stamp"
);

fn put(
    conn: &Connection,
    customer_key: i64,
    card: &Card,
    removed: bool,
    stamp: Hlc,
) -> Result<bool> {
    let known = params![customer_key, card.serial_number];
    let sql = "select stamp from card where customer_key = ?1 and serial_number = ?2";
    let stored: Option<Hlc> =
        conn.prepare_cached(sql)?.query_row(known, |row| row.get(0)).optional()?;
    if let Some(stored) = stored {
        if stored >= stamp {
            return Ok(false);
        }
        // Not `insert or replace`, which costs every insert a savepoint of its own.
        conn.prepare_cached("delete from card where customer_key = ?1 and serial_number = ?2")?
            .execute(known)?;
    }
    conn.prepare_cached(
        "insert into card (customer_key, serial_number, removed, external_id, is_active, is_virtual,
                processor, status, status_at, status_reason, activation_at, expiration_at, note, meta, ext, stamp,
                seal)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                 seal(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16))",
    )?
    .execute(params![
        customer_key, card.serial_number, removed, card.external_id, card.is_active, card.is_virtual,
        card.processor, card.status, card.status_at, card.status_reason, card.activation_at, card.expiration_at,
        card.note, card.meta.as_ref().map(object_text), object_text(&card.ext), stamp,
    ])?;
    Ok(true)
}

/// Takes every trace of the customer's cards out of the file.
pub(crate) fn erase(conn: &Connection, customer_key: i64) -> Result<()> {
    conn.prepare_cached("delete from card where customer_key = ?1")?.execute([customer_key])?;
    Ok(())
}
