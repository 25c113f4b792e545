//! A row of the file as a customer: what its cells change of what is stored.

use super::field::{Field, Part, Place};
use super::source::Row;
use super::value::{self, Edge, Reason};
use crate::address::Address;
use crate::card::Card;
use crate::customer::{Ban, Customer, Standing};
use crate::error::{Error, Result};
use crate::id::{AddressId, CardSerial, CustomerId};
use crate::money::Money;
use crate::profile::{Profile, Replacement};
use crate::store::Store;

/// A customer as a row wants it, built up cell by cell on what is stored.
#[derive(Debug)]
pub(super) struct Draft<'s> {
    store: &'s Store,
    pub(super) customer: Customer,
    pub(super) addresses: Vec<Address>,
    cards: Vec<Card>,
    /// The balance the customer brings along.
    pub(super) credit: Money,
}

impl<'s> Draft<'s> {
    /// A customer nobody has stored yet, with the id the row gives or a fresh one.
    pub(super) fn new(store: &'s Store, row: &Row) -> Result<Self> {
        let stamp = store.stamp();
        let customer = match id(row)? {
            Some(id) => Customer::with_id(id, stamp.at),
            None => Customer::new(stamp),
        };
        let (addresses, cards, credit) = (Vec::new(), Vec::new(), Money::ZERO);
        let mut draft = Self { store, customer, addresses, cards, credit };
        draft.fill(row)?;
        let customer = &mut draft.customer;
        if row.cell(Field::IsCompany).is_none() {
            // Tills without such a column show a company by giving no person.
            let is_person = customer.first_name.is_some() || customer.last_name.is_some();
            let company = customer.company.as_ref().and_then(|company| company.name.as_ref());
            customer.is_company = company.is_some() && !is_person;
        }
        Ok(draft)
    }

    /// A customer as it is stored, with the row's cells written over it.
    pub(super) fn of(store: &'s Store, profile: &Profile, row: &Row) -> Result<Self> {
        let Profile { customer, addresses, cards, .. } = profile.clone();
        let mut draft = Self { store, customer, addresses, cards, credit: Money::ZERO };
        draft.fill(row)?;
        Ok(draft)
    }

    fn fill(&mut self, row: &Row) -> Result<()> {
        for (field, text) in row.cells.iter().flatten() {
            match field {
                Field::Address(place, part) => self.set_part(*place, *part, text),
                field => match self.line(*field) {
                    Some(line) => *line = Some(text.clone()),
                    None => self.set(*field, text)?,
                },
            }
        }
        self.join_notes(row);
        self.switch_card(row)?;
        for place in [Place::Primary, Place::Delivery] {
            if let Some(address) = self.find(place) {
                address.check(place.parameter())?;
            }
        }
        Ok(())
    }

    /// All that is to be stored of it.
    pub(super) fn into_replacement(self) -> Replacement {
        Replacement {
            customer: self.customer,
            addresses: Some(self.addresses),
            cards: Some(self.cards),
            credit: None,
            ban_note: None,
        }
    }

    /// The customer's text that a cell goes into as it is.
    fn line(&mut self, field: Field) -> Option<&mut Option<String>> {
        let customer = &mut self.customer;
        Some(match field {
            Field::FirstName => &mut customer.first_name,
            Field::MiddleName => &mut customer.middle_name,
            Field::LastName => &mut customer.last_name,
            Field::FullName => &mut customer.full_name,
            Field::Email => &mut customer.email,
            Field::Phone => &mut customer.phone,
            Field::CompanyName => &mut customer.company.get_or_insert_default().name,
            Field::CompanyCrn => &mut customer.company.get_or_insert_default().crn,
            Field::CompanyVatId => &mut customer.company.get_or_insert_default().vat_id,
            Field::CompanyTaxId => &mut customer.company.get_or_insert_default().tax_id,
            _ => return None,
        })
    }

    fn set(&mut self, field: Field, text: &str) -> Result<()> {
        let wrong = |reason: Reason| Error::invalid(field.parameter(), reason);
        let currency = self.store.currency();
        let customer = &mut self.customer;
        match field {
            Field::ExternalId => {
                customer.external_id = Some(value::whole(text).map_err(wrong)?.to_owned());
            }
            Field::Card => self.add_card(text)?,
            Field::IsActive => {
                customer.standing = customer.standing.switched(value::truth(text).map_err(wrong)?);
            }
            Field::Standing => {
                customer.standing = value::word(text, Standing::parse).map_err(wrong)?;
            }
            Field::Ban => customer.ban = value::word(text, Ban::parse).map_err(wrong)?,
            Field::ActivationTime => {
                customer.activation_at = Some(value::time(text, Edge::First).map_err(wrong)?);
            }
            Field::ExpirationTime => {
                customer.expiration_at = Some(value::time(text, Edge::Last).map_err(wrong)?);
            }
            Field::Gender => customer.gender = Some(value::gender(text).map_err(wrong)?),
            Field::BirthDate => customer.birth_date = Some(value::date(text).map_err(wrong)?),
            Field::IsCompany => customer.is_company = value::truth(text).map_err(wrong)?,
            Field::VatNo => {
                // A VAT number begins with the letters of its country, a registration number does not.
                let company = customer.company.get_or_insert_default();
                let is_vat_id = text.starts_with(|c: char| c.is_ascii_alphabetic());
                let slot = if is_vat_id { &mut company.vat_id } else { &mut company.crn };
                *slot = Some(text.to_owned());
            }
            Field::DiscountRate => {
                customer.discount_rate = value::percent(text).map_err(wrong)?;
            }
            Field::CreditRate => customer.credit_rate = value::fraction(text).map_err(wrong)?,
            Field::CreditLine => {
                customer.credit_line = value::money(text, currency).map_err(wrong)?;
            }
            Field::CreditAmount => self.credit = value::money(text, currency).map_err(wrong)?,
            // The id is the customer's for ever; lines, notes and addresses have their own ways.
            _ => {}
        }
        Ok(())
    }

    fn add_card(&mut self, text: &str) -> Result<()> {
        let serial = serial(text)?;
        if !self.cards.iter().any(|card| card.serial_number == serial) {
            self.cards.push(Card::new(serial));
        }
        Ok(())
    }

    /// Whether the row's card may be used stands in a column of its own.
    fn switch_card(&mut self, row: &Row) -> Result<()> {
        let Some(text) = row.cell(Field::CardIsActive) else { return Ok(()) };
        let is_active = value::truth(text)
            .map_err(|reason| Error::invalid(Field::CardIsActive.parameter(), reason))?;
        let Some(serial) = row.cell(Field::Card) else { return Ok(()) };
        let mut cards = self.cards.iter_mut();
        if let Some(card) = cards.find(|card| card.serial_number.as_str() == serial) {
            card.is_active = is_active;
        }
        Ok(())
    }

    /// Two columns of a till's export are one note here.
    fn join_notes(&mut self, row: &Row) {
        let notes = [Field::Note, Field::InternalNote].map(|field| row.cell(field));
        let notes: Vec<&str> = notes.into_iter().flatten().collect();
        if !notes.is_empty() {
            self.customer.note = Some(notes.join("\n"));
        }
    }

    fn set_part(&mut self, place: Place, part: Part, text: &str) {
        let decimal = matches!(part, Part::Latitude | Part::Longitude);
        let text = if decimal { text.replace(',', ".") } else { text.to_owned() };
        let known = self.find(place).and_then(|address| slot(&mut address.clone(), part).take());
        if known.as_ref() != Some(&text) {
            *slot(self.own(place), part) = Some(text);
        }
    }

    fn reference(&mut self, place: Place) -> &mut Option<AddressId> {
        match place {
            Place::Primary => &mut self.customer.primary_address_id,
            Place::Delivery => &mut self.customer.delivery_address_id,
        }
    }

    /// The address that serves this purpose.
    fn find(&self, place: Place) -> Option<&Address> {
        let id = match place {
            Place::Primary => self.customer.primary_address_id.as_ref(),
            Place::Delivery => self.customer.delivery_address_id.as_ref(),
        };
        self.addresses.iter().find(|address| Some(&address.id) == id)
    }

    /// The address that serves this purpose and no other, made now if there is none.
    fn own(&mut self, place: Place) -> &mut Address {
        let shared = self.customer.primary_address_id == self.customer.delivery_address_id;
        let known = self.find(place).cloned();
        let id = known.as_ref().filter(|_| !shared).map(|address| address.id.clone());
        let at = self.addresses.iter().position(|address| Some(&address.id) == id.as_ref());
        let at = at.unwrap_or_else(|| {
            let fresh = Address::new(self.store.stamp());
            *self.reference(place) = Some(fresh.id.clone());
            self.addresses.push(match known {
                Some(known) => Address { id: fresh.id, ..known },
                None => fresh,
            });
            self.addresses.len() - 1
        });
        &mut self.addresses[at]
    }
}

/// The id in the row.
pub(super) fn id(row: &Row) -> Result<Option<CustomerId>> {
    let read = |text: &str| {
        let wrong = |reason: Reason| Error::invalid("id", reason);
        let text = value::whole(text).map_err(wrong)?;
        CustomerId::new(text).map_err(|rule| Error::invalid("id", rule))
    };
    row.cell(Field::Id).map(read).transpose()
}

/// A card's serial number.
pub(super) fn serial(text: &str) -> Result<CardSerial> {
    let parameter = || Field::Card.parameter();
    let text = value::whole(text).map_err(|reason| Error::invalid(parameter(), reason))?;
    CardSerial::new(text).map_err(|rule| Error::invalid(parameter(), rule))
}

fn slot(address: &mut Address, part: Part) -> &mut Option<String> {
    match part {
        Part::Line1 => &mut address.line1,
        Part::Line2 => &mut address.line2,
        Part::City => &mut address.city,
        Part::State => &mut address.state,
        Part::PostalCode => &mut address.postal_code,
        Part::Country => &mut address.country,
        Part::Latitude => &mut address.latitude,
        Part::Longitude => &mut address.longitude,
        Part::Name => &mut address.name,
        Part::Note => &mut address.note,
    }
}
