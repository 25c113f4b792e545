//! Places: what Synctera calls the fields that the library refuses.

/// The library's names of what Synctera calls otherwise.
const WORDS: &[(&str, &str)] = &[
    ("ban", "ban_status"),
    ("birth_date", "dob"),
    ("delivery_address_id", "shipping_address"),
    ("meta", "metadata"),
    ("phone", "phone_number"),
    ("primary_address_id", "legal_address"),
    ("ssn_last4", "ssn"),
    ("standing", "status"),
    ("text", "note"),
];

/// The place that the library calls `parameter`. Addresses, whose place in the library's list means
/// nothing to a caller, are checked before they get there.
pub(super) fn place(parameter: &str) -> String {
    let known = WORDS.iter().find(|(known, _)| *known == parameter);
    known.map_or(parameter, |(_, word)| word).to_owned()
}
