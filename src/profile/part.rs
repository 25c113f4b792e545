//! Single parts of a profile: one card, one address, one ban note, each an operation of its own.

use serde_json::Value;

use super::Profile;
use super::write::{Replacement, one_transaction};
use crate::address::Address;
use crate::ban_note::{self, BanNote};
use crate::card::{Card, CardStatus};
use crate::customer::Customer;
use crate::error::{Error, Result};
use crate::id::{AddressId, CardSerial, CustomerId};
use crate::operation::{self, Change, ChangeKind};
use crate::register::Fields;
use crate::rule::{check_line, check_note};
use crate::store::{Store, Tx};

one_transaction! {
    /// Adds a card to a customer, or replaces the one with its serial number.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such customer;
    /// - [`Error::Taken`]: another customer has a card with this serial number;
    /// - [`Error::Invalid`]: a field breaks a rule.
    set_card(id: &CustomerId, card: &Card) -> ();
    /// Takes a card away from a customer.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such customer, or no such card of this customer.
    remove_card(id: &CustomerId, serial: &CardSerial) -> ();
    /// Gives a customer a new card in place of a lost or worn one, which is taken away; everything
    /// but the serial number stays as it was on the old one, and the new one is active and valid.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such customer, or no such card of this customer;
    /// - [`Error::Taken`]: another customer has a card with the new serial number.
    swap_card(id: &CustomerId, old: &CardSerial, new: &CardSerial) -> Card;
    /// Adds an address to a customer, or replaces the one with its id.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such customer;
    /// - [`Error::Invalid`]: a field breaks a rule.
    set_address(id: &CustomerId, address: &Address) -> ();
    /// Takes an address away from a customer, who no longer refers to it.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such customer, or no such address of this customer.
    remove_address(id: &CustomerId, address: &AddressId) -> ();
    /// Adds an entry to the log of why a customer was suspended or banned. Adding it again changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such customer;
    /// - [`Error::Invalid`]: the text is empty or too long, the customer would have more than
    ///   [`BAN_NOTES_MAX`](crate::ban_note::BAN_NOTES_MAX) of them or
    ///   [`BAN_NOTES_BYTES_MAX`](crate::ban_note::BAN_NOTES_BYTES_MAX), or the id was used before with
    ///   other content.
    add_ban_note(id: &CustomerId, note: &BanNote) -> ();
}

impl Store {
    /// Changes single fields of a card as it stands now, and returns it as it is stored: how a lost
    /// card is blocked.
    ///
    /// ```
    /// use tillbook::{Card, CardSerial, CardStatus, Customer, Store};
    ///
    /// let store = Store::open_in_memory()?;
    /// let ada = store.create_customer(&Customer::new(store.stamp()))?;
    /// let serial = CardSerial::new("0012345678")?;
    /// store.set_card(&ada.id, &Card::new(serial.clone()))?;
    /// store.edit_card(&ada.id, &serial, |card| card.status = CardStatus::Blocked)?;
    ///
    /// let swipe = store.find_card(&serial)?.ok_or("this card is unknown")?;
    /// let refused = swipe.usable(store.now()).unwrap_err();
    /// assert_eq!(refused.to_string(), "not usable: the card is blocked");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Tx::edit_card`].
    pub fn edit_card(
        &self,
        id: &CustomerId,
        serial: &CardSerial,
        edit: impl FnOnce(&mut Card),
    ) -> Result<Card> {
        self.write(|tx| tx.edit_card(id, serial, edit))
    }

    /// Changes single fields of a customer as it stands now, and returns it as it is stored.
    ///
    /// ```
    /// use tillbook::{Customer, Store};
    ///
    /// let store = Store::open_in_memory()?;
    /// let ada = store.create_customer(&Customer::new(store.stamp()))?;
    /// let ada = store.edit_customer(&ada.id, |ada| ada.phone = Some("0905 123 456".into()))?;
    /// assert_eq!(ada.version, Some(2));
    /// # Ok::<(), tillbook::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Tx::edit_customer`].
    pub fn edit_customer(
        &self,
        id: &CustomerId,
        edit: impl FnOnce(&mut Customer),
    ) -> Result<Customer> {
        self.write(|tx| tx.edit_customer(id, edit))
    }
}

impl Tx<'_> {
    /// Adds a card or replaces it; see [`Store::set_card`].
    ///
    /// # Errors
    ///
    /// As [`Store::set_card`].
    pub fn set_card(&self, id: &CustomerId, card: &Card) -> Result<()> {
        self.edit_profile(id, |profile| {
            profile.cards.retain(|known| known.serial_number != card.serial_number);
            profile.cards.push(card.clone());
            Ok(())
        })
    }

    /// Changes single fields of a card as it stands now, and returns it as it is stored. When the
    /// status changes, `status_at` becomes the present, unless `edit` says otherwise; the serial
    /// number stays.
    ///
    /// # Errors
    ///
    /// - [`Error::NotFound`]: there is no such customer, or no such card of this customer;
    /// - [`Error::Invalid`]: a field breaks a rule.
    pub fn edit_card(
        &self,
        id: &CustomerId,
        serial: &CardSerial,
        edit: impl FnOnce(&mut Card),
    ) -> Result<Card> {
        let before = self.card(id, serial)?;
        let mut card = before.clone();
        edit(&mut card);
        card.serial_number = serial.clone();
        if card.status != before.status && card.status_at == before.status_at {
            card.status_at = Some(self.store().now());
        }
        self.set_card(id, &card)?;
        self.card(id, serial)
    }

    /// Gives a customer a new card in place of an old one; see [`Store::swap_card`].
    ///
    /// # Errors
    ///
    /// As [`Store::swap_card`].
    pub fn swap_card(&self, id: &CustomerId, old: &CardSerial, new: &CardSerial) -> Result<Card> {
        let mut card = self.card(id, old)?;
        card.serial_number = new.clone();
        (card.is_active, card.status) = (true, CardStatus::Valid);
        (card.status_at, card.status_reason) = (Some(self.store().now()), None);
        self.edit_profile(id, |profile| {
            profile.cards.retain(|known| known.serial_number != *old);
            profile.cards.push(card);
            Ok(())
        })?;
        self.card(id, new)
    }

    /// The card of this customer with this serial number.
    pub(crate) fn card(&self, id: &CustomerId, serial: &CardSerial) -> Result<Card> {
        let cards = self.profile(id)?.cards;
        let card = cards.into_iter().find(|card| card.serial_number == *serial);
        card.ok_or_else(|| Error::NotFound { what: "card", id: format!("{serial:?}") })
    }

    /// Takes a card away; see [`Store::remove_card`].
    ///
    /// # Errors
    ///
    /// As [`Store::remove_card`].
    pub fn remove_card(&self, id: &CustomerId, serial: &CardSerial) -> Result<()> {
        self.edit_profile(id, |profile| {
            let known = profile.cards.len();
            profile.cards.retain(|card| card.serial_number != *serial);
            found(profile.cards.len() < known, "card", &format!("{serial:?}"))
        })
    }

    /// Adds an address or replaces it; see [`Store::set_address`].
    ///
    /// # Errors
    ///
    /// As [`Store::set_address`].
    pub fn set_address(&self, id: &CustomerId, address: &Address) -> Result<()> {
        self.edit_profile(id, |profile| {
            profile.addresses.retain(|known| known.id != address.id);
            profile.addresses.push(address.clone());
            Ok(())
        })
    }

    /// Takes an address away; see [`Store::remove_address`].
    ///
    /// # Errors
    ///
    /// As [`Store::remove_address`].
    pub fn remove_address(&self, id: &CustomerId, address: &AddressId) -> Result<()> {
        self.edit_profile(id, |profile| {
            let known = profile.addresses.len();
            profile.addresses.retain(|known| known.id != *address);
            let customer = &mut profile.customer;
            for reference in [&mut customer.primary_address_id, &mut customer.delivery_address_id] {
                if reference.as_ref() == Some(address) {
                    *reference = None;
                }
            }
            found(profile.addresses.len() < known, "address", address.as_str())
        })
    }

    /// Adds an entry to the ban log; see [`Store::add_ban_note`].
    ///
    /// # Errors
    ///
    /// As [`Store::add_ban_note`].
    pub fn add_ban_note(&self, id: &CustomerId, note: &BanNote) -> Result<()> {
        self.live(id)?;
        match self.ban_note_change(id, note)? {
            Some(change) => operation::append(self, &[change]),
            None => Ok(()),
        }
    }

    /// What adds `note` to the log, if it is not there already.
    pub(super) fn ban_note_change(
        &self,
        id: &CustomerId,
        note: &BanNote,
    ) -> Result<Option<Change>> {
        CustomerId::new(&note.id).map_err(|rule| Error::invalid("id", rule))?;
        if let Some((customer, known)) = ban_note::find(self.conn(), &note.id)? {
            return match customer == *id && known == *note {
                true => Ok(None),
                false => Err(Error::invalid("id", "was used before with other content")),
            };
        }
        if note.text.is_empty() {
            return Err(Error::invalid("text", "must not be empty"));
        }
        check_note("text", Some(&note.text))?;
        check_line("actor", note.actor.as_deref())?;
        ban_note::check_room(self.conn(), id, note)?;
        Ok(Some(Change::new(ChangeKind::BanNote, id, note.fields())))
    }

    /// Replaces a profile by what `edit` makes of it.
    fn edit_profile(
        &self,
        id: &CustomerId,
        edit: impl FnOnce(&mut Profile) -> Result<()>,
    ) -> Result<()> {
        let mut profile = self.profile(id)?;
        edit(&mut profile)?;
        self.replace(&Replacement::from(profile)).map(|_| ())
    }
}

fn found(yes: bool, what: &'static str, id: &str) -> Result<()> {
    if yes { Ok(()) } else { Err(Error::NotFound { what, id: id.to_owned() }) }
}

pub(super) fn card_set(id: &CustomerId, card: &Card) -> Change {
    Change::new(ChangeKind::CardSet, id, card.fields())
}

pub(super) fn card_removed(id: &CustomerId, serial: &CardSerial) -> Change {
    let fields = Fields::from([("serial_number".to_owned(), Value::from(serial.as_str()))]);
    Change::new(ChangeKind::CardRemove, id, fields)
}
