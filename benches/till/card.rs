//! A swipe: card, customer, the other cards and the balance, against one flat table.

use rusqlite::Row as SqlRow;
use tillbook::{Ban, CardSerial, CardStatus, Gender, SsnSource, Standing, Store};

use crate::file::{Files, bare, remove};
use crate::table::{Row, in_turns, rate};
use crate::{Result, people};

const LOOK_UPS: u32 = 100_000;
const ROUNDS: usize = 9;

/// A struct, the select list that fills it and the reader between them.
macro_rules! flat {
    ($($field:ident: $kind:ty = $sql:literal,)+) => {
        /// What a swipe returns, all of it in one row.
        #[expect(dead_code, reason = "it is filled, as a caller's would be, and dropped")]
        struct Flat {
            $($field: $kind,)+
        }

        impl Flat {
            const COLUMNS: &str = concat!($($sql, " as ", stringify!($field), ", ",)+ "0 as spare");

            fn read(row: &SqlRow<'_>) -> rusqlite::Result<Self> {
                let mut next = 0..;
                let mut place = || next.next().unwrap_or(0_usize);
                Ok(Self { $($field: row.get(place())?,)+ })
            }
        }
    };
}

flat! {
    key: i64 = "c.key",
    credit: i64 = "c.credit_minor",
    id: String = "c.id",
    external_id: Option<String> = "c.external_id",
    standing: Standing = "c.standing",
    ban: Ban = "c.ban",
    activation_at: Option<i64> = "c.activation_at",
    expiration_at: Option<i64> = "c.expiration_at",
    first_name: Option<String> = "c.first_name",
    middle_name: Option<String> = "c.middle_name",
    last_name: Option<String> = "c.last_name",
    full_name: Option<String> = "c.full_name",
    gender: Option<Gender> = "c.gender",
    birth_date: Option<String> = "c.birth_date",
    email: Option<String> = "c.email",
    phone: Option<String> = "c.phone",
    ssn_last4: Option<String> = "c.ssn_last4",
    ssn_source: Option<SsnSource> = "c.ssn_source",
    is_company: bool = "c.is_company",
    company_name: Option<String> = "c.company_name",
    company_crn: Option<String> = "c.company_crn",
    company_vat_id: Option<String> = "c.company_vat_id",
    company_tax_id: Option<String> = "c.company_tax_id",
    primary_address_id: Option<String> = "c.primary_address_id",
    delivery_address_id: Option<String> = "c.delivery_address_id",
    discount_rate: i64 = "c.discount_rate",
    credit_rate: i64 = "c.credit_rate",
    credit_line: i64 = "c.credit_line",
    note: Option<String> = "c.note",
    meta: String = "c.meta",
    ext: String = "c.ext",
    version: i64 = "c.version",
    created_at: i64 = "c.created_at",
    changed_at: i64 = "c.changed_at",
    serial_number: String = "d.serial_number",
    card_external_id: Option<String> = "d.external_id",
    is_active: bool = "d.is_active",
    is_virtual: bool = "d.is_virtual",
    processor: String = "d.processor",
    status: CardStatus = "d.status",
    status_at: Option<i64> = "d.status_at",
    status_reason: Option<String> = "d.status_reason",
    card_activation_at: Option<i64> = "d.activation_at",
    card_expiration_at: Option<i64> = "d.expiration_at",
    card_note: Option<String> = "d.note",
    card_meta: Option<String> = "d.meta",
    card_ext: String = "d.ext",
}

pub(crate) fn rows(files: &Files) -> Result<Vec<Row>> {
    let serials: Vec<CardSerial> = (0..u64::from(LOOK_UPS))
        .map(|i| CardSerial::new(&people::serial(people::dice(i) % files.n_customers)))
        .collect::<std::result::Result<_, _>>()?;
    let path = files.path("flat.db");
    make_flat(files, &path)?;
    let conn = bare(&path)?;
    let mut statement = conn.prepare("select * from flat where serial_number = ?1")?;
    let store = Store::open(files.store())?;

    let mut ours = || {
        rate(LOOK_UPS, || {
            for serial in &serials {
                std::hint::black_box(store.find_card(serial)?.ok_or("no such card")?);
            }
            Ok(())
        })
    };
    let mut limit = || {
        rate(LOOK_UPS, || {
            for serial in &serials {
                std::hint::black_box(statement.query_row([serial.as_str()], Flat::read)?);
            }
            Ok(())
        })
    };
    let [ours, limit] = in_turns(ROUNDS, [&mut ours, &mut limit])?;
    Ok(vec![Row::rate("card look-up: customer, cards, balance", ours, limit, ">= 0.6")])
}

fn make_flat(files: &Files, path: &std::path::Path) -> Result<()> {
    remove(path)?;
    let conn = bare(path)?;
    conn.execute("attach ?1 as store", [files.store().to_string_lossy()])?;
    conn.execute_batch(&format!(
        "create table flat as
           select {} from store.customer c join store.card d on d.customer_key = c.key order by c.key;
         create unique index flat_by_serial on flat (serial_number)",
        Flat::COLUMNS
    ))?;
    Ok(conn.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?)
}
