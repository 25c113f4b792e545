//! Search: what a cashier types, matched with whatever it may be.

use rusqlite::named_params;

use crate::choice::choice;
use crate::error::Result;
use crate::fold::{digits, fold};
use crate::haystack::{Hits, Texts};
use crate::id::CustomerId;
use crate::profile::{self, Profile};
use crate::query::{TAKE_MAX, sql};
use crate::rule::LINE_CHARS_MAX;
use crate::store::Store;

/// A phone number is looked for by at least this many digits, leading zeros aside; fewer are more
/// likely a piece of something else.
pub const PHONE_DIGITS_MIN: usize = 6;

/// Of so many customers, and [`CANDIDATES_MIN`], at most one is looked at by its key.
const CANDIDATES_SHARE: usize = 8;
/// So many are never too many to be looked at one by one.
const CANDIDATES_MIN: usize = 64;

choice! {
    /// What of a customer a text matched, the surest first.
    Match {
        /// The serial number of a card.
        Card = "card",
        /// The id.
        Id = "id",
        /// The id in an outside system.
        ExternalId = "external_id",
        /// The phone number: the digits of one end like those of the other.
        Phone = "phone",
        /// The e-mail address, whatever its case.
        Email = "email",
        /// Every word is a piece of a name, the company's included.
        Name = "name",
        /// Every word is a piece of a name, a tax number or the note.
        Text = "text",
    }
}

/// A customer who was found and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The best of the matches.
    pub matched: Match,
    /// The customer.
    pub profile: Profile,
}

impl Store {
    /// The customers that `text` may mean, the best kind of [`Match`] first, at most `limit` (and
    /// [`TAKE_MAX`]) of them. Each is there once.
    ///
    /// Card and ids are compared exactly, the rest without case and accents. An empty text means
    /// nobody.
    ///
    /// ```
    /// use tillbook::{Customer, Match, Store};
    ///
    /// let store = Store::open_in_memory()?;
    /// let mut zofia = Customer::new(store.stamp());
    /// zofia.first_name = Some("Žofia".into());
    /// zofia.last_name = Some("Nováková".into());
    /// zofia.phone = Some("+421 905 123 456".into());
    /// store.create_customer(&zofia)?;
    ///
    /// let kinds = |text| -> Result<Vec<Match>, tillbook::Error> {
    ///     Ok(store.find_customers(text, 20)?.iter().map(|found| found.matched).collect())
    /// };
    /// assert_eq!(kinds("novak zof")?, [Match::Name]);
    /// assert_eq!(kinds("0905/123456")?, [Match::Phone]);
    /// assert_eq!(kinds("ada")?, []);
    /// # Ok::<(), tillbook::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::Sqlite`](crate::Error::Sqlite) and its kin: the file cannot be read.
    pub fn find_customers(&self, text: &str, limit: u32) -> Result<Vec<Found>> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > LINE_CHARS_MAX {
            return Ok(Vec::new());
        }
        let folded = fold(text);
        let words: Vec<&str> = folded.split_whitespace().collect();
        let words_json = serde_json::Value::from(words.as_slice()).to_string();
        let phone = phone(text);
        self.read_snapshot(|conn| {
            let texts = self.texts(conn)?;
            let keys = texts.and_then(|texts| candidates(&texts, &words, phone.as_deref()));
            let mut statement = conn.prepare_cached(if keys.is_some() { LOOK } else { SCAN })?;
            let parameters = named_params! {
                ":keys": keys.as_deref().map(sql::list_of),
                ":text": text,
                ":phone": phone,
                ":phone_digits_min": PHONE_DIGITS_MIN,
                ":folded": folded,
                ":word": words.first(),
                ":words": words_json,
                ":limit": limit.min(TAKE_MAX),
            };
            let rows = statement.query_map(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?;
            let ranked: Vec<(usize, CustomerId)> = rows.collect::<rusqlite::Result<_>>()?;
            let found = ranked.into_iter().filter_map(|(rank, id)| {
                let matched = *Match::ALL.get(rank)?;
                Some(profile::find(conn, &id).map(|profile| Found { matched, profile }))
            });
            found.collect()
        })
    }
}

/// The local keys of all whom words or a phone number may mean, and of some more; `None` when they
/// are so many that it is quicker to look at every row.
fn candidates(texts: &Texts, words: &[&str], phone: Option<&str>) -> Option<Vec<i64>> {
    if words.is_empty() {
        return None;
    }
    let by_words = texts.search_all(words);
    // Where one number ends like another, both have the last digits.
    let end = phone.and_then(|phone| phone.get(phone.len().checked_sub(PHONE_DIGITS_MIN)?..));
    let by_phone = end.map(|end| texts.search_all(&[end]));
    let n = by_words.len() + by_phone.as_ref().map_or(0, Hits::len);
    let keys = || by_words.keys().into_iter().chain(by_phone.iter().flat_map(Hits::keys));
    (n <= texts.len() / CANDIDATES_SHARE + CANDIDATES_MIN).then(|| keys().collect())
}

/// Looks at the live customers that `$which` leaves; `rank` is the place of the best match in
/// [`Match::ALL`].
///
/// Both statements have the same parameters: the one that needs no `:keys` names it to no effect.
macro_rules! select {
    ($which:literal) => { concat!("
    select rank, id
      from (select customer.id, customer.display_name_folded,
                   case when customer.key = (select customer_key from claim
                                              where kind = 'card' and value = :text
                                              order by position limit 1) then 0
                        when customer.id = :text then 1
                        when customer.key = (select customer_key from claim
                                              where kind = 'external_id' and value = :text
                                              order by position limit 1) then 2
                        when length(ltrim(phone_digits, '0')) >= :phone_digits_min
                             and (substr(phone_digits, -length(:phone)) = :phone
                                  or substr(:phone, -length(ltrim(phone_digits, '0'))) = ltrim(phone_digits, '0'))
                             then 3
                        when email_folded = :folded then 4
                        when instr(names, :word) > 0
                             and not exists (select 1 from json_each(:words) where instr(names, value) = 0) then 5
                        when instr(texts, :word) > 0
                             and not exists (select 1 from json_each(:words) where instr(texts, value) = 0) then 6
                   end as rank
              from (select customer.*,
                           concat_ws(char(10), display_name_folded, first_name_folded, last_name_folded,
                                     company_name_folded) as names,
                           concat_ws(char(10), display_name_folded, search_text) as texts
                      from customer
                     where state = 0 and (:keys is null or 1) ", $which, ") as customer)
     where rank is not null
     order by rank, instr(display_name_folded, :folded) <> 1, display_name_folded, id
     limit :limit") };
}

/// Looks at every one.
const SCAN: &str = select!("");
/// Looks at those who may match by words or phone, and at those found by card and id.
const LOOK: &str = select!(
    "and key in (select value from json_each(:keys)
                 union select customer_key from claim where kind in ('card', 'external_id') and value = :text
                 union select key from customer where id = :text)"
);

/// The digits of `text` without leading zeros, where it looks like a phone number. The prefix may
/// be there or not, so one number is compared with the end of the other.
fn phone(text: &str) -> Option<String> {
    let is_phone = text.chars().all(|c| c.is_ascii_digit() || " +-/().".contains(c));
    let digits = digits(text);
    let digits = digits.trim_start_matches('0');
    (is_phone && digits.len() >= PHONE_DIGITS_MIN).then(|| digits.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Card;
    use crate::customer::{Company, Customer};
    use crate::id::CardSerial;
    use crate::profile::Replacement;
    use crate::time::Timestamp;
    use expect_test::{Expect, expect};

    fn customer(id: &str, edit: impl FnOnce(&mut Customer)) -> Replacement {
        let id = CustomerId::new(id).expect("an id");
        let mut customer = Customer::with_id(id, Timestamp::from_ms(0));
        edit(&mut customer);
        customer.into()
    }

    fn shop() -> Result<Store> {
        let store = Store::open_in_memory()?;
        let card = |serial: &str| Some(vec![Card::new(CardSerial::new(serial).expect("a serial"))]);
        let mut customers = [
            customer("ada", |ada| {
                ada.first_name = Some("Ada".into());
                ada.last_name = Some("Nováková".into());
                ada.phone = Some("+421 905 123 456".into());
                ada.email = Some("Ada@Example.sk".into());
            }),
            customer("eva", |eva| {
                eva.full_name = Some("MUDr. Novák".into());
                eva.first_name = Some("Eva".into());
                eva.external_id = Some("905123456".into());
                eva.phone = Some("0905/123-456".into());
            }),
            customer("firm", |firm| {
                let name = Some("Novák & synovia".into());
                let tax_id = Some("2020123456".into());
                firm.company = Some(Company { name, tax_id, ..Company::default() });
                firm.note = Some("ask for Ada\nor her 100% discount".into());
            }),
            customer("0905123456", |_| ()),
            customer("gone", |gone| gone.first_name = Some("Ada".into())),
        ];
        customers[2].cards = card("905123456");
        customers[3].cards = card("ada");
        customers.iter().try_for_each(|new| store.create(new).map(drop))?;
        store.delete_customer(&customers[4].customer.id, None)?;
        Ok(store)
    }

    /// Looks for every line of `expected` that begins with `>`; below it stands who was found.
    fn check(expected: Expect) {
        let store = shop().expect("a shop");
        let found = |text: &str| store.find_customers(text, 20).expect("an answer");
        let texts = expected.data().lines().filter_map(|line| line.trim().strip_prefix('>'));
        let told = texts.map(|text| {
            let found = found(text).into_iter();
            let found =
                found.map(|found| format!("{} {}", found.matched, found.profile.customer.id));
            format!(">{text}\n{}\n", found.collect::<Vec<_>>().join(", "))
        });
        expected.assert_eq(&told.collect::<String>());
    }

    #[test]
    fn the_surest_match_comes_first() {
        check(expect![[r#"
            > ada
            card 0905123456, id ada, text firm
            > 905123456
            card firm, external_id eva, phone ada
            > 0905123456
            id 0905123456, phone ada, phone eva
        "#]]);
    }

    #[test]
    fn a_number_is_a_phone_number_with_or_without_its_prefix() {
        check(expect![[r#"
            > 00421 905 123 456
            phone ada, phone eva
            > (0905) 123.456
            phone ada, phone eva
            > +421905123456
            phone ada, phone eva
            > 123456
            phone ada, phone eva, text firm
            > 23456
            text firm
            > 905 123 457

            > 905 123 456 x

        "#]]);
    }

    #[test]
    fn words_are_pieces_of_names_before_they_are_pieces_of_notes() {
        check(expect![[r#"
            > NOVAK
            name firm, name ada, name eva
            > novak eva
            name eva
            > nov ada
            name ada, text firm
            > eva ada

            > ada@example.sk
            email ada
            > 2020123
            text firm
            > 100% ask
            text firm
            > %
            text firm
            > _

            > &&&

            >

        "#]]);
    }

    #[test]
    fn there_is_a_limit() -> Result<()> {
        let store = shop()?;
        assert_eq!(store.find_customers("novak", 1)?.len(), 1);
        assert_eq!(store.find_customers("novak", 0)?.len(), 0);
        assert_eq!(store.find_customers(&"a".repeat(LINE_CHARS_MAX + 1), 20)?.len(), 0);
        Ok(())
    }
}
