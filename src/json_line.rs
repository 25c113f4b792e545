//! JSON line: a customer with everything that belongs to one, as one line of JSON, and back.
//!
//! The words are those of the operations; amounts and rates are decimals and times are texts, so
//! that a person can read a line too. A field at its default is left out.

use serde_json::{Map, Value};

use crate::address::Address;
use crate::ban_note::BanNote;
use crate::card::Card;
use crate::customer::Customer;
use crate::debt_account::DebtAccount;
use crate::error::{Error, Result};
use crate::id::CustomerId;
use crate::money::{Currency, Money, Rate};
use crate::profile::Profile;
use crate::register::Fields;
use crate::time::Timestamp;

/// Registers that are milliseconds in the file and texts in a line.
const TIMES: [&str; 5] = ["activation_at", "at", "created_at", "expiration_at", "status_at"];
/// Registers that are millionths in the file and decimals in a line.
const RATES: [&str; 2] = ["credit_rate", "discount_rate"];
/// Registers that are minor units in the file and decimals in a line.
const AMOUNTS: [&str; 3] = ["balance", "credit_line", "current_balance"];
/// What the store keeps for itself: written for people, passed over when it is read.
const KEPT_BY_THE_STORE: [&str; 3] = ["changed_at", "created_at", "version"];

/// What one line carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) profile: Profile,
    pub(crate) ban_notes: Vec<BanNote>,
    pub(crate) debt_accounts: Vec<DebtAccount>,
}

impl Line {
    /// The line as JSON, without an end.
    pub(crate) fn write(&self, currency: &Currency) -> String {
        let Profile { customer, addresses, cards, credit, .. } = &self.profile;
        let mut fields = customer.fields();
        fields.retain(|name, _| !name.starts_with("meta."));
        let mut object = shown(fields, currency);
        let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
        put("id", customer.id.as_str().into());
        put("created_at", customer.created_at.to_string().into());
        put("changed_at", customer.changed_at.to_string().into());
        put("currency", currency.label().into());
        put("credit", decimal(currency.display(*credit).to_string()));
        if !customer.meta.is_empty() {
            put("meta", Value::Object(customer.meta.clone()));
        }
        let mut list = |name: &str, records: Vec<Fields>| {
            if !records.is_empty() {
                let records =
                    records.into_iter().map(|fields| Value::Object(shown(fields, currency)));
                put(name, records.collect());
            }
        };
        list("addresses", addresses.iter().map(Address::fields).collect());
        list("cards", cards.iter().map(Card::fields).collect());
        list("debt_accounts", self.debt_accounts.iter().map(DebtAccount::fields).collect());
        list("ban_notes", self.ban_notes.iter().map(BanNote::fields).collect());
        Value::Object(object).to_string()
    }

    /// Reads what [`Line::write`] wrote. Fields of newer versions go to the customer's `ext`.
    pub(crate) fn read(text: &[u8], currency: &Currency, now: Timestamp) -> Result<Self> {
        let value: Value = serde_json::from_slice(text).map_err(|error| {
            let reason = error.to_string().replace(" at line 1 column ", " at byte ");
            Error::invalid("the line", format!("is not JSON: {reason}"))
        })?;
        let mut object = object("the line", value)?;
        for name in KEPT_BY_THE_STORE {
            object.remove(name);
        }
        if object.remove("currency").is_some_and(|label| label != currency.label()) {
            let rule = format!("must be {}, in which this file counts", currency.label());
            return Err(Error::invalid("currency", rule));
        }
        let id = match object.remove("id") {
            Some(Value::String(id)) => id,
            Some(_) => return Err(Error::invalid("id", "must be a text")),
            None => return Err(Error::invalid("id", "is missing")),
        };
        let id = CustomerId::new(&id).map_err(|rule| Error::invalid("id", rule))?;
        let credit = match object.remove("credit") {
            None | Some(Value::Null) => Money::ZERO,
            Some(credit) => amount("credit", &credit, currency)?,
        };
        let meta = object.remove("meta").filter(|meta| !meta.is_null());
        let meta = meta.map(|meta| self::object("meta", meta)).transpose()?.unwrap_or_default();
        let addresses = records(&mut object, "addresses", currency, Address::from_fields)?;
        let cards = records(&mut object, "cards", currency, Card::from_fields)?;
        let ban_notes = records(&mut object, "ban_notes", currency, BanNote::from_fields)?;
        let debt_accounts =
            records(&mut object, "debt_accounts", currency, DebtAccount::from_fields)?;
        let has_accounts = !debt_accounts.is_empty();
        let fields = stored(object, currency)?;
        let customer = Customer { meta, ..Customer::from_fields(id, now, &fields)? };
        let profile = Profile { customer, addresses, cards, credit, has_accounts };
        Ok(Self { profile, ban_notes, debt_accounts })
    }
}

/// The records under `name`, which goes from the line.
fn records<T>(
    line: &mut Map<String, Value>,
    name: &str,
    currency: &Currency,
    read: impl Fn(&Fields) -> Result<T>,
) -> Result<Vec<T>> {
    let values = match line.remove(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(values)) => values,
        Some(_) => return Err(Error::invalid(name, "must be a list")),
    };
    let read = |(i, value)| {
        let at = format!("{name}[{i}]");
        let fields = stored(object(&at, value)?, currency);
        fields.and_then(|fields| read(&fields)).map_err(|error| match error {
            Error::Invalid { parameter, rule } => Error::invalid(format!("{at}.{parameter}"), rule),
            other => other,
        })
    };
    values.into_iter().enumerate().map(read).collect()
}

fn object(name: &str, value: Value) -> Result<Map<String, Value>> {
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Error::invalid(name, "must be a JSON object")),
    }
}

/// Registers as a line shows them.
fn shown(fields: Fields, currency: &Currency) -> Map<String, Value> {
    let show = |name: &str, value: &Value| {
        let integer = value.as_i64()?;
        Some(match name {
            name if TIMES.contains(&name) => Timestamp::from_ms(integer).to_string().into(),
            name if RATES.contains(&name) => decimal(Rate::from_millionths(integer).to_string()),
            name if AMOUNTS.contains(&name) => {
                decimal(currency.display(Money::from_minor(integer)).to_string())
            }
            _ => return None,
        })
    };
    let shown = fields.into_iter().map(|(name, value)| {
        let value = show(&name, &value).unwrap_or(value);
        (name, value)
    });
    shown.collect()
}

/// What [`shown`] shows, as registers.
fn stored(object: Map<String, Value>, currency: &Currency) -> Result<Fields> {
    let store = |name: &str, value: &Value| -> Result<Option<Value>> {
        Ok(match (name, value) {
            (_, Value::Null) => None,
            (name, Value::String(text)) if TIMES.contains(&name) => {
                let at = Timestamp::parse(text).map_err(|rule| Error::invalid(name, rule))?;
                Some(at.ms().into())
            }
            (name, _) if TIMES.contains(&name) => {
                return Err(Error::invalid(name, "must be a time such as 2024-01-02T03:04:05Z"));
            }
            (name, Value::Number(number)) if RATES.contains(&name) => {
                let rate = Rate::parse(&number.to_string());
                Some(rate.map_err(|rule| Error::invalid(name, rule))?.millionths().into())
            }
            (name, value) if AMOUNTS.contains(&name) => {
                Some(amount(name, value, currency)?.minor().into())
            }
            (name, _) if RATES.contains(&name) => {
                return Err(Error::invalid(name, "must be a number"));
            }
            _ => None,
        })
    };
    let stored = object.into_iter().map(|(name, value)| {
        let value = store(&name, &value)?.unwrap_or(value);
        Ok((name, value))
    });
    stored.collect()
}

fn amount(name: &str, value: &Value, currency: &Currency) -> Result<Money> {
    match value {
        Value::Number(number) => {
            currency.parse(&number.to_string()).map_err(|rule| Error::invalid(name, rule))
        }
        _ => Err(Error::invalid(name, "must be a number")),
    }
}

/// A decimal as a JSON number, digit by digit.
fn decimal(digits: String) -> Value {
    serde_json::from_str(&digits).unwrap_or(Value::String(digits))
}
