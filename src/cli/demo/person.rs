//! An invented customer: everything about them follows from the dice.

use std::sync::Arc;

use tillbook::{
    Address, Card, CardSerial, Company, Customer, Date, Gender, ManualClock, Rate, Replacement,
    SeededRandom, Stamp, Standing, Timestamp,
};

use super::names::{CZECH, GERMAN, Names, SLOVAK};

/// Where the customers live: mostly at home.
const LANGUAGES: [&Names; 10] =
    [&SLOVAK, &SLOVAK, &SLOVAK, &SLOVAK, &SLOVAK, &SLOVAK, &CZECH, &CZECH, &GERMAN, &GERMAN];
/// Percent, in millionths.
const DISCOUNTS: [i64; 8] = [0, 0, 0, 3_000_000, 5_000_000, 5_000_000, 7_500_000, 10_000_000];
/// Fractions, in millionths.
const CREDIT_RATES: [i64; 5] = [0, 0, 10_000, 20_000, 50_000];
const NOTES: &[&str] = &[
    "VIP",
    "wants no paper",
    "allergic to nuts",
    "pays at the end of the month",
    "speaks English",
];
/// Nobody can have an address there.
const MAIL_DOMAINS: &[&str] = &["example.com", "example.org", "example.net"];
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The dice and the clock of an invented world.
#[derive(Debug)]
pub(super) struct World {
    pub(super) clock: Arc<ManualClock>,
    random: SeededRandom,
    /// Where the serial numbers of its cards begin.
    first_card: u64,
}

impl World {
    /// The world of a seed; its clock is where it was set.
    pub(super) fn new(clock: Arc<ManualClock>, seed: u64) -> Self {
        let random = SeededRandom::new(seed);
        let first_card = random.next_u64() % CARDS;
        Self { clock, random, first_card }
    }

    pub(super) fn stamp(&self) -> Stamp {
        Stamp::new(self.clock.as_ref(), &self.random)
    }

    /// A number from 0 on, below `end`.
    pub(super) fn below(&self, end: u64) -> u64 {
        self.random.next_u64() % end.max(1)
    }

    pub(super) fn chance(&self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<T: Copy>(&self, items: &[T]) -> T {
        let at = usize::try_from(self.below(items.len() as u64)).unwrap_or_default();
        items[at]
    }

    fn name(&self, list: &'static str) -> &'static str {
        self.pick(&list.split(", ").collect::<Vec<_>>())
    }

    fn digits(&self, n_digits: u32) -> String {
        let (least, end) = (10_u64.pow(n_digits - 1), 10_u64.pow(n_digits));
        (least + self.below(end - least)).to_string()
    }

    /// The serial number of the card `number`: 13 digits of the kind that shops give themselves.
    fn card(&self, number: u64) -> Option<Card> {
        let digits = format!("29{:010}", (self.first_card + number * CARD_STEP) % CARDS);
        let weights = [1, 3].into_iter().cycle();
        let sum: u32 =
            digits.chars().filter_map(|c| c.to_digit(10)).zip(weights).map(|(d, w)| d * w).sum();
        let serial = format!("{digits}{}", (10 - sum % 10) % 10);
        CardSerial::new(&serial).ok().map(Card::new)
    }
}

/// So many serial numbers there are, and the step from one to the next, which meets them all.
const CARDS: u64 = 10_000_000_000;
const CARD_STEP: u64 = 7_919;

/// Invents the customer `number` of the world.
pub(super) fn invent(world: &World, number: u64) -> Replacement {
    let names = world.pick(&LANGUAGES);
    let mut customer = Customer::new(world.stamp());
    let family = name_person(world, names, &mut customer);
    if world.chance(12) {
        name_company(world, names, family, &mut customer);
    }
    reach(world, names, number, &mut customer);
    grant(world, &mut customer);
    let address = world.chance(80).then(|| invent_address(world, names));
    customer.primary_address_id = address.as_ref().map(|address| address.id.clone());
    let n_cards = if world.chance(8) { 2 } else { 1 };
    let cards = (0..n_cards).filter_map(|i| world.card(number * 2 + i)).collect();
    Replacement {
        customer,
        addresses: Some(address.into_iter().collect()),
        cards: Some(cards),
        credit: None,
        ban_note: None,
    }
}

/// Gives names, gender and birth date; returns the family name as a firm would bear it.
fn name_person(world: &World, names: &Names, customer: &mut Customer) -> &'static str {
    let family = world.name(names.families);
    let (first, last, gender) = match world.chance(52) {
        true => (world.name(names.women), daughter(family, names), Gender::Female),
        false => (world.name(names.men), family.to_owned(), Gender::Male),
    };
    customer.first_name = Some(first.to_owned());
    customer.last_name = Some(last);
    customer.gender = world.chance(90).then_some(gender);
    let part = |least: i16, n: u64| least + i16::try_from(world.below(n)).unwrap_or_default();
    let (year, month, day) = (part(1940, 65), part(1, 12), part(1, 28));
    customer.birth_date = world.chance(70).then(|| Date::new(year, month, day).ok()).flatten();
    family
}

fn daughter(family: &str, names: &Names) -> String {
    let bent = names
        .daughters
        .iter()
        .find_map(|(man, woman)| family.strip_suffix(man).map(|stem| format!("{stem}{woman}")));
    bent.unwrap_or_else(|| family.to_owned())
}

fn name_company(world: &World, names: &Names, family: &str, customer: &mut Customer) {
    let name = format!("{} {family} {}", world.name(names.trades), names.legal_form);
    let vat_digits = world.digits(names.n_vat_digits);
    customer.is_company = true;
    customer.full_name = Some(name.clone());
    customer.company = Some(Company {
        name: Some(name),
        crn: Some(world.digits(8)),
        vat_id: Some(format!("{}{vat_digits}", names.country)),
        tax_id: Some(vat_digits),
    });
}

/// Gives e-mail, phone and a number in an outside system.
fn reach(world: &World, names: &Names, number: u64, customer: &mut Customer) {
    let plain = |name: &Option<String>| {
        let folded = tillbook::fold::fold(name.as_deref().unwrap_or_default());
        folded.replace(' ', "")
    };
    let (first, last) = (plain(&customer.first_name), plain(&customer.last_name));
    let domain = world.pick(MAIL_DOMAINS);
    let email = format!("{first}.{last}{}@{domain}", world.below(100));
    customer.email = world.chance(75).then_some(email);
    let (one, two) = (world.below(1000), world.below(1000));
    let phone = format!("{}{one:03} {two:03}", names.phone);
    customer.phone = world.chance(80).then_some(phone);
    customer.external_id = world.chance(30).then(|| format!("CRM-{number:07}"));
}

/// Gives discount, credit rate, note, and to a few a reason not to be served.
fn grant(world: &World, customer: &mut Customer) {
    customer.discount_rate = Rate::from_millionths(world.pick(&DISCOUNTS));
    customer.credit_rate = Rate::from_millionths(world.pick(&CREDIT_RATES));
    customer.note = world.chance(6).then(|| world.pick(NOTES).to_owned());
    if world.chance(2) {
        customer.standing = Standing::Frozen;
    }
    if world.chance(3) {
        let days = 30 + i64::try_from(world.below(330)).unwrap_or_default();
        let end = customer.created_at.ms() + days * DAY_MS;
        customer.expiration_at = Some(Timestamp::from_ms(end));
    }
}

fn invent_address(world: &World, names: &Names) -> Address {
    let mut address = Address::new(world.stamp());
    let street = world.name(names.streets);
    address.line1 = Some(format!("{street} {}", 1 + world.below(120)));
    let city = world.name(names.cities);
    let digits_at = city.find(|c: char| c.is_ascii_digit()).unwrap_or(city.len());
    let (city, postal_code) = city.split_at(digits_at);
    address.city = Some(city.trim_end().to_owned());
    address.postal_code = Some(postal_code.to_owned());
    address.country = Some(names.country.to_owned());
    address
}
