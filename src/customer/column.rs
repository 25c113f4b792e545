//! What a customer can be asked for and sorted by. A dialect has its own words for these.

use super::{Ban, Customer, Gender, SsnSource, Standing, Validity};
use crate::query::{Column, Kind};

macro_rules! words {
    ($choice:ident: $($value:ident),+) => {
        Kind::Choice(&[$((stringify!($value), $choice::$value.as_str())),+])
    };
}

const STANDING: Kind = words!(Standing: Active, Prospect, Frozen, Inactive, Dormant, Denied, Sanction, Deceased, Escheat);

/// `Validity::at` in SQL: activation is looked at first, both ends are included.
const VALIDITY: &str = "(case when customer.activation_at > :now then 'not_yet_valid'
                              when customer.expiration_at < :now then 'expired'
                              else 'valid' end)";
const IS_EXPIRED: &str = "(coalesce(customer.activation_at <= :now, 1)
                           and coalesce(customer.expiration_at < :now, 0))";

/// A column of the row of the same name.
macro_rules! own {
    ($name:literal, $kind:expr) => {
        Column::new($name, concat!("customer.", $name), $kind)
    };
}

impl Customer {
    /// The id.
    pub const ID: Column = own!("id", Kind::Text);
    /// The id in an outside system.
    pub const EXTERNAL_ID: Column = own!("external_id", Kind::Text).nullable();
    /// The administrative label.
    pub const STANDING: Column = own!("standing", STANDING);
    /// Whether the standing is an open one.
    pub const IS_ACTIVE: Column =
        Column::new("is_active", "(customer.standing in ('active', 'prospect'))", Kind::Bool);
    /// Whether the customer is kept out.
    pub const BAN: Column = own!("ban", words!(Ban: Allowed, Suspended, Banned));
    /// The validity at the time of asking.
    pub const VALIDITY: Column =
        Column::new("validity", VALIDITY, words!(Validity: Valid, NotYetValid, Expired));
    /// Whether the validity at the time of asking is [`Validity::Expired`].
    pub const IS_EXPIRED: Column = Column::new("is_expired", IS_EXPIRED, Kind::Bool);
    /// The first instant of validity.
    pub const ACTIVATION_AT: Column = own!("activation_at", Kind::Time).nullable();
    /// The last instant of validity.
    pub const EXPIRATION_AT: Column = own!("expiration_at", Kind::Time).nullable();
    /// The given name.
    pub const FIRST_NAME: Column =
        own!("first_name", Kind::Text).nullable().folded("customer.first_name_folded");
    /// The middle name.
    pub const MIDDLE_NAME: Column = own!("middle_name", Kind::Text).nullable();
    /// The family name.
    pub const LAST_NAME: Column =
        own!("last_name", Kind::Text).nullable().folded("customer.last_name_folded");
    /// What a receipt shows, see [`Customer::display_name`].
    pub const DISPLAY_NAME: Column =
        own!("display_name", Kind::Text).folded("customer.display_name_folded");
    /// The gender.
    pub const GENDER: Column = own!("gender", words!(Gender: Male, Female)).nullable();
    /// The birth date.
    pub const BIRTH_DATE: Column = own!("birth_date", Kind::Date).nullable();
    /// The e-mail address, as received; patterns are compared without case and accents.
    pub const EMAIL: Column = own!("email", Kind::Text).nullable().matched("customer.email_folded");
    /// The e-mail address without case and accents.
    pub const EMAIL_FOLDED: Column = own!("email_folded", Kind::Text).nullable();
    /// The phone number, as received.
    pub const PHONE: Column = own!("phone", Kind::Text).nullable();
    /// The digits of the phone number.
    pub const PHONE_DIGITS: Column = own!("phone_digits", Kind::Text).nullable();
    /// The last four digits of the social security number.
    pub const SSN_LAST4: Column = own!("ssn_last4", Kind::Text).nullable();
    /// Where those digits come from.
    pub const SSN_SOURCE: Column =
        own!("ssn_source", words!(SsnSource: Manual, Prefill)).nullable();
    /// Whether the customer stands for a company.
    pub const IS_COMPANY: Column = own!("is_company", Kind::Bool);
    /// The company's name.
    pub const COMPANY_NAME: Column =
        own!("company_name", Kind::Text).nullable().folded("customer.company_name_folded");
    /// The company's registration number.
    pub const COMPANY_CRN: Column = own!("company_crn", Kind::Text).nullable();
    /// The company's value added tax number.
    pub const COMPANY_VAT_ID: Column = own!("company_vat_id", Kind::Text).nullable();
    /// The company's tax number.
    pub const COMPANY_TAX_ID: Column = own!("company_tax_id", Kind::Text).nullable();
    /// The discount in percent.
    pub const DISCOUNT_RATE: Column = own!("discount_rate", Kind::Rate);
    /// The credit earned per unit paid.
    pub const CREDIT_RATE: Column = own!("credit_rate", Kind::Rate);
    /// How far below zero the balance may go.
    pub const CREDIT_LINE: Column = own!("credit_line", Kind::Money);
    /// The balance.
    pub const CREDIT: Column = Column::new("credit", "customer.credit_minor", Kind::Money);
    /// The note.
    pub const NOTE: Column = own!("note", Kind::Text).nullable();
    /// This node's own count of visible changes.
    pub const VERSION: Column = own!("version", Kind::Integer);
    /// When it was created.
    pub const CREATED_AT: Column = own!("created_at", Kind::Time);
    /// When it last changed.
    pub const CHANGED_AT: Column = own!("changed_at", Kind::Time);
    /// The serial numbers of the cards.
    pub const CARD_SERIAL: Column =
        Column::new("card_serial", "card.serial_number", Kind::Text).of_card();
}
