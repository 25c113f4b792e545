//! The fields a file can have, and the words of the tills and shops they come from.

use crate::fold::fold;

/// What a column can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Id,
    ExternalId,
    Card,
    CardIsActive,
    IsActive,
    Standing,
    Ban,
    ActivationTime,
    ExpirationTime,
    FirstName,
    MiddleName,
    LastName,
    FullName,
    Gender,
    BirthDate,
    Email,
    Phone,
    IsCompany,
    CompanyName,
    CompanyCrn,
    CompanyVatId,
    CompanyTaxId,
    /// A registration number by Dotykačka's manual, a value added tax number by its name.
    VatNo,
    DiscountRate,
    CreditRate,
    CreditLine,
    CreditAmount,
    Note,
    InternalNote,
    Address(Place, Part),
}

/// Which of a customer's addresses a column is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Primary,
    Delivery,
}

/// A part of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Line1,
    Line2,
    City,
    State,
    PostalCode,
    Country,
    Latitude,
    Longitude,
    Name,
    Note,
}

/// Every field but those of addresses: its name in the library's errors, and what headers call it,
/// our own word first, with a space between words. Case, accents and everything but letters and
/// digits play no part.
///
/// The words of PORTOS Link and of Portos' customer (portos.md 4.1), of Dotykačka's customer import
/// and of its interface, and plain English.
const WORDS: &[(Field, &str, &str)] = &[
    (Field::Id, "id", "Id CustomerId"),
    (Field::ExternalId, "external_id", "ExternalId CustomerNumber CustomerNo"),
    (
        Field::Card,
        "cards.serial_number",
        "CardSerialNumber Cards.SerialNumber SerialNumber CardId BarCode Card CardNumber CardNo",
    ),
    (Field::CardIsActive, "cards.is_active", "CardIsActive CardActive"),
    (Field::IsActive, "standing", "IsActive Active Enabled"),
    (Field::Standing, "standing", "Standing"),
    (Field::Ban, "ban", "Ban BanStatus"),
    (Field::ActivationTime, "activation_at", "ActivationTime ActivationDate ValidFrom"),
    (
        Field::ExpirationTime,
        "expiration_at",
        "ExpirationTime ExpirationDate ExpireDate ValidTo ValidUntil",
    ),
    (Field::FirstName, "first_name", "FirstName GivenName Forename"),
    (Field::MiddleName, "middle_name", "MiddleName"),
    (Field::LastName, "last_name", "LastName Surname FamilyName"),
    (Field::FullName, "full_name", "FullName DisplayName CustomerName Name"),
    (Field::Gender, "gender", "Gender Sex"),
    (Field::BirthDate, "birth_date", "BirthDate BirthDay DateOfBirth"),
    (Field::Email, "email", "Email EmailAddress ContactEmail"),
    (Field::Phone, "phone", "Phone PhoneNumber Telephone"),
    (Field::IsCompany, "is_company", "IsCompany"),
    (Field::CompanyName, "company.name", "CompanyName Company.Name Company"),
    (
        Field::CompanyCrn,
        "company.crn",
        "CompanyCrn Company.Crn CompanyId CompanyNumber RegistrationNumber",
    ),
    (Field::CompanyVatId, "company.vat_id", "CompanyVatId Company.VatId VatId VatNumber"),
    (Field::CompanyTaxId, "company.tax_id", "CompanyTaxId Company.TaxId TaxId TaxNumber"),
    (Field::VatNo, "vat_no", "VatNo"),
    (
        Field::DiscountRate,
        "discount_rate",
        "DiscountRate DiscountPercent DiscountPercentage Discount",
    ),
    (Field::CreditRate, "credit_rate", "CreditRate"),
    (Field::CreditLine, "credit_line", "CreditLine"),
    (Field::CreditAmount, "amount", "CreditAmount Credit.Amount Credit Balance OpeningBalance"),
    (Field::Note, "note", "Note Notes"),
    (Field::InternalNote, "note", "InternalNote"),
];

/// The parts of an address: their names in the library's errors, and what follows the address's own
/// word in a header.
const ADDRESS_WORDS: &[(Part, &str, &str)] = &[
    (Part::Line1, "line1", "Street Line1 Address Address1"),
    (Part::Line2, "line2", "Street2 Line2 Address2"),
    (Part::City, "city", "City Town"),
    (Part::State, "state", "State Region"),
    (Part::PostalCode, "postal_code", "PostalCode ZipCode Zip PostCode"),
    (Part::Country, "country", "Country CountryCode"),
    (Part::Latitude, "latitude", "Latitude Coordinates.Latitude"),
    (Part::Longitude, "longitude", "Longitude Coordinates.Longitude"),
    (Part::Name, "name", "AddressName Name"),
    (Part::Note, "note", "AddressNote Note"),
];

/// How headers say which address they mean, the longer words first. Without one it is the primary.
const PLACE_WORDS: &[(&str, Place)] = &[
    ("deliveryaddress", Place::Delivery),
    ("shippingaddress", Place::Delivery),
    ("delivery", Place::Delivery),
    ("shipping", Place::Delivery),
    ("address", Place::Primary),
    ("", Place::Primary),
];

/// The fields that tell who a row is about, the surest first.
pub(super) const IDENTITY: [Field; 3] = [Field::Id, Field::ExternalId, Field::Card];

impl Field {
    /// The field a header means.
    pub(super) fn named(header: &str) -> Option<Self> {
        let word = plain(header);
        let known = |words: &str, word: &str| words.split(' ').any(|known| plain(known) == word);
        let own = WORDS.iter().find(|(_, _, words)| known(words, &word));
        own.map(|(field, _, _)| *field).or_else(|| {
            PLACE_WORDS.iter().find_map(|(place_word, place)| {
                let rest = word.strip_prefix(place_word)?;
                let (part, _, _) = ADDRESS_WORDS.iter().find(|(_, _, words)| known(words, rest))?;
                Some(Self::Address(*place, *part))
            })
        })
    }

    /// What the library's errors call the field.
    pub(super) fn parameter(self) -> String {
        match self {
            Self::Address(place, part) => {
                let part = ADDRESS_WORDS.iter().find(|(known, _, _)| *known == part);
                let name = part.map(|(_, name, _)| *name).unwrap_or_default();
                format!("{}.{name}", place.parameter())
            }
            own => {
                let own = WORDS.iter().find(|(known, _, _)| *known == own);
                own.map(|(_, name, _)| *name).unwrap_or_default().to_owned()
            }
        }
    }

    /// The first word of every field: what a person can put into a header.
    pub(super) fn first_words() -> String {
        let own = WORDS.iter().map(|(_, _, words)| *words);
        let parts = ADDRESS_WORDS.iter().map(|(_, _, words)| *words);
        let first = own.chain(parts).filter_map(|words| words.split(' ').next());
        first.collect::<Vec<_>>().join(", ")
    }
}

impl Place {
    /// What errors call the address.
    pub(super) fn parameter(self) -> &'static str {
        match self {
            Self::Primary => "address",
            Self::Delivery => "delivery",
        }
    }
}

/// A header as it is compared: letters and digits, without case and accents.
fn plain(header: &str) -> String {
    let mut word = fold(header);
    word.retain(char::is_alphanumeric);
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_means_two_fields() {
        for (field, _, words) in WORDS {
            for word in words.split(' ') {
                assert_eq!(Field::named(word), Some(*field), "{word}");
            }
        }
        for (part, _, words) in ADDRESS_WORDS {
            for word in words.split(' ') {
                let delivery = Field::Address(Place::Delivery, *part);
                assert_eq!(Field::named(&format!("Delivery {word}")), Some(delivery), "{word}");
            }
        }
    }
}
