//! The customer as Portos answers it (portos.md 4.1 and section 11).

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::address::Address;
use super::card::Card;
use super::credit::{Credit, CreditTransaction, credit_transactions};
use super::decimal::Decimal;
use super::schema::{words, words_or_null};
use crate::credit::Posting;
use crate::customer::{self, Gender, StandingClass, Validity};
use crate::id::AddressId;
use crate::money::Currency;
use crate::profile::{Dossier, Profile, ProfilePage};
use crate::store::Store;
use crate::time::Timestamp;

/// A customer, its properties in the documented order, nulls written out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "PortosCustomer")]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// Its own name among all customers.
    id: String,
    /// Its id in an outside system, unique among all customers.
    external_id: Option<String>,
    /// Whether it may be used; blocks without deleting.
    is_active: bool,
    /// Follows from the two times below and the time of asking.
    #[schemars(extend("enum" = words(Validity::ALL, status_word), "readOnly" = true))]
    status: &'static str,
    /// From when it may be used.
    #[schemars(extend("format" = "date-time"))]
    activation_time: Option<String>,
    /// After it the customer may not be used.
    #[schemars(extend("format" = "date-time"))]
    expiration_time: Option<String>,
    /// The given name.
    first_name: Option<String>,
    /// The family name.
    last_name: Option<String>,
    /// What a receipt shows; first and last name, or the company's, unless it was given.
    full_name: String,
    #[schemars(extend("enum" = words_or_null(Gender::ALL, gender_word)))]
    gender: Option<&'static str>,
    #[schemars(extend("format" = "date"))]
    birth_date: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    /// Whether the customer stands for a company.
    is_company: bool,
    company: Option<Company>,
    address: Option<Address>,
    delivery_address: Option<Address>,
    /// The balance now.
    credit: Credit,
    /// The latest movements of the credit, the oldest first.
    #[schemars(extend("readOnly" = true))]
    credit_transactions: Vec<CreditTransaction>,
    cards: Vec<Card>,
    /// Credit earned per unit of money paid: 0.05 credits 0.05 for 1.
    credit_rate: Decimal,
    /// Percent, from 0 to 100.
    discount_rate: Decimal,
    note: Option<String>,
    /// Free data.
    meta: Map<String, Value>,
    /// Counts the changes of this customer. A write that names another version is refused.
    #[serde(rename = "_v")]
    version: u64,
}

/// The company that a customer stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "PortosCompany")]
#[serde(rename_all = "camelCase")]
pub(super) struct Company {
    name: Option<String>,
    /// Its number in the trade register.
    crn: Option<String>,
    /// Its number for value added tax.
    vat_id: Option<String>,
    /// Its number for income tax.
    tax_id: Option<String>,
}

impl From<customer::Company> for Company {
    fn from(company: customer::Company) -> Self {
        let customer::Company { name, crn, vat_id, tax_id } = company;
        Self { name, crn, vat_id, tax_id }
    }
}

/// What the document of a customer is made of.
#[derive(Debug, Clone)]
pub struct Source<'a> {
    /// The customer with addresses, cards and credit.
    pub profile: Profile,
    /// The latest movements of its credit, the newest first.
    pub latest: Vec<Posting>,
    /// What amounts are counted in.
    pub currency: &'a Currency,
    /// The time of asking, from which each status follows.
    pub now: Timestamp,
}

impl From<Source<'_>> for Customer {
    fn from(Source { profile, latest, currency, now }: Source<'_>) -> Self {
        let Profile { customer, addresses, cards, credit, .. } = profile;
        let address = |id: Option<&AddressId>| {
            let found = addresses.iter().find(|address| Some(&address.id) == id);
            found.cloned().map(Address::from)
        };
        Self {
            is_active: customer.standing.class() == StandingClass::Open,
            status: status_word(customer.validity(now)),
            full_name: customer.display_name(),
            address: address(customer.primary_address_id.as_ref()),
            delivery_address: address(customer.delivery_address_id.as_ref()),
            credit: Credit::new(credit, currency),
            credit_transactions: credit_transactions(latest.into_iter().rev(), currency),
            cards: cards.into_iter().map(|card| Card::at(now, card)).collect(),
            credit_rate: Decimal::rate(customer.credit_rate),
            discount_rate: Decimal::rate(customer.discount_rate),
            id: customer.id.to_string(),
            external_id: customer.external_id,
            activation_time: customer.activation_at.map(|at| at.to_string()),
            expiration_time: customer.expiration_at.map(|at| at.to_string()),
            first_name: customer.first_name,
            last_name: customer.last_name,
            gender: customer.gender.map(gender_word),
            birth_date: customer.birth_date.map(|date| date.to_string()),
            email: customer.email,
            phone: customer.phone,
            is_company: customer.is_company,
            company: customer.company.map(Company::from),
            note: customer.note,
            meta: customer.meta,
            version: customer.version.unwrap_or_default(),
        }
    }
}

impl Customer {
    /// The document of a customer as `store` has just shown it.
    pub fn of(store: &Store, dossier: Dossier) -> Self {
        let Dossier { profile, latest } = dossier;
        Source { profile, latest, currency: store.currency(), now: store.now() }.into()
    }
}

/// What Portos calls the validity.
pub(super) fn status_word(validity: Validity) -> &'static str {
    match validity {
        Validity::Valid => "Valid",
        Validity::NotYetValid => "NotYetValid",
        Validity::Expired => "Expired",
    }
}

fn gender_word(gender: Gender) -> &'static str {
    match gender {
        Gender::Male => "Male",
        Gender::Female => "Female",
    }
}

/// The answer to a list (portos.md 3.2). What was not asked for is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PortosQueryResultOf{T}")]
pub struct QueryResult<T = Customer> {
    /// This page; absent with `$count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<T>>,
    /// How many records the page has, or would have.
    pub count: u64,
    /// How many records match before paging; absent with `$total=false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_count: Option<u64>,
}

impl QueryResult {
    /// The document of a page as `store` has just shown it.
    pub fn of(store: &Store, page: ProfilePage<Dossier>) -> Self {
        let ProfilePage { items, count, total_count } = page;
        let document = |dossier| Customer::of(store, dossier);
        let items = items.map(|items| items.into_iter().map(document).collect());
        Self { items, count, total_count }
    }
}
