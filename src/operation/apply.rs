//! Apply: the one function through which every change reaches its rows.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::LazyLock;

use serde_json::Value;

use super::debt::{remove_debt_account, set_debt_account};
use super::{Change, ChangeKind, location, log, merge};
use crate::address::{self, Address};
use crate::ban_note::{self, BanNote};
use crate::card::{self, Card};
use crate::claim::{self, ClaimKind, ConflictKind, Resolution};
use crate::clock::Hlc;
use crate::credit::{self, CreditTransaction, Outlook};
use crate::customer::{self, Account, Customer, DELETED, ERASED, Known, LIVE};
use crate::debt_account::{self, DebtAccount};
use crate::error::{Error, Result};
use crate::id::{AddressId, CustomerId, Subject};
use crate::image;
use crate::money::Money;
use crate::register::{Stamps, choice, integer};
use crate::unit::{Kind, Rows, Unit};

/// The state of a customer without a row.
const NOWHERE: i64 = -1;

/// A customer that an operation has touched.
pub(super) struct Touched {
    pub(super) key: i64,
    pub(super) state: i64,
    /// By how much the balance moves.
    effect: Money,
    /// Whether it was there before.
    is_old: bool,
    /// Whether it may have become too heavy.
    grows: bool,
    /// Whether its row is known to be what was written.
    is_proved: bool,
}

/// What its author has looked up in the same SQL transaction about an operation that records one
/// credit transaction, so that it need not be looked up again.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) key: i64,
    pub(crate) state: i64,
    pub(crate) outlook: Outlook,
}

/// Applies every change of one operation; the version of each customer it touches rises by one.
/// Returns those customers as they are now.
pub(super) fn apply(
    rows: &Rows<'_>,
    changes: &[Change],
    stamp: Hlc,
    mut seen: Option<Seen>,
) -> Result<BTreeMap<CustomerId, Touched>> {
    let mut touched: BTreeMap<CustomerId, Touched> = BTreeMap::new();
    for change in changes {
        let id = match &change.subject {
            Subject::Customer(id) => id,
            Subject::Location(id) => {
                location::apply(rows, change, id, stamp)?;
                continue;
            }
        };
        // Of a conflict that concerns nobody.
        if change.kind == ChangeKind::Keep && account(rows, id)?.is_none() {
            keep(rows, change, stamp)?;
            continue;
        }
        let customer = match touched.entry(id.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let (key, state) = match &seen {
                    Some(seen) => (seen.key, seen.state),
                    None => {
                        account(rows, id)?.map_or((0, NOWHERE), |known| (known.key, known.state))
                    }
                };
                before(rows, Kind::Times, id)?;
                let (is_old, effect) = (state != NOWHERE, Money::ZERO);
                // What a node with a parent has put aside shows a damaged row at the next publish.
                let is_proved = !is_old || rows.mode().keeps_base;
                new.insert(Touched { key, state, effect, is_old, grows: false, is_proved })
            }
        };
        if customer.state == NOWHERE || changes_person(change.kind) {
            if !customer.is_proved && change.kind != ChangeKind::Erase {
                // What `touch` moves is sealed again at the end of the operation.
                customer::SEALED[1].prove(rows, id.as_str())?;
                prove(rows, id, customer.key)?;
            }
            customer.is_proved = true;
            before(rows, Kind::Person, id)?;
            customer.grows |= may_grow(change.kind, customer.is_old);
        }
        if customer.state == NOWHERE {
            (customer.key, customer.state) = (appear(rows, change, id, stamp)?, LIVE);
            if change.kind == ChangeKind::Create {
                continue;
            }
        }
        let outlook = seen.take().map(|seen| seen.outlook);
        let effect = apply_one(rows, change, id, customer.key, customer.state, stamp, outlook)?;
        customer.effect = customer.effect.checked_add(effect).ok_or(Error::Overflow)?;
        if matches!(change.kind, ChangeKind::Delete | ChangeKind::Undelete | ChangeKind::Erase) {
            customer.state = account(rows, id)?.map_or(NOWHERE, |known| known.state);
        }
    }
    for (id, customer) in &touched {
        customer::touch(rows, customer.key, customer.effect, stamp)?;
        if customer.grows {
            image::check_weight(rows, &Unit::new(Kind::Person, id.as_str()), "customer")?;
        }
    }
    Ok(touched)
}

/// Whether a change of this kind writes more of the customer than its times.
fn changes_person(kind: ChangeKind) -> bool {
    !matches!(kind, ChangeKind::Credit | ChangeKind::Keep | ChangeKind::Release)
}

/// Whether a change of this kind can carry a customer beyond [`UNIT_BYTES_MAX`](crate::unit::UNIT_BYTES_MAX).
/// One operation alone is too short for that, unless it takes over what another customer has.
fn may_grow(kind: ChangeKind, is_old: bool) -> bool {
    let takes_away = matches!(
        kind,
        ChangeKind::Delete
            | ChangeKind::Undelete
            | ChangeKind::Erase
            | ChangeKind::CardRemove
            | ChangeKind::AddressRemove
            | ChangeKind::DebtAccountRemove
    );
    kind == ChangeKind::Merge || (is_old && changes_person(kind) && !takes_away)
}

/// Refuses to write on where a row of a customer, or of what belongs to it, is not what was written:
/// what is made of it would look sound, here and wherever it is told.
pub(super) fn prove(rows: &Rows<'_>, id: &CustomerId, key: i64) -> Result<()> {
    static BROKEN: LazyLock<String> = LazyLock::new(|| {
        let parts = [card::SEALED, address::SEALED, debt_account::SEALED, ban_note::SEALED];
        parts.map(|part| format!("{} and customer_key = ?1", part.broken)).join(" union all ")
    });
    customer::SEALED[0].prove(rows, id.as_str())?;
    match rows.prepare_cached(&BROKEN)?.exists([key])? {
        true => Err(Error::DamagedRow { what: "customer", id: id.to_string() }),
        false => Ok(()),
    }
}

/// To be called before a customer or its times are written.
pub(super) fn before(rows: &Rows<'_>, kind: Kind, id: &CustomerId) -> Result<()> {
    rows.before(kind, id.as_str(), |conn| match rows.absent(id) {
        Some(_) => Ok(None),
        None => image::of(conn, &Unit::new(kind, id.as_str())),
    })
}

/// The account of a customer whose row counts.
pub(super) fn account(rows: &Rows<'_>, id: &CustomerId) -> Result<Option<Account>> {
    match rows.absent(id) {
        Some(_) => Ok(None),
        None => customer::account(rows, id),
    }
}

/// A row for a customer this node has never heard of: with all it is created with, or an empty one and
/// a conflict when the change is about something else.
fn appear(rows: &Rows<'_>, change: &Change, id: &CustomerId, stamp: Hlc) -> Result<i64> {
    let mut customer = Customer::with_id(id.clone(), stamp.at());
    let mut stamps = Stamps::new(stamp);
    if change.kind != ChangeKind::Create {
        let key = insert(rows, &customer, &stamps)?;
        let (kind, subject) = (ConflictKind::UnknownCustomer, Some(&change.subject));
        claim::note(rows, kind, "", subject, None, stamp.at())?;
        return Ok(key);
    }
    customer.merge(&change.fields, &mut stamps, stamp)?;
    let key = insert(rows, &customer, &stamps)?;
    if let Some(external_id) = &customer.external_id {
        claim::take(rows, ClaimKind::ExternalId, external_id, key, stamp.at())?;
    }
    Ok(key)
}

/// A new row, or one that stands there but counts as none.
fn insert(rows: &Rows<'_>, customer: &Customer, stamps: &Stamps) -> Result<i64> {
    let Some(key) = rows.absent(&customer.id) else {
        return customer::insert(rows, customer, stamps);
    };
    customer::update(rows, key, customer, stamps)?;
    let at = stamps.base().at();
    customer::set_times(rows, key, at, at)?;
    rows.set_absent(&customer.id, None);
    Ok(key)
}

/// Applies one change and returns by how much it moved the balance. An erase beats everything but
/// movements of credit, for ever.
fn apply_one(
    rows: &Rows<'_>,
    change: &Change,
    id: &CustomerId,
    key: i64,
    state: i64,
    stamp: Hlc,
    outlook: Option<Outlook>,
) -> Result<Money> {
    match change.kind {
        ChangeKind::Credit => return add_credit(rows, change, id, key, state, stamp, outlook),
        ChangeKind::Keep => keep(rows, change, stamp)?,
        _ if state == ERASED || is_emptied(change) => {}
        ChangeKind::Create => {
            claim::appeared(rows, id)?;
            set(rows, change, id, stamp)?;
        }
        ChangeKind::Set => set(rows, change, id, stamp)?,
        ChangeKind::CardSet => {
            let card = Card::from_fields(&change.fields)?;
            if card::set(rows, key, &card, stamp)? && state == LIVE {
                claim::take(rows, ClaimKind::Card, card.serial_number.as_str(), key, stamp.at())?;
            }
        }
        ChangeKind::CardRemove => {
            let serial = card::serial_from(&change.fields)?;
            if card::remove(rows, key, &serial, stamp)? {
                claim::release(rows, ClaimKind::Card, serial.as_str(), key, stamp.at())?;
            }
        }
        ChangeKind::AddressSet => {
            address::set(rows, key, &Address::from_fields(&change.fields)?, stamp)?
        }
        ChangeKind::AddressRemove => {
            let id = choice("id", field(change, "id"), |id| AddressId::new(id).ok())?;
            let id = id.ok_or_else(|| Error::invalid("id", "is missing"))?;
            address::remove(rows, key, &id, stamp)?;
        }
        ChangeKind::DebtAccountSet => {
            let account = DebtAccount::from_fields(&change.fields)?;
            set_debt_account(rows, key, state, &account, stamp)?;
        }
        ChangeKind::DebtAccountRemove => {
            remove_debt_account(rows, key, &debt_account::id_from(&change.fields)?, stamp)?;
        }
        ChangeKind::BanNote => ban_note::add(rows, key, &BanNote::from_fields(&change.fields)?)?,
        ChangeKind::Delete => show(rows, id, false, stamp)?,
        ChangeKind::Undelete => show(rows, id, true, stamp)?,
        ChangeKind::Erase => erase(rows, id, key, stamp)?,
        ChangeKind::Merge => merge::merge(rows, change, id, key, state, stamp)?,
        ChangeKind::Release => release(rows, change, id, key, state, stamp)?,
        // Of no customer.
        ChangeKind::LocationSet | ChangeKind::LocationRemove => {}
    }
    Ok(Money::ZERO)
}

/// Whether an erase has taken away what the change is about.
fn is_emptied(change: &Change) -> bool {
    let subject = match change.kind {
        ChangeKind::CardSet | ChangeKind::CardRemove => "serial_number",
        ChangeKind::BanNote => "text",
        _ => return false,
    };
    field(change, subject).is_null()
}

pub(super) fn field<'c>(change: &'c Change, name: &str) -> &'c Value {
    change.fields.get(name).unwrap_or(&Value::Null)
}

fn known(rows: &Rows<'_>, id: &CustomerId) -> Result<Known> {
    customer::known(rows, id)?.ok_or_else(|| Error::no_customer(id))
}

fn set(rows: &Rows<'_>, change: &Change, id: &CustomerId, stamp: Hlc) -> Result<()> {
    let mut known = known(rows, id)?;
    let before = known.customer.external_id.clone();
    known.customer.merge(&change.fields, &mut known.stamps, stamp)?;
    customer::update(rows, known.key, &known.customer, &known.stamps)?;
    let after = &known.customer.external_id;
    if known.state != LIVE || before == *after {
        return Ok(());
    }
    if let Some(before) = before {
        claim::release(rows, ClaimKind::ExternalId, &before, known.key, stamp.at())?;
    }
    match after {
        Some(after) => claim::take(rows, ClaimKind::ExternalId, after, known.key, stamp.at()),
        None => Ok(()),
    }
}

fn add_credit(
    rows: &Rows<'_>,
    change: &Change,
    customer: &CustomerId,
    key: i64,
    state: i64,
    stamp: Hlc,
    outlook: Option<Outlook>,
) -> Result<Money> {
    let mut transaction = CreditTransaction::from_fields(customer, &change.fields)?;
    let balance_after =
        integer("balance_after", field(change, "balance_after"))?.unwrap_or_default();
    if state == ERASED {
        (transaction.external_id, transaction.note) = (None, None);
        (transaction.meta, transaction.actor) = (None, None);
    }
    if state == DELETED {
        let id = transaction.id.as_str();
        let subject = Some(&change.subject);
        claim::note(rows, ConflictKind::DeletedCustomer, id, subject, None, stamp.at())?;
    }
    let balance_after = Money::from_minor(balance_after);
    credit::add(rows, key, &transaction, balance_after, stamp, outlook)
}

/// Hides a customer or shows it again: a register of its own, so that later edits do not revive.
fn show(rows: &Rows<'_>, id: &CustomerId, live: bool, stamp: Hlc) -> Result<()> {
    let mut known = known(rows, id)?;
    if !known.stamps.win("deleted", known.state == DELETED, !live, stamp) {
        return Ok(());
    }
    customer::update(rows, known.key, &known.customer, &known.stamps)?;
    customer::set_state(rows, known.key, if live { LIVE } else { DELETED })?;
    for (kind, value) in claims(rows, &known)? {
        match live {
            true => claim::take(rows, kind, &value, known.key, stamp.at())?,
            false => claim::release(rows, kind, &value, known.key, stamp.at())?,
        }
    }
    Ok(())
}

/// Every value a customer claims while it is live.
fn claims(rows: &Rows<'_>, known: &Known) -> Result<Vec<(ClaimKind, String)>> {
    let external_id = known.customer.external_id.clone().map(|id| (ClaimKind::ExternalId, id));
    let cards = card::list(rows, known.key)?;
    let cards = cards.into_iter().map(|card| (ClaimKind::Card, card.serial_number.to_string()));
    let accounts = debt_account::list(rows, known.key)?.into_iter();
    let accounts = accounts.filter_map(|account| account.external_id);
    let accounts = accounts.map(|id| (ClaimKind::DebtAccount, id));
    Ok(external_id.into_iter().chain(cards).chain(accounts).collect())
}

/// Gives a value up, unless a later edit has brought it back: then the clash goes on.
fn release(
    rows: &Rows<'_>,
    change: &Change,
    id: &CustomerId,
    key: i64,
    state: i64,
    stamp: Hlc,
) -> Result<()> {
    let kind = choice("claim", field(change, "claim"), ClaimKind::parse)?;
    let kind = kind.filter(|kind| !kind.is_of_location());
    let Some((kind, value)) = kind.zip(field(change, "value").as_str()) else { return Ok(()) };
    let uses = || -> Result<bool> {
        let mut used = claims(rows, &known(rows, id)?)?.into_iter();
        Ok(used.any(|used| (used.0, used.1.as_str()) == (kind, value)))
    };
    match state == LIVE && uses()? {
        true => Ok(()),
        false => claim::release(rows, kind, value, key, stamp.at()),
    }
}

fn erase(rows: &Rows<'_>, id: &CustomerId, key: i64, stamp: Hlc) -> Result<()> {
    let blank = Customer::with_id(id.clone(), stamp.at());
    customer::update(rows, key, &blank, &Stamps::new(stamp))?;
    customer::set_state(rows, key, ERASED)?;
    address::erase(rows, key)?;
    card::erase(rows, key)?;
    debt_account::erase(rows, key)?;
    ban_note::erase(rows, key)?;
    credit::erase(rows, key)?;
    claim::erase(rows, key, id, stamp.at())?;
    rows.erase(id, &credit::ids_of(rows, key)?)?;
    log::erase(rows, id, Some(key))
}

fn keep(rows: &Rows<'_>, change: &Change, stamp: Hlc) -> Result<()> {
    // About a value, which an erase takes away, or about the ledger.
    let id = field(change, "conflict").as_str().or(field(change, "target").as_str());
    match id {
        Some(id) => claim::resolve(rows, id, Resolution::Kept, stamp.at()),
        None => Ok(()),
    }
}
