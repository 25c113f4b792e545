//! The columns that follow from a customer's registers, for sorting and searching.

use rusqlite::Connection;

use super::{Customer, row};
use crate::cell::Cells;
use crate::error::Result;
use crate::fold::{digits, fold};
use crate::id::CustomerId;

/// What the row holds beside the registers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Derived {
    pub(super) display_name: String,
    pub(super) first_name_folded: Option<String>,
    pub(super) last_name_folded: Option<String>,
    pub(super) display_name_folded: String,
    pub(super) company_name_folded: Option<String>,
    pub(super) email_folded: Option<String>,
    pub(super) phone_digits: Option<String>,
    pub(super) search_text: String,
}

impl Derived {
    pub(super) fn of(c: &Customer) -> Self {
        let company = c.company.as_ref();
        let folded = |text: &Option<String>| text.as_deref().map(fold);
        let display_name = c.display_name();
        // The six fields that `Search` looks at (portos.md section 2), a line each: folding leaves
        // no line break in any of them.
        let searched = [
            c.first_name.as_deref(),
            c.last_name.as_deref(),
            company.and_then(|company| company.name.as_deref()),
            company.and_then(|company| company.vat_id.as_deref()),
            company.and_then(|company| company.tax_id.as_deref()),
            c.note.as_deref(),
        ];
        let lines: Vec<String> = searched.into_iter().flatten().map(fold).collect();
        Self {
            first_name_folded: folded(&c.first_name),
            last_name_folded: folded(&c.last_name),
            display_name_folded: fold(&display_name),
            company_name_folded: company.and_then(|company| folded(&company.name)),
            email_folded: folded(&c.email),
            phone_digits: c.phone.as_deref().map(digits),
            search_text: lines.join("\n"),
            display_name,
        }
    }
}

/// Whether the row reads and its derived columns are what follows from its registers.
pub(crate) fn is_derived_soundly(conn: &Connection, id: &CustomerId) -> Result<bool> {
    let Some(known) = row::known(conn, id)? else { return Ok(false) };
    let mut statement = conn.prepare_cached(
        "select display_name, first_name_folded, last_name_folded, display_name_folded, company_name_folded,
                email_folded, phone_digits, search_text
           from customer
          where key = ?1",
    )?;
    let stored = statement.query_row([known.key], |row| {
        let mut cells = Cells::from(row, 0);
        Ok(Derived {
            display_name: cells.take()?,
            first_name_folded: cells.take()?,
            last_name_folded: cells.take()?,
            display_name_folded: cells.take()?,
            company_name_folded: cells.take()?,
            email_folded: cells.take()?,
            phone_digits: cells.take()?,
            search_text: cells.take()?,
        })
    })?;
    Ok(stored == Derived::of(&known.customer))
}
