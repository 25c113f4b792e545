//! The customer as Synctera answers it (synctera.md 5.1). What has no value is left out: callers take
//! no null.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::address::{Address, Use};
use super::country::is_phone;
use super::schema::words;
use crate::customer::{self, Ban, SsnSource, Standing};
use crate::profile::Profile;

/// A customer. Callers choose its type by `status`, which is always there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "SyncteraCustomer")]
pub(super) struct Customer {
    /// Its own name among all customers; one that the store has made is a UUID.
    #[schemars(extend("readOnly" = true))]
    id: String,
    /// An administrative label; `PROSPECT` selects the shape of prospects.
    #[schemars(extend("enum" = words(STATUSES)))]
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    middle_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    /// The day of birth.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date"))]
    dob: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// A number of E.164. One that is not is stored all the same, and left out here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = r"^\+[1-9]\d{1,14}$"))]
    phone_number: Option<String>,
    /// The last four digits of the social security number; no more of it is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = r"^\d{4}$"))]
    ssn: Option<String>,
    /// Where those digits come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = words(SOURCES), "readOnly" = true))]
    ssn_source: Option<&'static str>,
    /// Whether the customer is kept out.
    #[schemars(extend("enum" = words(BANS)))]
    ban_status: &'static str,
    /// No identity is verified here.
    #[schemars(extend("enum" = KYC_STATUSES, "readOnly" = true))]
    kyc_status: &'static str,
    #[schemars(extend("readOnly" = true))]
    kyc_exempt: bool,
    /// Whether the customer owes on account.
    #[schemars(extend("readOnly" = true))]
    has_accounts: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    legal_address: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping_address: Option<Address>,
    /// The legal address and then the one for shipping, as they stand above.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("readOnly" = true, "minItems" = 1))]
    addresses: Vec<Address>,
    /// Free data, of which no member is null.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schemars(extend("additionalProperties" = {"not": {"type": "null"}}))]
    metadata: Map<String, Value>,
    #[schemars(extend("format" = "date-time", "readOnly" = true))]
    creation_time: String,
    #[schemars(extend("format" = "date-time", "readOnly" = true))]
    last_updated_time: String,
}

/// A page of customers (synctera.md 5.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "SyncteraCustomerList")]
pub(super) struct CustomerList {
    pub(super) customers: Vec<Customer>,
    /// Asks for the page behind this one; left out on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_page_token: Option<String>,
}

/// `PROSPECT` first, which has a shape of its own.
pub(super) const STATUSES: &[(&str, Standing)] = &[
    ("PROSPECT", Standing::Prospect),
    ("ACTIVE", Standing::Active),
    ("DECEASED", Standing::Deceased),
    ("DENIED", Standing::Denied),
    ("DORMANT", Standing::Dormant),
    ("ESCHEAT", Standing::Escheat),
    ("FROZEN", Standing::Frozen),
    ("INACTIVE", Standing::Inactive),
    ("SANCTION", Standing::Sanction),
];

pub(super) const BANS: &[(&str, Ban)] =
    &[("ALLOWED", Ban::Allowed), ("SUSPENDED", Ban::Suspended), ("BANNED", Ban::Banned)];

const SOURCES: &[(&str, SsnSource)] =
    &[("MANUAL", SsnSource::Manual), ("PREFILL", SsnSource::Prefill)];

const KYC_STATUSES: [&str; 7] =
    [UNVERIFIED, "ACCEPTED", "PENDING", "PROVIDER_FAILURE", "PROVISIONAL", "REJECTED", "REVIEW"];
const UNVERIFIED: &str = "UNVERIFIED";

fn word<T: PartialEq>(words: &[(&'static str, T)], value: T) -> &'static str {
    words.iter().find(|(_, known)| *known == value).map_or(words[0].0, |(word, _)| word)
}

impl From<Profile> for Customer {
    fn from(Profile { customer, addresses, has_accounts, .. }: Profile) -> Self {
        let customer::Customer { primary_address_id, delivery_address_id, .. } = &customer;
        let [legal_address, shipping_address] = Use::ALL.map(|used| {
            let reference = match used {
                Use::Legal => primary_address_id,
                Use::Shipping => delivery_address_id,
            };
            let stored = addresses.iter().find(|address| Some(&address.id) == reference.as_ref());
            stored.and_then(|address| Address::of(address, used))
        });
        Self {
            status: word(STATUSES, customer.standing),
            ban_status: word(BANS, customer.ban),
            ssn_source: customer.ssn_source.map(|source| word(SOURCES, source)),
            kyc_status: UNVERIFIED,
            kyc_exempt: false,
            has_accounts,
            addresses: legal_address.iter().chain(&shipping_address).cloned().collect(),
            legal_address,
            shipping_address,
            id: customer.id.to_string(),
            first_name: customer.first_name,
            middle_name: customer.middle_name,
            last_name: customer.last_name,
            dob: customer.birth_date.map(|date| date.to_string()),
            email: customer.email,
            phone_number: customer.phone.filter(|phone| is_phone(phone)),
            ssn: customer.ssn_last4,
            metadata: customer.meta,
            creation_time: customer.created_at.to_string(),
            last_updated_time: customer.changed_at.to_string(),
        }
    }
}
