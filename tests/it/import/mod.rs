//! Import: files of other systems, what they make, and what becomes of those that go wrong.

mod again;
mod undo;

use std::fmt::Write as _;
use std::sync::Arc;

use expect_test::{Expect, expect};
use tillbook::import::Report;
use tillbook::{
    ImportOptions, ManualClock, Options, Page, Profile, Query, Result, SeededRandom, Store,
    Timestamp,
};

/// Noon of the first of January 2026.
const NOON_MS: i64 = 1_767_268_800_000;

fn store() -> Store {
    let options = Options {
        clock: Arc::new(ManualClock::new(Timestamp::from_ms(NOON_MS))),
        random: Arc::new(SeededRandom::new(1)),
        ..Options::default()
    };
    Store::open_in_memory_with(options).expect("a store")
}

fn import(store: &Store, file: &str) -> Result<Report> {
    store.import(file.as_bytes(), &ImportOptions::new(store.stamp()), |_| {})
}

/// Imports the files into one store, one after the other, and shows what each did and what there
/// is in the end.
fn check(files: &[&str], expected: &Expect) {
    let store = store();
    let mut shown = String::new();
    for file in files {
        shown += &show(&import(&store, file));
    }
    for profile in profiles(&store) {
        shown += &show_profile(&profile);
    }
    expected.assert_eq(&shown);
}

fn show(report: &Result<Report>) -> String {
    let report = match report {
        Ok(report) => report,
        Err(error) => return format!("{error}\n"),
    };
    let mut shown = String::new();
    let counts = [
        (report.n_created, "created"),
        (report.n_updated, "updated"),
        (report.n_unchanged, "unchanged"),
        (report.n_rejected, "rejected"),
    ];
    let counts = counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}"));
    shown += &counts.collect::<Vec<_>>().join(", ");
    if report.n_opening > 0 {
        let _ = write!(shown, ", {} balances of {}", report.n_opening, report.opening.minor());
    }
    if !report.ignored.is_empty() {
        let _ = write!(shown, ", ignored {}", report.ignored.join(" "));
    }
    for reject in &report.rejects {
        let _ = write!(shown, "\n{reject}");
    }
    shown + "\n"
}

/// Every customer, by name.
fn profiles(store: &Store) -> Vec<Profile> {
    let mut profiles: Vec<Profile> = Vec::new();
    loop {
        let page = Page { skip: profiles.len() as u64, ..Page::default() };
        let query = Query { page, ..Query::default() };
        match store.list_profiles(&query).expect("a page").items.unwrap_or_default() {
            items if items.is_empty() => break,
            items => profiles.extend(items),
        }
    }
    profiles.sort_by_key(|profile| profile.customer.display_name());
    profiles
}

fn show_profile(profile: &Profile) -> String {
    let Profile { customer: c, addresses, cards, credit, .. } = profile;
    let mut words = vec![c.display_name()];
    let mut add = |name: &str, value: Option<String>| {
        words.extend(value.map(|value| format!("{name} {value}")));
    };
    let company = c.company.clone().unwrap_or_default();
    add("external", c.external_id.clone());
    add("standing", Some(c.standing.to_string()).filter(|standing| standing != "active"));
    add("from", c.activation_at.map(|at| at.to_string()));
    add("until", c.expiration_at.map(|at| at.to_string()));
    add("gender", c.gender.map(|gender| gender.to_string()));
    add("born", c.birth_date.map(|date| date.to_string()));
    add("email", c.email.clone());
    add("phone", c.phone.clone());
    add("is", c.is_company.then(|| "company".to_owned()));
    add("company", company.name);
    add("crn", company.crn);
    add("vat", company.vat_id);
    add("tax", company.tax_id);
    add("discount", Some(c.discount_rate.to_string()).filter(|rate| rate != "0"));
    add("rate", Some(c.credit_rate.to_string()).filter(|rate| rate != "0"));
    add("note", c.note.clone().map(|note| format!("{note:?}")));
    for card in cards {
        add("card", Some(card.serial_number.to_string()));
    }
    for address in addresses {
        let parts = [&address.line1, &address.city, &address.postal_code, &address.country];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        let delivery = c.delivery_address_id.as_ref() == Some(&address.id);
        add(if delivery { "delivery" } else { "address" }, Some(parts.join(", ")));
    }
    add("credit", Some(credit.minor().to_string()).filter(|credit| credit != "0"));
    words.join("; ") + "\n"
}

#[test]
fn a_file_of_portos_link() {
    check(
        &[
            "\u{feff}CardSerialNumber;FirstName;LastName;FullName;DiscountRate;CreditRate;CreditAmount\r\n\
           0000123;Ada;Nováková;;12,5;0,05;12,50\r\n\
           0000124;Bob;Horák;Bobík;0;0;0,00\r\n",
        ],
        &expect![[r#"
            2 created, 1 balances of 1250
            Ada Nováková; discount 12.5; rate 0.05; card 0000123; credit 1250
            Bobík; card 0000124
        "#]],
    );
}

#[test]
fn every_property_of_a_portos_customer() {
    check(
        &[
            "Id,ExternalId,IsActive,ActivationTime,ExpirationTime,FirstName,LastName,Gender,BirthDate,Email,Phone,IsCompany,Company.Name,CompanyCrn,CompanyVatId,CompanyTaxId,Address.Street,City,ZipCode,Country,DeliveryAddress.Street,DeliveryCity,DiscountRate,CreditRate,CreditAmount,Cards.SerialNumber,Note,Status\n\
           ada,E1,False,2026-01-01T00:00:00Z,2026-12-31,Ada,Nováková,Female,1990-05-12,ada@example.com,'+421905123456,true,\"Ada, s. r. o.\",12345678,SK2020202020,2020202020,Hlavná 1,Košice,040 01,SK,Mlynská 2,Prešov,5,0.01,1000,858800000001,VIP,Valid\n",
        ],
        &expect![[r#"
            1 created, 1 balances of 100000, ignored Status
            Ada Nováková; external E1; standing frozen; from 2026-01-01T00:00:00.000Z; until 2026-12-31T23:59:59.999Z; gender female; born 1990-05-12; email ada@example.com; phone +421905123456; is company; company Ada, s. r. o.; crn 12345678; vat SK2020202020; tax 2020202020; discount 5; rate 0.01; note "VIP"; card 858800000001; address Hlavná 1, Košice, 040 01, SK; delivery Mlynská 2, Prešov; credit 100000
        "#]],
    );
}

#[test]
fn a_file_of_dotykacka() {
    check(
        &[
            "externalId,customerId,vatNo,firstName,lastName,barCode,email,phone,birthDay,address,city,zip,country,companyName,internalNote,note,tags\n\
           101,,12345678,,,8594000000017,info@example.cz,420111222333,,Dlouhá 1,Praha,11000,CZ,Dlouhá s.r.o.,platí pozdě,faktura,vip\n\
           102,,,Jan,Novák,8594000000024,,,12.5.1990,,,,,,,,\n\
           103,,CZ12345679,Eva,Malá,,,,1991-02-03,,,,,,,,\n",
        ],
        &expect![[r#"
            3 created, ignored tags
            Dlouhá s.r.o.; external 101; email info@example.cz; phone 420111222333; is company; company Dlouhá s.r.o.; crn 12345678; note "faktura\nplatí pozdě"; card 8594000000017; address Dlouhá 1, Praha, 11000, CZ
            Eva Malá; external 103; born 1991-02-03; vat CZ12345679
            Jan Novák; external 102; born 1990-05-12; card 8594000000024
        "#]],
    );
}

#[test]
fn a_file_in_plain_english() {
    check(
        &["card number\tname\te-mail\tdiscount\tbalance\tvalid until\tactive\n\
           007\tAda\tada@example.com\t5 %\t12.50\t31.12.2026\tyes\n"],
        &expect![[r#"
            1 created, 1 balances of 1250
            Ada; until 2026-12-31T23:59:59.999Z; email ada@example.com; discount 5; card 007; credit 1250
        "#]],
    );
}

#[test]
fn what_breaks_a_rule_is_rejected_and_nothing_else() {
    check(
        &[
            "Card,ExternalId,FirstName,Rabatt,DiscountRate,CreditRate,CreditAmount,BirthDate,Active,Expires,ExpirationTime,Zip,Latitude,E-mail\n\
           1,,Ada,,100.01,,,,,,,,,\n\
           2,,Ada,,-1,,,,,,,,,\n\
           3,,Ada,,0.125,,,,,,,,,\n\
           4,,Ada,,much,,,,,,,,,\n\
           5,,Ada,,,-0.1,,,,,,,,\n\
           6,,Ada,,,,-5,,,,,,,\n\
           7,,Ada,,,,1.250,,,,,,,\n\
           8,,Ada,,,,,2.1.2026,,,,,,\n\
           9,,Ada,,,,,1.13.1990,,,,,,\n\
           10,,Ada,,,,,,perhaps,,,,,\n\
           11,,Ada,,,,,,,,soon,,,\n\
           12,,Ada,,,,,,,,,,91,\n\
           8.58845E+12,,Ada,,,,,,,,,,,\n\
           ..,,Ada,,,,,,,,,,,\n\
           ,,Ada,,,,,,,,,,,\n\
           16,,\"A\nda\",,,,,,,,,,,\n\
           17,8.5E+3,Ada,,,,,,,,,,,\n\
           18,,Bob,,,,,,,,,,,\n",
        ],
        &expect![[r#"
            1 created, 17 rejected, ignored Rabatt Expires
            line 2: DiscountRate must be 0 to 100 percent
            line 3: DiscountRate must be 0 to 100 percent
            line 4: DiscountRate must have at most 2 decimals
            line 5: DiscountRate must be a number such as 12.50 or 12,50
            line 6: CreditRate must be 0 to 100
            line 7: CreditAmount must not be negative: an opening balance is a deposit
            line 8: CreditAmount can be read as thousands; write 1250.00 or 1.25
            line 9: BirthDate must not be after today
            line 10: BirthDate is not in the calendar
            line 11: Active must be true or false
            line 12: ExpirationTime must be a date such as 2024-01-31, 31.1.2024 or 31/01/2024
            line 13: Latitude must be a decimal from -90 to 90
            line 14: Card was shortened by a spreadsheet; format the column as text
            line 15: Card must not be `.` or `..`
            line 16: row has no id, no external id and no card
            line 17: FirstName must not hold control characters
            line 19: ExternalId was shortened by a spreadsheet; format the column as text
            Bob; card 18
        "#]],
    );
}

#[test]
fn a_header_that_cannot_be_used() {
    check(
        &["", "FirstName;LastName\nAda;Nováková\n", "Card;Serial Number\n1;1\n", "PK\u{3}\u{4}"],
        &expect![[r#"
            the file is empty
            the header has no column that tells who a row is about: Id, ExternalId or CardSerialNumber
            the header has both "Card" and "Serial Number" for the same field
            the file is a workbook; save it as CSV in UTF-8
        "#]],
    );
}

#[test]
fn empty_cells_leave_alone_what_is_there() {
    check(
        &[
            "Card,FirstName,LastName,Discount,Street,City,CompanyName,CompanyCrn\n1,Ada,Nováková,5,Hlavná 1,Košice,Ada,12345678\n",
            "Card,FirstName,Discount,City,CompanyCrn,Phone\n1,,7,,,0905\n",
            "Card,City,CompanyName\n1,Prešov,Ada s.r.o.\n",
        ],
        &expect![[r#"
            1 created
            1 updated
            1 updated
            Ada Nováková; phone 0905; company Ada s.r.o.; crn 12345678; discount 7; card 1; address Hlavná 1, Prešov
        "#]],
    );
}

#[test]
fn a_row_finds_its_customer_by_the_surest_column() {
    check(
        &[
            "Id,ExternalId,Card,FirstName\nada,E1,1,Ada\nbob,E2,2,Bob\neve,,3,Eve\n",
            // By id; by external id; by card, with a number given to one who has none; more cards.
            "Id,ExternalId,Card,LastName\nada,E9,1,Nováková\n,E2,,Horák\n,E3,3,Malá\n,E2,22,\n",
            // Two customers in one row; a card of one who has another number; an unknown id.
            "Id,ExternalId,Card,LastName\nada,E2,,X\nada,,2,X\n,E2,1,X\n,E7,1,X\nzoe,E2,,X\n",
        ],
        &expect![[r#"
            3 created
            4 updated
            5 rejected
            line 2: ExternalId is used by customer bob already
            line 3: Card is used by customer bob already
            line 4: Card is used by customer ada already
            line 5: Card is used by customer ada already
            line 6: ExternalId is used by customer bob already
            Ada Nováková; external E9; card 1
            Bob Horák; external E2; card 2; card 22
            Eve Malá; external E3; card 3
        "#]],
    );
}
