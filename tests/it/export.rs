//! Export: what is written is read back equal, and no cell is a formula.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, thread};

use expect_test::expect;
use proptest::prelude::*;
use tillbook::export::Format;
use tillbook::{
    Address, BanNote, Card, Company, CreditTransaction, Customer, ImportOptions, Money, Options,
    Profile, Replacement, SsnSource, Store, Timestamp,
};

use crate::record::profile;
use crate::shop::{Shop, card, customer, id, said};

fn csv(store: &Store) -> String {
    let mut file = Vec::new();
    store.export_csv(&mut file, |_| ()).unwrap();
    String::from_utf8(file).unwrap()
}

fn json_lines(store: &Store) -> String {
    let mut file = Vec::new();
    store.export_json_lines(&mut file, |_| ()).unwrap();
    String::from_utf8(file).unwrap()
}

/// A fresh store with what the file holds.
fn imported(file: &str, format: Format) -> Shop {
    let shop = Shop::in_memory(2);
    let options = ImportOptions::new(shop.stamp());
    let report = match format {
        Format::Csv => shop.import(file.as_bytes(), &options, |_| ()),
        Format::JsonLines => shop.import_json_lines(file.as_bytes(), &options, |_| ()),
    };
    let report = report.unwrap();
    assert!(report.rejects.is_empty() && report.ignored.is_empty(), "{report:?}\n{file}");
    shop
}

/// What every store keeps for itself is left out.
fn bare(mut profile: Profile) -> Profile {
    profile.customer.version = None;
    profile.customer.created_at = Timestamp::from_ms(0);
    profile.customer.changed_at = Timestamp::from_ms(0);
    profile
}

/// A store with this customer and a balance that its credit line covers.
fn shop_with(profile: &Profile, credit: i64) -> Shop {
    let shop = Shop::in_memory(1);
    let mut new = Replacement::from(profile.clone());
    new.customer.credit_line = new.customer.credit_line.max(Money::from_minor(-credit));
    new.credit = Some(Money::from_minor(credit));
    shop.create(&new).unwrap();
    shop
}

/// A text as a cell carries it.
fn carried(text: &Option<String>) -> Option<String> {
    let text = text.as_deref()?.replace("\r\n", "\n").replace('\r', "\n");
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// What a table carries of a profile.
fn table_part(profile: &Profile, now: Timestamp) -> Profile {
    let Profile { customer: c, addresses, cards, .. } = profile;
    let company = c.company.clone().unwrap_or_default();
    let company = Company {
        name: carried(&company.name),
        crn: carried(&company.crn),
        vat_id: carried(&company.vat_id),
        tax_id: carried(&company.tax_id),
    };
    let customer = Customer {
        first_name: carried(&c.first_name),
        middle_name: carried(&c.middle_name),
        last_name: carried(&c.last_name),
        full_name: carried(&c.full_name),
        email: carried(&c.email),
        phone: carried(&c.phone),
        note: carried(&c.note),
        company: Some(company).filter(|company| *company != Company::default()),
        ssn_last4: None,
        ssn_source: None::<SsnSource>,
        meta: serde_json::Map::new(),
        ..c.clone()
    };
    let address = |a: &Address| Address {
        name: carried(&a.name),
        line1: carried(&a.line1),
        line2: carried(&a.line2),
        city: carried(&a.city),
        state: carried(&a.state),
        postal_code: carried(&a.postal_code),
        country: carried(&a.country),
        note: carried(&a.note),
        ext: serde_json::Map::new(),
        ..a.clone()
    };
    let cards = cards.iter().map(|card| Card {
        is_active: card.usable(now).is_ok(),
        ..Card::new(card.serial_number.clone())
    });
    Profile {
        customer,
        addresses: addresses.iter().map(address).collect(),
        cards: cards.collect(),
        credit: profile.credit,
        has_accounts: profile.has_accounts,
    }
}

/// The profile without ids of addresses: the two that have a use, unless they are empty.
fn by_use(profile: Profile) -> (Profile, Vec<Option<Address>>) {
    let Profile { mut customer, addresses, cards, credit, has_accounts } = bare(profile);
    let uses = [customer.primary_address_id.take(), customer.delivery_address_id.take()];
    let used = uses.map(|used| {
        let found = addresses.iter().find(|address| Some(&address.id) == used.as_ref())?;
        let empty = Address::with_id(tillbook::AddressId::new("any").unwrap());
        let bare = Address { id: empty.id.clone(), ..found.clone() };
        Some(bare).filter(|bare| *bare != empty)
    });
    (Profile { customer, addresses: Vec::new(), cards, credit, has_accounts }, used.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn lines_of_json_carry_everything(mut profile in profile().boxed(), credit in -500..5_000_i64) {
        profile.customer.ext.clear();
        let shop = shop_with(&profile, credit);
        let note = BanNote { actor: Some("Jana".into()), ..BanNote::new(shop.stamp(), "shouted") };
        shop.add_ban_note(&id("ada"), &note).unwrap();
        let file = json_lines(&shop);
        let other = imported(&file, Format::JsonLines);
        prop_assert_eq!(
            bare(other.profile(&id("ada")).unwrap()),
            bare(shop.profile(&id("ada")).unwrap())
        );
        prop_assert_eq!(other.list_ban_notes(&id("ada")).unwrap(), vec![note]);
        prop_assert!(other.check(|_| ()).unwrap().is_sound());

        // The same file again says nothing new.
        let again = other
            .import_json_lines(file.as_bytes(), &ImportOptions::new(other.stamp()), |_| ())
            .unwrap();
        prop_assert_eq!((again.n_unchanged, again.n_opening), (1, 0));
    }

    #[test]
    fn a_table_carries_what_it_can(profile in profile().boxed(), credit in -500..5_000_i64) {
        let now = Shop::in_memory(1).now();
        let profile = table_part(&profile, now);
        let shop = shop_with(&profile, credit);
        let other = imported(&csv(&shop), Format::Csv);
        prop_assert_eq!(
            by_use(other.profile(&id("ada")).unwrap()),
            by_use(shop.profile(&id("ada")).unwrap())
        );
    }

    #[test]
    fn no_cell_begins_like_a_formula(text in "['=+@\t-]{0,3}[a-z0-9]{1,3}") {
        let mut ada = customer("ada");
        ada.note = Some(text.clone());
        let shop = Shop::in_memory(1);
        shop.create_customer(&ada).unwrap();
        let file = csv(&shop);
        let row = file.lines().nth(1).unwrap();
        let cells: Vec<&str> = row.split(',').collect();
        prop_assert!(!cells.iter().any(|cell| cell.starts_with(['=', '+', '-', '@', '\t'])), "{}", row);
        prop_assert_eq!(imported(&file, Format::Csv).customer(&id("ada")).unwrap().note, Some(text));
    }
}

#[test]
fn texts_as_cells() {
    let mut told = String::new();
    for text in ["+421 905 123 456", "=1+1", "'=1+1", "'Abd", "@home", "-", "\t=1", "a,\"b\"\nc"] {
        let mut ada = customer("ada");
        ada.note = Some(text.to_owned());
        let shop = Shop::in_memory(1);
        shop.create_customer(&ada).unwrap();
        let file = csv(&shop);
        let cell = file.split_once("0.00,0.00,").unwrap().1.split(",,,").next().unwrap();
        let back = imported(&file, Format::Csv).customer(&id("ada")).unwrap().note.unwrap();
        assert_eq!(back, text);
        writeln!(told, "{text:?}: {cell}").unwrap();
    }
    expect![[r#"
        "+421 905 123 456": '+421 905 123 456
        "=1+1": '=1+1
        "'=1+1": ''=1+1
        "'Abd": 'Abd
        "@home": '@home
        "-": '-
        "\t=1": '	=1
        "a,\"b\"\nc": "a,""b""
        c"
    "#]]
    .assert_eq(&told);
}

#[test]
fn a_line_of_json_is_for_people_too() {
    let mut ada = customer("ada");
    ada.discount_rate = tillbook::Rate::parse("12.5").unwrap();
    ada.credit_line = Money::from_minor(5000);
    ada.meta.insert("size".into(), serde_json::from_str("1.10").unwrap());
    ada.expiration_at = Some(ada.created_at);
    let mut blocked = card("007");
    blocked.is_active = false;
    let shop = Shop::in_memory(1);
    let cards = Some(vec![blocked]);
    let credit = Some(Money::from_minor(-1250));
    shop.create(&Replacement { cards, credit, ..ada.into() }).unwrap();
    expect![[r#"
        {"cards":[{"is_active":false,"serial_number":"007"}],"changed_at":"2026-01-01T12:00:00.000Z","created_at":"2026-01-01T12:00:00.000Z","credit":-12.50,"credit_line":50.00,"currency":"EUR","discount_rate":12.5,"expiration_at":"2026-01-01T12:00:00.000Z","id":"ada","meta":{"size":1.10}}
    "#]]
    .assert_eq(&json_lines(&shop));
}

#[test]
fn lines_that_break_a_rule_are_rejected() {
    let shop = Shop::in_memory(1);
    let file = "\u{feff}\n{\"id\":\"ada\",\"credit\":5,\"colour\":\"red\"}\n\
                not JSON\n[]\n{}\n{\"id\":7}\n{\"id\":\"ada\"}\n\
                {\"id\":\"bob\",\"credit\":\"5\"}\n\
                {\"id\":\"bob\",\"credit\":1.005}\n\
                {\"id\":\"bob\",\"currency\":\"CZK\"}\n\
                {\"id\":\"bob\",\"activation_at\":5}\n\
                {\"id\":\"bob\",\"discount_rate\":\"5\"}\n\
                {\"id\":\"bob\",\"discount_rate\":101}\n\
                {\"id\":\"bob\",\"cards\":{}}\n\
                {\"id\":\"bob\",\"cards\":[{\"serial_number\":\"1\"},{\"status\":\"lost\"}]}\n\
                {\"id\":\"bob\",\"standing\":\"lost\"}\n\
                {\"id\":\"bob\",\"primary_address_id\":\"home\"}\n";
    let options = ImportOptions::new(shop.stamp());
    let report = shop.import_json_lines(file.as_bytes(), &options, |_| ()).unwrap();
    let mut told = format!("{} created, ignored {:?}\n", report.n_created, report.ignored);
    for reject in &report.rejects {
        writeln!(told, "{reject}").unwrap();
    }
    expect![[r#"
        1 created, ignored ["colour"]
        line 3: the line is not JSON: expected ident at byte 2
        line 4: the line must be a JSON object
        line 5: id is missing
        line 6: id must be a text
        line 7: id is on line 2 already
        line 8: credit must be a number
        line 9: credit must have at most 2 decimals
        line 10: currency must be EUR, in which this file counts
        line 11: activation_at must be a time such as 2024-01-02T03:04:05Z
        line 12: discount_rate must be a number
        line 13: discount_rate must be 0 to 100 percent
        line 14: cards must be a list
        line 15: cards[1].serial_number must not be empty
        line 16: standing cannot be "lost"
        line 17: primary_address_id must be one of the customer's addresses
    "#]]
    .assert_eq(&told);
}

/// That a ban note is another customer's is found out when the line has written.
#[test]
fn a_line_that_fails_late_takes_no_other_along() {
    let shop = Shop::in_memory(1);
    let line = |id: &str, note: &str| {
        let at = "2024-01-02T03:04:05Z";
        format!(
            "{{\"id\":\"{id}\",\"ban_notes\":[{{\"id\":\"{note}\",\"at\":\"{at}\",\"text\":\"rude\"}}]}}\n"
        )
    };
    let file = [line("ada", "n1"), line("bob", "n1"), line("eve", "n2")].concat();
    let options = ImportOptions::new(shop.stamp());
    let report = shop.import_json_lines(file.as_bytes(), &options, |_| ()).unwrap();
    assert_eq!(report.n_created, 2);
    assert_eq!(report.rejects[0].to_string(), "line 2: id was used before with other content");
    assert!(shop.customer(&id("bob")).is_err());
    assert!(shop.check(|_| {}).unwrap().is_sound());
}

/// A customer who was let below the credit line, and whose line was lowered then, comes along.
#[test]
fn a_debt_beyond_the_credit_line_is_carried_by_json() {
    let shop = shop_with(&Profile { credit: Money::ZERO, ..bob() }, -500);
    shop.edit_customer(&id("bob"), |bob| bob.credit_line = Money::from_minor(100)).unwrap();
    let other = imported(&json_lines(&shop), Format::JsonLines);
    assert_eq!(other.balance(&id("bob")).unwrap(), Money::from_minor(-500));
}

fn bob() -> Profile {
    let customer = customer("bob");
    let (addresses, cards) = (Vec::new(), Vec::new());
    Profile { customer, addresses, cards, credit: Money::ZERO, has_accounts: false }
}

/// Credit goes to and fro between two customers, and every export shows the same sum.
#[test]
fn an_export_is_of_one_moment() {
    let shop = Shop::on_file(1);
    shop.write(|tx| {
        for n in 0..200 {
            tx.create_customer(&customer(&format!("c{n:03}")))?;
        }
        let (first, last) = (id("c000"), id("c199"));
        for who in [&first, &last] {
            tx.record(&CreditTransaction::deposit(
                tx.store().stamp(),
                who,
                Money::from_minor(1000),
            ))?;
        }
        Ok(())
    })
    .unwrap();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut amount = Money::from_minor(300);
            while !over.load(Ordering::SeqCst) {
                shop.write(|tx| {
                    let to = CreditTransaction::other(tx.store().stamp(), &id("c000"), amount);
                    amount = amount.checked_neg().unwrap();
                    let from = CreditTransaction::other(tx.store().stamp(), &id("c199"), amount);
                    tx.record(&to).and_then(|_| tx.record(&from))
                })
                .unwrap();
            }
        });
        let beside = Store::open_beside(shop.path(), Options::default()).unwrap();
        for _ in 0..20 {
            let other = imported(&json_lines(&beside), Format::JsonLines);
            let sum = ["c000", "c199"].map(|who| other.balance(&id(who)).unwrap().minor());
            assert_eq!(sum.iter().sum::<i64>(), 2000);
        }
        over.store(true, Ordering::SeqCst);
    });
}

#[test]
fn a_file_takes_its_name_when_it_is_whole() {
    let shop = Shop::on_file(1);
    shop.create_customer(&customer("ada")).unwrap();
    let folder = shop.path().parent().unwrap().to_owned();
    let file = folder.join("all.csv");
    let export = |overwrite| said(shop.export_file(&file, Format::Csv, overwrite, |_| ()));
    assert_eq!(export(false), "ok");
    let refused = export(false);
    assert!(refused.ends_with("all.csv exists already"), "{refused}");
    assert_eq!(export(true), "ok");
    let nowhere = folder.join("missing").join("all.csv");
    let refused = said(shop.export_file(nowhere, Format::Csv, false, |_| ()));
    assert!(refused.starts_with("there is no folder"), "{refused}");
    let parts = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let parts: Vec<_> = parts.filter(|name| name.to_string_lossy().contains("part")).collect();
    assert!(parts.is_empty(), "{parts:?}");
}
