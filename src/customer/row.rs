//! A customer as a row: read, inserted, updated, touched.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::derived::Derived;
use super::{Company, Customer, Service};
use crate::cell::{Cells, object_text};
use crate::clock::Hlc;
use crate::error::{Error, Result};
use crate::id::CustomerId;
use crate::migrate;
use crate::money::Money;
use crate::register::Stamps;
use crate::seal::{Sealed, sealed};
use crate::time::Timestamp;

/// A live row.
pub(crate) const LIVE: i64 = 0;
/// Deleted: hidden until it is undeleted.
pub(crate) const DELETED: i64 = 1;
/// Erased: hidden for ever, without personal data.
pub(crate) const ERASED: i64 = 2;

/// The select list that [`read`] reads, without the columns of its caller's.
macro_rules! columns {
    () => {
        "customer.id, customer.external_id, customer.standing, customer.ban, customer.activation_at,
         customer.expiration_at, customer.first_name, customer.middle_name, customer.last_name,
         customer.full_name, customer.gender, customer.birth_date, customer.email, customer.phone,
         customer.ssn_last4, customer.ssn_source, customer.is_company, customer.company_name,
         customer.company_crn, customer.company_vat_id, customer.company_tax_id,
         customer.primary_address_id, customer.delivery_address_id, customer.discount_rate,
         customer.credit_rate, customer.credit_line, customer.note, customer.meta, customer.ext,
         customer.version, customer.created_at, customer.changed_at"
    };
}
pub(crate) use columns;

/// Reads [`columns`].
pub(crate) fn read(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Customer> {
    Ok(Customer {
        id: cells.take()?,
        external_id: cells.take()?,
        standing: cells.take()?,
        ban: cells.take()?,
        activation_at: cells.take()?,
        expiration_at: cells.take()?,
        first_name: cells.take()?,
        middle_name: cells.take()?,
        last_name: cells.take()?,
        full_name: cells.take()?,
        gender: cells.take()?,
        birth_date: cells.take()?,
        email: cells.take()?,
        phone: cells.take()?,
        ssn_last4: cells.take()?,
        ssn_source: cells.take()?,
        is_company: cells.take()?,
        company: Some(Company {
            name: cells.take()?,
            crn: cells.take()?,
            vat_id: cells.take()?,
            tax_id: cells.take()?,
        })
        .filter(|company| *company != Company::default()),
        primary_address_id: cells.take()?,
        delivery_address_id: cells.take()?,
        discount_rate: cells.take()?,
        credit_rate: cells.take()?,
        credit_line: cells.take()?,
        note: cells.take()?,
        meta: cells.take_object()?.unwrap_or_default(),
        ext: cells.take_object()?.unwrap_or_default(),
        version: cells.take()?,
        created_at: cells.take()?,
        changed_at: cells.take()?,
    })
}

/// The live customer with this id.
pub(super) fn find(conn: &Connection, id: &CustomerId) -> Result<Option<Customer>> {
    let sql = concat!("select ", columns!(), " from customer where id = ?1 and state = 0");
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_row([id], |row| read(&mut Cells::from(row, 0))).optional()?)
}

/// The whole row, live or not, as a write finds it.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) key: i64,
    pub(crate) state: i64,
    pub(crate) credit: Money,
    pub(crate) customer: Customer,
    pub(crate) stamps: Stamps,
}

/// The row with this id, whatever its state.
pub(crate) fn known(conn: &Connection, id: &CustomerId) -> Result<Option<Known>> {
    let sql = concat!(
        "select key, state, credit_minor, stamp, stamps, ",
        columns!(),
        " from customer where id = ?1"
    );
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut cells = Cells::from(row, 0);
    let (key, state, credit) = (cells.take()?, cells.take()?, cells.take()?);
    let (base, listed): (Hlc, String) = (cells.take()?, cells.take()?);
    let stamps = Stamps::read(base, &listed)?;
    Ok(Some(Known { key, state, credit, stamps, customer: read(&mut cells)? }))
}

/// What recording a credit transaction needs of a customer.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) key: i64,
    pub(crate) state: i64,
    pub(crate) credit: Money,
    pub(crate) credit_line: Money,
    /// `None` when it does not read: money that comes in does not ask.
    pub(crate) service: Option<Service>,
}

impl Account {
    /// The account of a customer who is about to have a row.
    pub(crate) fn of(key: i64, credit: Money, customer: &Customer) -> Self {
        Self {
            key,
            state: LIVE,
            credit,
            credit_line: customer.credit_line,
            service: Some(Service::of(customer)),
        }
    }
}

/// The account of the customer with this id, whatever its state.
pub(crate) fn account(conn: &Connection, id: &CustomerId) -> Result<Option<Account>> {
    let mut statement = conn.prepare_cached(
        "select key, state, credit_minor, credit_line, standing, ban, activation_at, expiration_at
           from customer
          where id = ?1",
    )?;
    let read = |row: &Row<'_>| {
        let mut cells = Cells::from(row, 0);
        Ok(Account {
            key: cells.take()?,
            state: cells.take()?,
            credit: cells.take()?,
            credit_line: cells.take()?,
            service: read_service(&mut cells).ok(),
        })
    };
    Ok(statement.query_row([id], read).optional()?)
}

fn read_service(cells: &mut Cells<'_, '_>) -> rusqlite::Result<Service> {
    Ok(Service {
        standing: cells.take()?,
        ban: cells.take()?,
        activation_at: cells.take()?,
        expiration_at: cells.take()?,
    })
}

/// The registers, whose seal [`update`] writes, and what [`touch`] moves.
pub(crate) const SEALED: [Sealed; 2] = [
    sealed!(
        "customer",
        "id",
        "seal",
        "id, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name, full_name,
         gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name, company_crn,
         company_vat_id, company_tax_id, primary_address_id, delivery_address_id, discount_rate, credit_rate,
         credit_line, note, meta, ext, stamp, stamps"
    ),
    sealed!("customer", "id", "touch_seal", "key, state, version, credit_minor, created_at, changed_at"),
];

/// Runs the statement of [`insert`] or [`update`]: `?1` says which row, `?2` to `?39` are its registers
/// and what is derived from them, and more may follow.
macro_rules! execute {
    ($statement:expr, $which:expr, $customer:expr, $stamps:expr $(, $more:expr)*) => {{
        let (c, derived) = ($customer, Derived::of($customer));
        let company = c.company.clone().unwrap_or_default();
        $statement.execute(params![
            $which, c.external_id, c.standing, c.ban, c.activation_at, c.expiration_at, c.first_name, c.middle_name,
            c.last_name, c.full_name, c.gender, c.birth_date, c.email, c.phone, c.ssn_last4, c.ssn_source,
            c.is_company, company.name, company.crn, company.vat_id, company.tax_id, c.primary_address_id,
            c.delivery_address_id, c.discount_rate, c.credit_rate, c.credit_line, c.note, object_text(&c.meta),
            object_text(&c.ext), $stamps.base(), $stamps.listed_text(), derived.display_name,
            derived.first_name_folded, derived.last_name_folded, derived.display_name_folded,
            derived.company_name_folded, derived.email_folded, derived.phone_digits, derived.search_text
            $(, $more)*
        ])?;
    }};
}

/// Inserts a live row and returns its key. It has no version and no second seal before [`touch`] has
/// come by.
pub(crate) fn insert(conn: &Connection, customer: &Customer, stamps: &Stamps) -> Result<i64> {
    let mut statement = conn.prepare_cached(
        "insert into customer
                (id, external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name,
                 full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name,
                 company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id,
                 discount_rate, credit_rate, credit_line, note, meta, ext, stamp, stamps, display_name,
                 first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded,
                 phone_digits, search_text, created_at, changed_at, version, seal)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
                 ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39, ?40, ?40,
                 (select version_floor from node),
                 seal(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                      ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31))",
    )?;
    execute!(statement, customer.id, customer, stamps, stamps.base().at());
    Ok(conn.last_insert_rowid())
}

/// Writes every register of a row and what is derived from them.
pub(crate) fn update(
    conn: &Connection,
    key: i64,
    customer: &Customer,
    stamps: &Stamps,
) -> Result<()> {
    let mut statement = conn.prepare_cached(
        "update customer
            set (external_id, standing, ban, activation_at, expiration_at, first_name, middle_name, last_name,
                 full_name, gender, birth_date, email, phone, ssn_last4, ssn_source, is_company, company_name,
                 company_crn, company_vat_id, company_tax_id, primary_address_id, delivery_address_id,
                 discount_rate, credit_rate, credit_line, note, meta, ext, stamp, stamps, display_name,
                 first_name_folded, last_name_folded, display_name_folded, company_name_folded, email_folded,
                 phone_digits, search_text, seal)
              = (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
                 ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39,
                 seal(id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                      ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31))
          where key = ?1",
    )?;
    execute!(statement, key, customer, stamps);
    Ok(())
}

/// Raises the version by one, moves the times, and the balance by `effect`.
pub(crate) fn touch(conn: &Connection, key: i64, effect: Money, stamp: Hlc) -> Result<()> {
    // The time of creation stands in two indexes, which SQLite writes anew whenever it is set, moved
    // or not; only an operation that comes late moves it.
    let n_touched = conn
        .prepare_cached(
            "update customer
                set version = version + 1,
                    credit_minor = credit_minor + ?2,
                    changed_at = max(changed_at, ?3),
                    touch_seal = seal(key, state, version + 1, credit_minor + ?2, created_at,
                                      max(changed_at, ?3))
              where key = ?1 and created_at <= ?3",
        )?
        .execute(params![key, effect, stamp.at()])?;
    if n_touched > 0 {
        return Ok(());
    }
    conn.prepare_cached(
        "update customer
            set version = version + 1,
                credit_minor = credit_minor + ?2,
                created_at = ?3,
                changed_at = max(changed_at, ?3),
                touch_seal = seal(key, state, version + 1, credit_minor + ?2, ?3, max(changed_at, ?3))
          where key = ?1",
    )?
    .execute(params![key, effect, stamp.at()])?;
    Ok(())
}

/// Makes the row live, deleted or erased. A version that does not read begins anew.
pub(crate) fn set_state(conn: &Connection, key: i64, state: i64) -> Result<()> {
    let sql = "update customer set state = ?2, version = max(version, 0) where key = ?1";
    conn.prepare_cached(sql)?.execute([key, state])?;
    Ok(())
}

/// The id behind a local key.
pub(crate) fn id_of(conn: &Connection, key: i64) -> Result<CustomerId> {
    let mut statement = conn.prepare_cached("select id from customer where key = ?1")?;
    let id = statement.query_row([key], |row| row.get(0)).optional()?;
    id.ok_or_else(|| Error::unreadable(format!("a row names customer {key}, which is missing")))
}

/// Writes the times of a row as they stand elsewhere.
pub(crate) fn set_times(
    conn: &Connection,
    key: i64,
    created_at: Timestamp,
    changed_at: Timestamp,
) -> Result<()> {
    // As in [`touch`], two indexes are spared where only the time of the last change moves.
    let n_touched = conn
        .prepare_cached(
            "update customer
                set changed_at = ?3, touch_seal = seal(key, state, version, credit_minor, ?2, ?3)
              where key = ?1 and created_at = ?2",
        )?
        .execute(params![key, created_at, changed_at])?;
    if n_touched > 0 {
        return Ok(());
    }
    conn.prepare_cached(
        "update customer
            set created_at = ?2, changed_at = ?3,
                touch_seal = seal(key, state, version, credit_minor, ?2, ?3)
          where key = ?1",
    )?
    .execute(params![key, created_at, changed_at])?;
    Ok(())
}

/// The times of the customer with this id.
pub(crate) fn times(conn: &Connection, id: &str) -> Result<Option<(Timestamp, Timestamp)>> {
    let sql = "select created_at, changed_at from customer where id = ?1";
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// The balance: the ledger added up anew.
pub(crate) fn add_up(conn: &Connection, key: i64) -> Result<Money> {
    let mut statement = conn.prepare_cached(
        "select coalesce(sum(effect_minor), 0) from credit_transaction where customer_key = ?1",
    )?;
    Ok(statement.query_row([key], |row| row.get(0))?)
}

/// Sets the version and the balance.
pub(crate) fn settle(conn: &Connection, key: i64, version: u64, credit: Money) -> Result<()> {
    conn.prepare_cached(
        "update customer
            set version = ?2, credit_minor = ?3,
                touch_seal = seal(key, state, ?2, ?3, created_at, changed_at)
          where key = ?1",
    )?
    .execute(params![key, version, credit])?;
    Ok(())
}

/// What a unit that is written needs of the row of its customer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    pub(crate) key: i64,
    pub(crate) state: i64,
    /// `None` when it does not read.
    pub(crate) version: Option<u64>,
    pub(crate) created_at: Timestamp,
    pub(crate) changed_at: Timestamp,
}

/// The row of the customer with this id, whatever its state.
pub(crate) fn find_owner(conn: &Connection, id: &CustomerId) -> Result<Option<Owner>> {
    let mut statement = conn.prepare_cached(
        "select key, state, version, created_at, changed_at from customer where id = ?1",
    )?;
    let read = |row: &Row<'_>| {
        let mut cells = Cells::from(row, 0);
        Ok(Owner {
            key: cells.take()?,
            state: cells.take()?,
            version: cells.take().unwrap_or_default(),
            created_at: cells.take()?,
            changed_at: cells.take()?,
        })
    };
    Ok(statement.query_row([id], read).optional()?)
}

/// Takes rows away for good; operations about them stay, without naming anybody.
pub(crate) fn remove(conn: &Connection, key: i64) -> Result<()> {
    for sql in [
        "update node set version_floor = max(version_floor, (select version from customer where key = ?1))",
        "update operation set customer_key = null where customer_key = ?1",
        "delete from import_row where customer_key = ?1",
        "delete from customer where key = ?1",
    ] {
        conn.prepare_cached(sql)?.execute([key])?;
    }
    migrate::seal_place(conn)
}
