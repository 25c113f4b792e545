//! A card as one row of a flat table, and the document that the program answers for it.

use rusqlite::Row;
use serde::Serialize;
use serde_json::{Number, Value};
use tillbook::{Currency, Money, Rate, Timestamp};

/// What the table is made of: everything the document shows, and all that decides its words.
pub(crate) const COLUMNS: &str = "d.serial_number, d.external_id as card_external_id, d.is_active, d.is_virtual,
    d.processor, d.status, d.status_at, d.status_reason, d.activation_at as card_activation_at,
    d.expiration_at as card_expiration_at, d.note as card_note, d.meta as card_meta, c.id, c.external_id,
    c.standing, c.activation_at, c.expiration_at, c.first_name, c.last_name, c.email, c.phone, c.is_company,
    c.credit_rate, c.note, c.version, c.discount_rate, c.credit_minor, c.credit_line";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    usable: bool,
    reason: Option<String>,
    discount_rate: Number,
    credit: Credit,
    available: Credit,
    card: Card,
    customer: Holder,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Credit {
    amount: Number,
    currency_label: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Card {
    external_id: Option<String>,
    is_active: bool,
    is_virtual: bool,
    serial_number: String,
    processor: String,
    status: String,
    status_time: Option<String>,
    status_reason: Option<String>,
    activation_time: Option<String>,
    expiration_time: Option<String>,
    note: Option<String>,
    meta: Option<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Holder {
    id: String,
    external_id: Option<String>,
    is_active: bool,
    status: &'static str,
    first_name: Option<String>,
    last_name: Option<String>,
    full_name: String,
    email: Option<String>,
    phone: Option<String>,
    is_company: bool,
    company: Option<()>,
    credit_rate: Number,
    note: Option<String>,
    #[serde(rename = "_v")]
    version: i64,
}

fn raw(text: String) -> Result<Number, serde_json::Error> {
    text.parse()
}

fn credit(minor: i64) -> Result<Credit, serde_json::Error> {
    let amount = raw(Currency::eur().display(Money::from_minor(minor)).to_string())?;
    Ok(Credit { amount, currency_label: None })
}

fn rate(millionths: i64) -> Result<Number, serde_json::Error> {
    raw(Rate::from_millionths(millionths).to_string())
}

fn time(ms: Option<i64>) -> Option<String> {
    ms.map(|ms| Timestamp::from_ms(ms).to_string())
}

impl Document {
    /// Reads a row of [`COLUMNS`].
    pub(crate) fn read(row: &Row<'_>) -> crate::Result<Self> {
        let card = Card {
            serial_number: row.get(0)?,
            external_id: row.get(1)?,
            is_active: row.get(2)?,
            is_virtual: row.get(3)?,
            processor: row.get(4)?,
            status: row.get(5)?,
            status_time: time(row.get(6)?),
            status_reason: row.get(7)?,
            activation_time: time(row.get(8)?),
            expiration_time: time(row.get(9)?),
            note: row.get(10)?,
            meta: row
                .get::<_, Option<String>>(11)?
                .map(|text| serde_json::from_str(&text))
                .transpose()?,
        };
        let standing: String = row.get(14)?;
        let (first_name, last_name): (Option<String>, Option<String>) =
            (row.get(17)?, row.get(18)?);
        let names: Vec<&str> =
            [&first_name, &last_name].into_iter().flatten().map(String::as_str).collect();
        let customer = Holder {
            id: row.get(12)?,
            external_id: row.get(13)?,
            is_active: standing == "active" || standing == "prospect",
            status: "Valid",
            full_name: names.join(" "),
            email: row.get(19)?,
            phone: row.get(20)?,
            is_company: row.get(21)?,
            company: None,
            credit_rate: rate(row.get(22)?)?,
            note: row.get(23)?,
            version: row.get(24)?,
            first_name,
            last_name,
        };
        let (balance, line): (i64, i64) = (row.get(26)?, row.get(27)?);
        Ok(Self {
            usable: card.is_active && customer.is_active,
            reason: None,
            discount_rate: rate(row.get(25)?)?,
            credit: credit(balance)?,
            available: credit(balance + line)?,
            card,
            customer,
        })
    }
}
