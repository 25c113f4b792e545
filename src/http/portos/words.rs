//! What Portos calls the columns of a customer (portos.md section 2 and section 10, row 7).

use crate::address::Address;
use crate::customer::Customer;
use crate::query::Column;
use crate::query::ndata::Vocabulary;

/// The words of `GET /customers`.
///
/// A column's first word is the one that [`ndata::print`](crate::query::ndata::print) writes.
pub const CUSTOMER_WORDS: Vocabulary = Vocabulary {
    filters: FILTERS,
    plain: &[("IsExpired", Customer::IS_EXPIRED)],
    sorts: SORTS,
    search: Some("Search"),
    ignored: &["$include"],
};

/// The words of a list that is paged, and neither filtered nor sorted.
pub(super) const PAGED_WORDS: Vocabulary =
    Vocabulary { filters: &[], plain: &[], sorts: &[], search: None, ignored: &["$include"] };

const FILTERS: &[(&str, Column)] = &[
    // Theirs: the page lists these and no others.
    ("CardSerialNumber", Customer::CARD_SERIAL),
    ("ExternalId", Customer::EXTERNAL_ID),
    ("CreditRate", Customer::CREDIT_RATE),
    ("DiscountRate", Customer::DISCOUNT_RATE),
    ("IsActive", Customer::IS_ACTIVE),
    ("ExpirationTime", Customer::EXPIRATION_AT),
    // Our extension: the other scalar properties, and what Portos has no property for.
    ("Id", Customer::ID),
    ("Standing", Customer::STANDING),
    ("Ban", Customer::BAN),
    ("Status", Customer::VALIDITY),
    ("ActivationTime", Customer::ACTIVATION_AT),
    ("FirstName", Customer::FIRST_NAME),
    ("MiddleName", Customer::MIDDLE_NAME),
    ("LastName", Customer::LAST_NAME),
    ("FullName", Customer::DISPLAY_NAME),
    ("Gender", Customer::GENDER),
    ("BirthDate", Customer::BIRTH_DATE),
    ("Email", Customer::EMAIL),
    ("Phone", Customer::PHONE),
    ("IsCompany", Customer::IS_COMPANY),
    ("CompanyName", Customer::COMPANY_NAME),
    ("CompanyCrn", Customer::COMPANY_CRN),
    ("CompanyVatId", Customer::COMPANY_VAT_ID),
    ("CompanyTaxId", Customer::COMPANY_TAX_ID),
    ("CreditAmount", Customer::CREDIT),
    ("CreditLine", Customer::CREDIT_LINE),
    ("Note", Customer::NOTE),
    ("_v", Customer::VERSION),
    ("Version", Customer::VERSION),
    ("CreatedAt", Customer::CREATED_AT),
    ("ChangedAt", Customer::CHANGED_AT),
];

const SORTS: &[(&str, Column)] = &[
    // Theirs: the scalar properties of the resource, in its order, and paths into its parts.
    ("id", Customer::ID),
    ("externalId", Customer::EXTERNAL_ID),
    ("isActive", Customer::IS_ACTIVE),
    ("status", Customer::VALIDITY),
    ("activationTime", Customer::ACTIVATION_AT),
    ("expirationTime", Customer::EXPIRATION_AT),
    ("firstName", Customer::FIRST_NAME),
    ("lastName", Customer::LAST_NAME),
    ("fullName", Customer::DISPLAY_NAME),
    ("gender", Customer::GENDER),
    ("birthDate", Customer::BIRTH_DATE),
    ("email", Customer::EMAIL),
    ("phone", Customer::PHONE),
    ("isCompany", Customer::IS_COMPANY),
    ("company.name", Customer::COMPANY_NAME),
    ("company.crn", Customer::COMPANY_CRN),
    ("company.vatId", Customer::COMPANY_VAT_ID),
    ("company.taxId", Customer::COMPANY_TAX_ID),
    ("address.street", Address::PRIMARY_LINE1),
    ("address.city", Address::PRIMARY_CITY),
    ("address.postalCode", Address::PRIMARY_POSTAL_CODE),
    ("address.country", Address::PRIMARY_COUNTRY),
    ("deliveryAddress.street", Address::DELIVERY_LINE1),
    ("deliveryAddress.city", Address::DELIVERY_CITY),
    ("deliveryAddress.postalCode", Address::DELIVERY_POSTAL_CODE),
    ("deliveryAddress.country", Address::DELIVERY_COUNTRY),
    ("credit.amount", Customer::CREDIT),
    ("creditRate", Customer::CREDIT_RATE),
    ("discountRate", Customer::DISCOUNT_RATE),
    ("note", Customer::NOTE),
    ("_v", Customer::VERSION),
    // Our extension: the names of the filters where they differ, and what Portos has no property for.
    ("cardSerialNumber", Customer::CARD_SERIAL),
    ("isExpired", Customer::IS_EXPIRED),
    ("standing", Customer::STANDING),
    ("ban", Customer::BAN),
    ("middleName", Customer::MIDDLE_NAME),
    ("companyName", Customer::COMPANY_NAME),
    ("companyCrn", Customer::COMPANY_CRN),
    ("companyVatId", Customer::COMPANY_VAT_ID),
    ("companyTaxId", Customer::COMPANY_TAX_ID),
    ("creditAmount", Customer::CREDIT),
    ("creditLine", Customer::CREDIT_LINE),
    ("version", Customer::VERSION),
    ("createdAt", Customer::CREATED_AT),
    ("changedAt", Customer::CHANGED_AT),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::portos::QueryResult;
    use crate::id::{AddressId, CustomerId};
    use crate::profile::Replacement;
    use crate::query::{Kind, ndata};
    use crate::store::Store;
    use crate::time::Timestamp;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    /// Every word reads, and SQLite knows what its column means.
    #[test]
    fn every_word_asks_something() -> Tested {
        let store = Store::open_in_memory()?;
        let mut texts = vec!["$include=Cards".to_owned(), "Search=x".to_owned()];
        texts.extend(CUSTOMER_WORDS.plain.iter().map(|(word, _)| format!("{word}=true")));
        for (word, column) in CUSTOMER_WORDS.filters {
            let value = match column.kind() {
                Kind::Text => "x",
                Kind::Bool => "true",
                Kind::Time | Kind::Date => "2024-01-02",
                Kind::Choice(words) => words[0].0,
                _ => "1",
            };
            texts.push(format!("{word}={value}"));
        }
        let sorts = CUSTOMER_WORDS.sorts.iter();
        texts.extend(sorts.map(|(word, _)| format!("$sort={}:desc", word.to_uppercase())));
        for text in texts {
            let query = ndata::parse(&text, &CUSTOMER_WORDS, store.currency())?;
            let page = store.list_dossiers(&query).map_err(|error| format!("{text}: {error}"))?;
            let result = QueryResult::of(&store, page);
            assert_eq!(
                serde_json::to_string(&result)?,
                r#"{"items":[],"count":0,"totalCount":0}"#,
                "{text}"
            );
        }
        Ok(())
    }

    #[test]
    fn addresses_sort_by_the_one_that_is_referred_to() -> Tested {
        let store = Store::open_in_memory()?;
        for (id, home, depot) in [("1", "Bratislava", "Žilina"), ("2", "Žilina", "Bratislava")] {
            let address = |id: &str, city: &str| -> Result<Address, Box<dyn std::error::Error>> {
                let address = Address::with_id(AddressId::new(id)?);
                Ok(Address { city: Some(city.into()), ..address })
            };
            let mut customer = Customer::with_id(CustomerId::new(id)?, Timestamp::from_ms(0));
            customer.primary_address_id = Some(AddressId::new("home")?);
            customer.delivery_address_id = Some(AddressId::new("depot")?);
            let addresses = Some(vec![address("home", home)?, address("depot", depot)?]);
            store.create(&Replacement { addresses, ..customer.into() })?;
        }
        for (text, first) in [("$sort=Address.City", "1"), ("$sort=DeliveryAddress.City", "2")] {
            let query = ndata::parse(text, &CUSTOMER_WORDS, store.currency())?;
            let items = store.list_profiles(&query)?.items.unwrap_or_default();
            let ids: Vec<_> = items.iter().map(|profile| profile.customer.id.as_str()).collect();
            assert_eq!(ids.first(), Some(&first), "{text}");
        }
        Ok(())
    }
}
