//! Places: where a rule is broken, as Portos spells it, `Cards[0].SerialNumber` (portos.md section
//! 10, row 18).

use crate::http::json::Naming;
use crate::profile::Replacement;

/// A property's name in errors: its first letter is a capital one.
pub(super) const NAMING: Naming = capital;

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// The library's names of what Portos calls otherwise.
const WORDS: &[(&str, &str)] = &[
    ("activation_at", "ActivationTime"),
    ("amount", "Credit.Amount"),
    ("credit", "Credit.Amount"),
    ("delivery_address_id", "DeliveryAddress"),
    ("expiration_at", "ExpirationTime"),
    ("latitude", "Coordinates.Latitude"),
    ("line1", "Street"),
    ("longitude", "Coordinates.Longitude"),
    ("primary_address_id", "Address"),
    ("standing", "IsActive"),
    ("status_at", "StatusTime"),
    ("version", "_v"),
];

/// The place that the library calls `parameter`.
pub(super) fn place(parameter: &str) -> String {
    let places = parameter.split('.').map(|part| {
        let (name, index) = part.split_at(part.find('[').unwrap_or(part.len()));
        let known = WORDS.iter().find(|(known, _)| *known == name);
        let word = known
            .map_or_else(|| name.split('_').map(capital).collect(), |(_, word)| (*word).to_owned());
        word + index
    });
    places.collect::<Vec<_>>().join(".")
}

/// The place that the library calls `parameter` when it refuses `new`: an address is known by what
/// it is to the customer.
pub(super) fn place_in(parameter: &str, new: &Replacement) -> String {
    let address = || -> Option<String> {
        let (i, part) = parameter.strip_prefix("addresses[")?.split_once("].")?;
        let id = &new.addresses.as_ref()?.get(i.parse::<usize>().ok()?)?.id;
        let customer = &new.customer;
        let uses = [
            ("Address", &customer.primary_address_id),
            ("DeliveryAddress", &customer.delivery_address_id),
        ];
        let (name, _) = uses.into_iter().find(|(_, reference)| reference.as_ref() == Some(id))?;
        Some(format!("{name}.{}", place(part)))
    };
    address().unwrap_or_else(|| place(parameter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_spelled_as_the_contract_spells_them() {
        for (parameter, expected) in [
            ("cards[0].serial_number", "Cards[0].SerialNumber"),
            ("cards", "Cards"),
            ("external_id", "ExternalId"),
            ("company.vat_id", "Company.VatId"),
            ("discount_rate", "DiscountRate"),
            ("cards[12].expiration_at", "Cards[12].ExpirationTime"),
            ("amount", "Credit.Amount"),
            ("addresses[3].line1", "Addresses[3].Street"),
            ("version", "_v"),
        ] {
            assert_eq!(place(parameter), expected);
        }
        assert_eq!(["_v", "vatId", ""].map(NAMING), ["_v", "VatId", ""]);
    }
}
