//! A customer as registers: what is normalised, what is checked, what differs.

use serde_json::{Map, Value};

use super::{
    Ban, CREDIT_RATE_MAX, Company, Customer, DISCOUNT_RATE_MAX, Gender, SsnSource, Standing,
};
use crate::clock::Hlc;
use crate::error::{Error, Result};
use crate::id::{AddressId, CustomerId};
use crate::money::{Money, Rate};
use crate::register::{Fields, Stamps, boolean, choice, integer, put_or_remove, text};
use crate::rule::{check_interval, check_line, check_meta, check_note};
use crate::time::{Date, Timestamp};

impl Customer {
    /// The same customer as the store keeps it: empty texts that mean nothing are gone, and a
    /// `full_name` equal to the computed one is not kept.
    pub(crate) fn normalised(&self) -> Self {
        let mut customer = self.clone();
        if customer.external_id.as_deref() == Some("") {
            customer.external_id = None;
        }
        if customer.company == Some(Company::default()) {
            customer.company = None;
        }
        customer.meta.retain(|_, value| !value.is_null());
        let full_name = customer.full_name.take();
        customer.full_name =
            full_name.filter(|name| !name.is_empty() && *name != customer.computed_name());
        customer
    }

    /// Checks every field against its rule, at `now`.
    ///
    /// What two nodes wrote apart may break a rule together, and so may a day that a slow clock
    /// took; such fields are not held against an edit that leaves them as they are in `stored`.
    pub(crate) fn check(&self, stored: Option<&Self>, now: Timestamp) -> Result<()> {
        if let Some(external_id) = &self.external_id {
            CustomerId::new(external_id).map_err(|rule| Error::invalid("external_id", rule))?;
        }
        self.check_texts()?;
        let digits = |text: &String| text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
        if !self.ssn_last4.as_ref().is_none_or(digits) {
            return Err(Error::invalid("ssn_last4", "must be four digits"));
        }
        let is_new_birth_date = stored.is_none_or(|stored| stored.birth_date != self.birth_date);
        if is_new_birth_date && self.birth_date.is_some_and(|date| date > now.date()) {
            return Err(Error::invalid("birth_date", "must not be after today"));
        }
        let times = |customer: &Self| (customer.activation_at, customer.expiration_at);
        if stored.is_none_or(|stored| times(stored) != times(self)) {
            check_interval("expiration_at", self.activation_at, self.expiration_at)?;
        }
        let discount = self.discount_rate;
        if !(Rate::ZERO..=DISCOUNT_RATE_MAX).contains(&discount) {
            return Err(Error::invalid("discount_rate", "must be 0 to 100 percent"));
        }
        if discount.millionths() % 10_000 != 0 {
            return Err(Error::invalid("discount_rate", "must have at most 2 decimals"));
        }
        if !(Rate::ZERO..=CREDIT_RATE_MAX).contains(&self.credit_rate) {
            return Err(Error::invalid("credit_rate", "must be 0 to 100"));
        }
        if self.credit_line.is_negative() || !self.credit_line.within_limit() {
            return Err(Error::invalid("credit_line", "must be 0 to the greatest amount"));
        }
        if stored.is_none_or(|stored| stored.meta != self.meta) {
            check_meta("meta", &self.meta)?;
        }
        Ok(())
    }

    fn check_texts(&self) -> Result<()> {
        let company = self.company.clone().unwrap_or_default();
        let lines = [
            ("first_name", &self.first_name),
            ("middle_name", &self.middle_name),
            ("last_name", &self.last_name),
            ("full_name", &self.full_name),
            ("email", &self.email),
            ("phone", &self.phone),
            ("company.name", &company.name),
            ("company.crn", &company.crn),
            ("company.vat_id", &company.vat_id),
            ("company.tax_id", &company.tax_id),
        ];
        for (name, text) in lines {
            check_line(name, text.as_deref())?;
        }
        check_note("note", self.note.as_deref())
    }

    /// The registers that differ from their defaults.
    pub(crate) fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                fields.insert(name.to_owned(), value);
            }
        };
        let text = |text: &Option<String>| text.clone().map(Value::from);
        put("external_id", text(&self.external_id));
        put("standing", (self.standing != Standing::Active).then(|| self.standing.as_str().into()));
        put("ban", (self.ban != Ban::Allowed).then(|| self.ban.as_str().into()));
        put("activation_at", self.activation_at.map(|at| at.ms().into()));
        put("expiration_at", self.expiration_at.map(|at| at.ms().into()));
        put("first_name", text(&self.first_name));
        put("middle_name", text(&self.middle_name));
        put("last_name", text(&self.last_name));
        put("full_name", text(&self.full_name));
        put("gender", self.gender.map(|gender| gender.as_str().into()));
        put("birth_date", self.birth_date.map(|date| date.to_string().into()));
        put("email", text(&self.email));
        put("phone", text(&self.phone));
        put("ssn_last4", text(&self.ssn_last4));
        put("ssn_source", self.ssn_source.map(|source| source.as_str().into()));
        put("is_company", self.is_company.then(|| true.into()));
        put("company", self.company.as_ref().map(company_value));
        put("primary_address_id", self.primary_address_id.as_ref().map(|id| id.as_str().into()));
        put("delivery_address_id", self.delivery_address_id.as_ref().map(|id| id.as_str().into()));
        put(
            "discount_rate",
            (self.discount_rate != Rate::ZERO).then(|| self.discount_rate.millionths().into()),
        );
        put(
            "credit_rate",
            (self.credit_rate != Rate::ZERO).then(|| self.credit_rate.millionths().into()),
        );
        put(
            "credit_line",
            (self.credit_line != Money::ZERO).then(|| self.credit_line.minor().into()),
        );
        put("note", text(&self.note));
        for (key, value) in &self.meta {
            put(&format!("meta.{key}"), Some(value.clone()));
        }
        for (name, value) in &self.ext {
            put(name, Some(value.clone()));
        }
        fields
    }

    /// The customer whose registers are these; a name this version does not know goes to `ext`.
    pub(crate) fn from_fields(id: CustomerId, at: Timestamp, fields: &Fields) -> Result<Self> {
        let mut customer = Self::with_id(id, at);
        fields.iter().try_for_each(|(name, value)| customer.set(name, value))?;
        Ok(customer)
    }

    /// Writes the fields whose stamp wins; a name this version does not know goes to `ext`.
    pub(crate) fn merge(&mut self, fields: &Fields, stamps: &mut Stamps, stamp: Hlc) -> Result<()> {
        let known = self.fields();
        for (name, value) in fields {
            if stamps.win(name, known.contains_key(name), !value.is_null(), stamp) {
                self.set(name, value)?;
            }
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<()> {
        match name {
            "external_id" => self.external_id = text(name, value)?,
            "standing" => {
                self.standing = choice(name, value, Standing::parse)?.unwrap_or(Standing::Active)
            }
            "ban" => self.ban = choice(name, value, Ban::parse)?.unwrap_or(Ban::Allowed),
            "activation_at" => self.activation_at = integer(name, value)?.map(Timestamp::from_ms),
            "expiration_at" => self.expiration_at = integer(name, value)?.map(Timestamp::from_ms),
            "first_name" => self.first_name = text(name, value)?,
            "middle_name" => self.middle_name = text(name, value)?,
            "last_name" => self.last_name = text(name, value)?,
            "full_name" => self.full_name = text(name, value)?,
            "gender" => self.gender = choice(name, value, Gender::parse)?,
            "birth_date" => self.birth_date = choice(name, value, |text| Date::parse(text).ok())?,
            "email" => self.email = text(name, value)?,
            "phone" => self.phone = text(name, value)?,
            "ssn_last4" => self.ssn_last4 = text(name, value)?,
            "ssn_source" => self.ssn_source = choice(name, value, SsnSource::parse)?,
            "is_company" => self.is_company = boolean(name, value)?.unwrap_or(false),
            "company" => self.company = value.as_object().map(company_from).transpose()?,
            "primary_address_id" => {
                self.primary_address_id = choice(name, value, |id| AddressId::new(id).ok())?
            }
            "delivery_address_id" => {
                self.delivery_address_id = choice(name, value, |id| AddressId::new(id).ok())?
            }
            "discount_rate" => {
                self.discount_rate = Rate::from_millionths(integer(name, value)?.unwrap_or(0))
            }
            "credit_rate" => {
                self.credit_rate = Rate::from_millionths(integer(name, value)?.unwrap_or(0))
            }
            "credit_line" => {
                self.credit_line = Money::from_minor(integer(name, value)?.unwrap_or(0))
            }
            "note" => self.note = text(name, value)?,
            _ => match name.strip_prefix("meta.") {
                Some(key) => put_or_remove(&mut self.meta, key, value),
                None => put_or_remove(&mut self.ext, name, value),
            },
        }
        Ok(())
    }
}

fn company_value(company: &Company) -> Value {
    let parts = [
        ("name", &company.name),
        ("crn", &company.crn),
        ("vat_id", &company.vat_id),
        ("tax_id", &company.tax_id),
    ];
    let set =
        parts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.clone()?.into())));
    Value::Object(set.collect())
}

fn company_from(object: &Map<String, Value>) -> Result<Company> {
    let part = |name: &str| text(name, object.get(name).unwrap_or(&Value::Null));
    Ok(Company {
        name: part("name")?,
        crn: part("crn")?,
        vat_id: part("vat_id")?,
        tax_id: part("tax_id")?,
    })
}
