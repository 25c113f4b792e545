//! Export: all customers as CSV for spreadsheets and other systems, or as lines of JSON that carry
//! everything; import reads both.

use std::io::{BufWriter, Write};
use std::path::Path;

use crate::address::Address;
use crate::ban_note;
use crate::card::Card;
use crate::debt_account;
use crate::error::{Error, Result};
use crate::import::guarded;
use crate::json_line::Line;
use crate::money::Currency;
use crate::profile::{self, Profile};
use crate::store::Store;
use crate::time::Timestamp;
use crate::whole_file::{WholeFile, refuse_existing};

/// The progress is told after this many customers.
const CUSTOMERS_PER_NOTE: u64 = 500;
/// Tells a spreadsheet that the file is UTF-8.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// How far an export has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Customers that were written.
    pub n_customers: u64,
    /// Customers there are.
    pub n_customers_total: u64,
}

/// What an export has written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Customers.
    pub n_customers: u64,
    /// Their cards.
    pub n_cards: u64,
}

/// The shape of an exported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table, see [`Store::export_csv`].
    Csv,
    /// Lines of JSON, see [`Store::export_json_lines`].
    JsonLines,
}

impl Format {
    /// The format that a file's ending names: `.csv`, or `.jsonl` and `.ndjson`.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

impl Store {
    /// Writes all live customers as CSV, all of one moment, and returns how many.
    ///
    /// The file is UTF-8 with comma and its header has the words that [`Store::import`] reads. A
    /// customer with several cards has a row for each, the further ones with id and card alone. A
    /// cell that a spreadsheet would take for a formula begins with an apostrophe, which the import
    /// takes away again.
    ///
    /// A table does not carry everything: of a card its number and whether it can be used now, of
    /// the addresses the primary one and the one for deliveries, and neither `meta`, ban notes nor
    /// digits of a social security number; line ends within a cell become line feeds, and white
    /// space at its ends goes when it is read. [`Store::export_json_lines`] carries all of it.
    ///
    /// ```
    /// use tillbook::{Customer, ImportOptions, Store};
    ///
    /// let (store, other) = (Store::open_in_memory()?, Store::open_in_memory()?);
    /// let mut ada = Customer::new(store.stamp());
    /// ada.phone = Some("+421 905 123 456".into());
    /// let ada = store.create_customer(&ada)?;
    ///
    /// let mut file = Vec::new();
    /// store.export_csv(&mut file, |_| {})?;
    /// other.import(&file[..], &ImportOptions::new(other.stamp()), |_| {})?;
    /// assert_eq!(other.customer(&ada.id)?.phone, ada.phone);
    /// # Ok::<(), tillbook::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// - [`Error::Io`]: `out` cannot be written;
    /// - [`Error::Sqlite`] and its kin: the store cannot be read.
    pub fn export_csv(
        &self,
        mut out: impl Write,
        progress: impl FnMut(&Progress),
    ) -> Result<Report> {
        out.write_all(UTF8_MARK)?;
        let mut table = csv::Writer::from_writer(out);
        let failed = |error: csv::Error| Error::Io(error.into());
        table.write_record(HEADER).map_err(failed)?;
        let (currency, now) = (self.currency(), self.now());
        let report = self.export(progress, |line| {
            rows(&line.profile, currency, now)
                .try_for_each(|row| table.write_record(row).map_err(failed))
        })?;
        table.flush()?;
        Ok(report)
    }

    /// Writes all live customers as lines of JSON, all of one moment, and returns how many.
    ///
    /// Each line is a customer with addresses, cards, ban notes, `meta` and balance; a field at its
    /// default is left out. [`Store::import_json_lines`] makes equal customers of them, but for
    /// version and times, which every store keeps for itself. The credit transactions stay behind,
    /// and their sum becomes the opening balance.
    ///
    /// # Errors
    ///
    /// - [`Error::Io`]: `out` cannot be written;
    /// - [`Error::Sqlite`] and its kin: the store cannot be read.
    pub fn export_json_lines(
        &self,
        out: impl Write,
        progress: impl FnMut(&Progress),
    ) -> Result<Report> {
        let mut out = BufWriter::new(out);
        let report = self.export(progress, |line| {
            out.write_all(line.write(self.currency()).as_bytes())?;
            Ok(out.write_all(b"\n")?)
        })?;
        out.flush()?;
        Ok(report)
    }

    /// Writes all live customers to the file `path`, which has its name only when all of it is on
    /// disk. Unless `overwrite` says so, a file that is there already is left alone.
    ///
    /// # Errors
    ///
    /// - [`Error::Io`] of the kind `AlreadyExists`: there is such a file;
    /// - [`Error::DiskFull`], [`Error::ReadOnly`], [`Error::Io`]: the file cannot be written;
    /// - [`Error::Sqlite`] and its kin: the store cannot be read.
    pub fn export_file(
        &self,
        path: impl AsRef<Path>,
        format: Format,
        overwrite: bool,
        progress: impl FnMut(&Progress),
    ) -> Result<Report> {
        let path = path.as_ref();
        if !overwrite {
            refuse_existing(path)?;
        }
        let (file, out) = WholeFile::begin(path, self.stamp())?;
        let report = match format {
            Format::Csv => self.export_csv(out, progress),
            Format::JsonLines => self.export_json_lines(out, progress),
        };
        let report = report.map_err(|error| match error {
            Error::Io(error) if error.kind() == std::io::ErrorKind::StorageFull => Error::DiskFull,
            other => other,
        })?;
        file.publish(overwrite)?;
        Ok(report)
    }

    fn export(
        &self,
        mut progress: impl FnMut(&Progress),
        mut write: impl FnMut(&Line) -> Result<()>,
    ) -> Result<Report> {
        self.read_snapshot(|conn| {
            let count = "select count(*) from customer where state = 0";
            let n_customers_total = conn.query_row(count, [], |row| row.get(0))?;
            let mut report = Report::default();
            profile::each(conn, |key, profile| {
                report.n_customers += 1;
                report.n_cards += profile.cards.len() as u64;
                let ban_notes = ban_note::list(conn, key)?;
                let debt_accounts = debt_account::list(conn, key)?;
                write(&Line { profile, ban_notes, debt_accounts })?;
                if report.n_customers.is_multiple_of(CUSTOMERS_PER_NOTE) {
                    progress(&Progress { n_customers: report.n_customers, n_customers_total });
                }
                Ok(())
            })?;
            progress(&Progress { n_customers: report.n_customers, n_customers_total });
            Ok(report)
        })
    }
}

const N_ADDRESS_COLUMNS: usize = 10;

/// The words of the import, in the order of [`first_row`].
const HEADER: [&str; 46] = [
    "Id",
    "CardSerialNumber",
    "CardIsActive",
    "ExternalId",
    "Standing",
    "Ban",
    "ActivationTime",
    "ExpirationTime",
    "FirstName",
    "MiddleName",
    "LastName",
    "FullName",
    "Gender",
    "BirthDate",
    "Email",
    "Phone",
    "IsCompany",
    "CompanyName",
    "CompanyCrn",
    "CompanyVatId",
    "CompanyTaxId",
    "DiscountRate",
    "CreditRate",
    "CreditLine",
    "CreditAmount",
    "Note",
    "Street",
    "Street2",
    "City",
    "State",
    "PostalCode",
    "Country",
    "Latitude",
    "Longitude",
    "AddressName",
    "AddressNote",
    "DeliveryStreet",
    "DeliveryStreet2",
    "DeliveryCity",
    "DeliveryState",
    "DeliveryPostalCode",
    "DeliveryCountry",
    "DeliveryLatitude",
    "DeliveryLongitude",
    "DeliveryAddressName",
    "DeliveryAddressNote",
];

/// One row, and one more for every further card.
fn rows<'a>(
    profile: &'a Profile,
    currency: &'a Currency,
    now: Timestamp,
) -> impl Iterator<Item = Vec<String>> + 'a {
    let further = profile.cards.iter().skip(1).map(move |card| {
        let mut row = vec![guarded(profile.customer.id.as_str()).into_owned()];
        row.extend(card_cells(Some(card), now));
        row.resize(HEADER.len(), String::new());
        row
    });
    std::iter::once(first_row(profile, currency, now)).chain(further)
}

fn first_row(profile: &Profile, currency: &Currency, now: Timestamp) -> Vec<String> {
    let Profile { customer: c, addresses, cards, credit, .. } = profile;
    let text = |text: &Option<String>| guarded(text.as_deref().unwrap_or_default()).into_owned();
    fn shown(value: Option<impl ToString>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let company = c.company.clone().unwrap_or_default();
    let mut row = vec![guarded(c.id.as_str()).into_owned()];
    row.extend(card_cells(cards.first(), now));
    row.extend([
        text(&c.external_id),
        c.standing.to_string(),
        c.ban.to_string(),
        shown(c.activation_at),
        shown(c.expiration_at),
        text(&c.first_name),
        text(&c.middle_name),
        text(&c.last_name),
        text(&c.full_name),
        shown(c.gender),
        shown(c.birth_date),
        text(&c.email),
        text(&c.phone),
        c.is_company.to_string(),
        text(&company.name),
        text(&company.crn),
        text(&company.vat_id),
        text(&company.tax_id),
        c.discount_rate.to_string(),
        c.credit_rate.to_string(),
        currency.display(c.credit_line).to_string(),
        currency.display(*credit).to_string(),
        text(&c.note),
    ]);
    for id in [&c.primary_address_id, &c.delivery_address_id] {
        let address = addresses.iter().find(|address| Some(&address.id) == id.as_ref());
        row.extend(address_cells(address));
    }
    row
}

/// The number, and whether the card can be used: one that cannot must not come back usable.
fn card_cells(card: Option<&Card>, now: Timestamp) -> [String; 2] {
    let Some(card) = card else { return Default::default() };
    let serial = guarded(card.serial_number.as_str()).into_owned();
    [serial, card.usable(now).is_ok().to_string()]
}

fn address_cells(address: Option<&Address>) -> [String; N_ADDRESS_COLUMNS] {
    let Some(a) = address else { return Default::default() };
    let text = |text: &Option<String>| guarded(text.as_deref().unwrap_or_default()).into_owned();
    let degrees = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        text(&a.line1),
        text(&a.line2),
        text(&a.city),
        text(&a.state),
        text(&a.postal_code),
        text(&a.country),
        degrees(&a.latitude),
        degrees(&a.longitude),
        text(&a.name),
        text(&a.note),
    ]
}
