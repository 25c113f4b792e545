//! Address: where a customer lives, or wants goods sent to; a customer may have any number.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Map, Value};

use crate::cell::{Cells, object_text};
use crate::clock::{Hlc, Stamp};
use crate::error::{Error, Result};
use crate::id::AddressId;
use crate::query::{Column, Kind};
use crate::register::{Fields, text};
use crate::rule::{check_line, check_note};
use crate::seal::{Sealed, sealed};

/// A customer has at most this many addresses.
pub const ADDRESSES_MAX: usize = 100;

/// An address of a customer; which one is primary or for deliveries stands in the
/// [`Customer`](crate::Customer). One register: the later edit replaces it as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Names the address among those of its customer.
    pub id: AddressId,
    /// What the customer calls it.
    pub name: Option<String>,
    /// Street and number.
    pub line1: Option<String>,
    /// Second line.
    pub line2: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State or region.
    pub state: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country, as received.
    pub country: Option<String>,
    /// Latitude: decimal text as received.
    pub latitude: Option<String>,
    /// Longitude: decimal text as received.
    pub longitude: Option<String>,
    /// A note.
    pub note: Option<String>,
    /// Fields of newer versions, carried unread; the store keeps them, whatever a caller gives.
    pub ext: Map<String, Value>,
}

impl Address {
    /// An empty address with the stamp's id.
    pub fn new(stamp: Stamp) -> Self {
        Self::with_id(AddressId::from(stamp.id))
    }

    /// An empty address with an id of the caller's.
    pub fn with_id(id: AddressId) -> Self {
        Self {
            id,
            name: None,
            line1: None,
            line2: None,
            city: None,
            state: None,
            postal_code: None,
            country: None,
            latitude: None,
            longitude: None,
            note: None,
            ext: Map::new(),
        }
    }

    /// Checks every field against its rule; `at` names the place in errors, as `addresses[0]`.
    pub(crate) fn check(&self, at: &str) -> Result<()> {
        for (name, text) in self.lines() {
            check_line(&format!("{at}.{name}"), text.as_deref())?;
        }
        for (name, text, limit) in
            [("latitude", &self.latitude, 90), ("longitude", &self.longitude, 180)]
        {
            if text.as_deref().is_some_and(|text| !is_degrees(text, limit)) {
                return Err(Error::invalid(
                    format!("{at}.{name}"),
                    format!("must be a decimal from -{limit} to {limit}"),
                ));
            }
        }
        check_note(&format!("{at}.note"), self.note.as_deref())
    }

    fn lines(&self) -> [(&'static str, &Option<String>); 9] {
        [
            ("name", &self.name),
            ("line1", &self.line1),
            ("line2", &self.line2),
            ("city", &self.city),
            ("state", &self.state),
            ("postal_code", &self.postal_code),
            ("country", &self.country),
            ("latitude", &self.latitude),
            ("longitude", &self.longitude),
        ]
    }

    /// The fields that are set, the id included.
    pub(crate) fn fields(&self) -> Fields {
        let id = ("id".to_owned(), Value::from(self.id.as_str()));
        let texts = self.lines().into_iter().chain([("note", &self.note)]);
        let texts = texts.filter_map(|(name, text)| Some((name.to_owned(), text.clone()?.into())));
        self.ext.clone().into_iter().chain(texts).chain([id]).collect()
    }

    /// The address whose fields are these; unknown ones go to `ext`.
    pub(crate) fn from_fields(fields: &Fields) -> Result<Self> {
        let id = fields.get("id").and_then(Value::as_str).unwrap_or_default();
        let mut address =
            Self::with_id(AddressId::new(id).map_err(|rule| Error::invalid("id", rule))?);
        for (name, value) in fields {
            let slot = match name.as_str() {
                "id" => continue,
                "name" => &mut address.name,
                "line1" => &mut address.line1,
                "line2" => &mut address.line2,
                "city" => &mut address.city,
                "state" => &mut address.state,
                "postal_code" => &mut address.postal_code,
                "country" => &mut address.country,
                "latitude" => &mut address.latitude,
                "longitude" => &mut address.longitude,
                "note" => &mut address.note,
                _ => {
                    address.ext.insert(name.clone(), value.clone());
                    continue;
                }
            };
            *slot = text(name, value)?;
        }
        Ok(address)
    }
}

/// A column of the address that the customer refers to as the primary one, or the one for deliveries.
macro_rules! referred {
    ($name:literal, $reference:literal, $column:literal) => {
        Column::new(
            $name,
            concat!(
                "(select address.",
                $column,
                " from address
                   where address.customer_key = customer.key and address.removed = 0
                     and address.id = customer.",
                $reference,
                ")"
            ),
            Kind::Text,
        )
        .nullable()
    };
}

impl Address {
    /// The first line of the primary address.
    pub const PRIMARY_LINE1: Column = referred!("primary_line1", "primary_address_id", "line1");
    /// The city of the primary address.
    pub const PRIMARY_CITY: Column = referred!("primary_city", "primary_address_id", "city");
    /// The postal code of the primary address.
    pub const PRIMARY_POSTAL_CODE: Column =
        referred!("primary_postal_code", "primary_address_id", "postal_code");
    /// The country of the primary address.
    pub const PRIMARY_COUNTRY: Column =
        referred!("primary_country", "primary_address_id", "country");
    /// The first line of the address for deliveries.
    pub const DELIVERY_LINE1: Column = referred!("delivery_line1", "delivery_address_id", "line1");
    /// The city of the address for deliveries.
    pub const DELIVERY_CITY: Column = referred!("delivery_city", "delivery_address_id", "city");
    /// The postal code of the address for deliveries.
    pub const DELIVERY_POSTAL_CODE: Column =
        referred!("delivery_postal_code", "delivery_address_id", "postal_code");
    /// The country of the address for deliveries.
    pub const DELIVERY_COUNTRY: Column =
        referred!("delivery_country", "delivery_address_id", "country");
}

/// Whether `text` is a plain decimal with an optional sign and at most `limit` whole degrees.
fn is_degrees(text: &str, limit: u32) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| {
        !part.is_empty() && part.len() <= 20 && part.bytes().all(|b| b.is_ascii_digit())
    };
    let beyond =
        |whole: u32| whole > limit || (whole == limit && fraction.bytes().any(|b| b != b'0'));
    plain(whole) && plain(fraction) && whole.parse().is_ok_and(|whole| !beyond(whole))
}

/// The addresses of a customer, by id.
pub(crate) fn list(conn: &Connection, customer_key: i64) -> Result<Vec<Address>> {
    let stamped = stamped(conn, customer_key)?.into_iter();
    Ok(stamped.filter_map(|(_, address, _)| address).collect())
}

/// Every address a customer has or had, by id, with the stamp of its last edit; `None` for one that
/// was taken away.
pub(crate) fn stamped(
    conn: &Connection,
    customer_key: i64,
) -> Result<Vec<(AddressId, Option<Address>, Hlc)>> {
    let mut statement = conn.prepare_cached(
        "select id, name, line1, line2, city, state, postal_code, country, latitude, longitude, note, ext,
                removed, stamp
           from address
          where customer_key = ?1",
    )?;
    let rows = statement.query_map([customer_key], |row| {
        let mut cells = Cells::from(row, 0);
        let address = Address {
            id: cells.take()?,
            name: cells.take()?,
            line1: cells.take()?,
            line2: cells.take()?,
            city: cells.take()?,
            state: cells.take()?,
            postal_code: cells.take()?,
            country: cells.take()?,
            latitude: cells.take()?,
            longitude: cells.take()?,
            note: cells.take()?,
            ext: cells.take_object()?.unwrap_or_default(),
        };
        let (removed, stamp): (bool, Hlc) = (cells.take()?, cells.take()?);
        Ok((address.id.clone(), (!removed).then_some(address), stamp))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Stores the address unless a later edit of it is stored.
pub(crate) fn set(
    conn: &Connection,
    customer_key: i64,
    address: &Address,
    stamp: Hlc,
) -> Result<()> {
    put(conn, customer_key, address, false, stamp)
}

/// Leaves a tombstone unless a later edit of the address is stored.
pub(crate) fn remove(
    conn: &Connection,
    customer_key: i64,
    id: &AddressId,
    stamp: Hlc,
) -> Result<()> {
    put(conn, customer_key, &Address::with_id(id.clone()), true, stamp)
}

/// What the seal of an address covers.
pub(crate) const SEALED: Sealed = sealed!(
    "address",
    "(select customer.id from customer where customer.key = customer_key)",
    "seal",
    "customer_key, id, removed, name, line1, line2, city, state, postal_code, country, latitude, longitude, note,
     ext, stamp"
);

fn put(conn: &Connection, customer_key: i64, a: &Address, removed: bool, stamp: Hlc) -> Result<()> {
    let known = params![customer_key, a.id];
    let sql = "select stamp from address where customer_key = ?1 and id = ?2";
    let stored: Option<Hlc> =
        conn.prepare_cached(sql)?.query_row(known, |row| row.get(0)).optional()?;
    if let Some(stored) = stored {
        if stored >= stamp {
            return Ok(());
        }
        // Not `insert or replace`, which costs every insert a savepoint of its own.
        conn.prepare_cached("delete from address where customer_key = ?1 and id = ?2")?
            .execute(known)?;
    }
    conn.prepare_cached(
        "insert into address (customer_key, id, removed, name, line1, line2, city, state, postal_code,
                country, latitude, longitude, note, ext, stamp, seal)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,
                 seal(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15))",
    )?
    .execute(params![
        customer_key, a.id, removed, a.name, a.line1, a.line2, a.city, a.state, a.postal_code, a.country,
        a.latitude, a.longitude, a.note, object_text(&a.ext), stamp,
    ])?;
    Ok(())
}

/// Takes every trace of the customer's addresses out of the file.
pub(crate) fn erase(conn: &Connection, customer_key: i64) -> Result<()> {
    conn.prepare_cached("delete from address where customer_key = ?1")?.execute([customer_key])?;
    Ok(())
}
