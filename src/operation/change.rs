//! A change: one of the things an operation did, and how it is written as facts and personal part.

use serde_json::{Map, Value, json};

use crate::choice::choice;
use crate::id::{CustomerId, LocationId, Subject};
use crate::register::Fields;

choice! {
    /// What a change does to its customer or its location.
    ChangeKind {
        /// Brings a customer into being and sets fields.
        Create = "create",
        /// Sets fields.
        Set = "set",
        /// Stores a card as a whole.
        CardSet = "card.set",
        /// Takes a card away.
        CardRemove = "card.remove",
        /// Stores an address as a whole.
        AddressSet = "address.set",
        /// Takes an address away.
        AddressRemove = "address.remove",
        /// Stores a debt account as a whole.
        DebtAccountSet = "debt_account.set",
        /// Takes a debt account away.
        DebtAccountRemove = "debt_account.remove",
        /// Adds a credit transaction.
        Credit = "credit",
        /// Adds a ban note.
        BanNote = "ban_note",
        /// Hides the customer.
        Delete = "delete",
        /// Shows the customer again.
        Undelete = "undelete",
        /// Takes all personal data away, for ever.
        Erase = "erase",
        /// Takes over cards, addresses and debt accounts of the customer named by the field `from`;
        /// lists them, so that they outlive an erase of that customer.
        Merge = "merge",
        /// Gives up a claim.
        Release = "release",
        /// Marks a conflict as settled the way it stands.
        Keep = "keep",
        /// Sets fields of a location; brings it into being where it is not known.
        LocationSet = "location.set",
        /// Hides a location; those below it stay.
        LocationRemove = "location.remove",
    }
}

impl ChangeKind {
    /// Whether it is a location that is changed, and not a customer.
    const fn is_of_location(self) -> bool {
        matches!(self, Self::LocationSet | Self::LocationRemove)
    }
}

/// One change of one customer or one location.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    pub(crate) kind: ChangeKind,
    pub(crate) subject: Subject,
    pub(crate) fields: Fields,
}

/// Fields that are no personal data and outlive an erase: ids of ours, kinds, amounts, times and
/// what decides about money. Of a location every field is a fact.
const FACTS: [&str; 22] = [
    "activation_at",
    "amount",
    "at",
    "balance_after",
    "ban",
    "claim",
    "credit_line",
    "credit_rate",
    "delivery_address_id",
    "discount_rate",
    "expiration_at",
    "from",
    "id",
    "is_active",
    "is_virtual",
    "kind",
    "on_sight",
    "paid",
    "primary_address_id",
    "standing",
    "status",
    "target",
];

/// Why stored text is no list of changes.
#[derive(Debug)]
pub(super) enum ReadError {
    Damaged,
    UnknownKind(String),
}

/// The texts of the facts and of the personal part, which is `None` when no change has any.
pub(super) fn write(changes: &[Change]) -> (String, Option<String>) {
    let (facts, personal): (Vec<Value>, Vec<Value>) = changes.iter().map(split).unzip();
    let any = personal.iter().any(|part| !part.is_null());
    (Value::Array(facts).to_string(), any.then(|| Value::Array(personal).to_string()))
}

impl Change {
    pub(crate) fn new(kind: ChangeKind, subject: impl Into<Subject>, fields: Fields) -> Self {
        Self { kind, subject: subject.into(), fields }
    }

    /// A change without fields.
    pub(crate) fn bare(kind: ChangeKind, subject: impl Into<Subject>) -> Self {
        Self::new(kind, subject, Fields::new())
    }

    /// Whether it tells anything about a person that an erase must take away.
    pub(super) fn is_personal(&self) -> bool {
        self.fields.keys().any(|name| !is_fact(self.kind, name))
    }
}

fn is_fact(kind: ChangeKind, name: &str) -> bool {
    kind.is_of_location() || FACTS.binary_search(&name).is_ok()
}

fn split(change: &Change) -> (Value, Value) {
    let fields = change.fields.clone().into_iter();
    let (facts, personal): (Map<String, Value>, Map<String, Value>) =
        fields.partition(|(name, _)| is_fact(change.kind, name));
    let mut object = json!({ "change": change.kind.as_str() });
    object[change.subject.noun()] = Value::from(change.subject.as_str());
    if !facts.is_empty() {
        object["fields"] = Value::Object(facts);
    }
    let personal = if personal.is_empty() { Value::Null } else { Value::Object(personal) };
    (object, personal)
}

/// Reads what [`write`] wrote; without the personal part, what an erase has left of it.
pub(super) fn read(facts: &str, personal: Option<&str>) -> Result<Vec<Change>, ReadError> {
    let facts: Vec<Value> = serde_json::from_str(facts).map_err(|_| ReadError::Damaged)?;
    let personal: Vec<Value> = match personal {
        Some(text) => serde_json::from_str(text).map_err(|_| ReadError::Damaged)?,
        None => vec![Value::Null; facts.len()],
    };
    if personal.len() != facts.len() {
        return Err(ReadError::Damaged);
    }
    facts.iter().zip(personal).map(|(facts, personal)| join(facts, personal)).collect()
}

fn join(facts: &Value, personal: Value) -> Result<Change, ReadError> {
    let text = |name: &str| facts.get(name).and_then(Value::as_str).ok_or(ReadError::Damaged);
    let kind = text("change")?;
    let kind = ChangeKind::parse(kind).ok_or_else(|| ReadError::UnknownKind(kind.to_owned()))?;
    let subject = match kind.is_of_location() {
        true => LocationId::new(text("location")?).map(Subject::Location),
        false => CustomerId::new(text("customer")?).map(Subject::Customer),
    };
    let subject = subject.map_err(|_| ReadError::Damaged)?;
    let fields = match facts.get("fields") {
        None => Fields::new(),
        Some(Value::Object(fields)) => fields.clone().into_iter().collect(),
        Some(_) => return Err(ReadError::Damaged),
    };
    let mut change = Change { kind, subject, fields };
    match personal {
        Value::Null => {}
        // A fact outlives an erase, so nothing that is erased may stand in for one.
        Value::Object(more) if !more.keys().any(|name| is_fact(kind, name)) => {
            change.fields.extend(more);
        }
        _ => return Err(ReadError::Damaged),
    }
    Ok(change)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn facts_and_personal_part_are_told_apart() {
        let ada = CustomerId::new("ada").expect("an id");
        let shop = LocationId::new("shop").expect("an id");
        let fields =
            |value: Value| value.as_object().cloned().unwrap_or_default().into_iter().collect();
        let changes = [
            Change::new(
                ChangeKind::Create,
                &ada,
                fields(json!({ "first_name": "Ada", "standing": "prospect", "meta.size": 1 })),
            ),
            Change::new(
                ChangeKind::Credit,
                &ada,
                fields(json!({ "id": "t1", "kind": "deposit", "amount": 500, "at": 7 })),
            ),
            Change::bare(ChangeKind::Delete, &ada),
            Change::new(ChangeKind::LocationSet, &shop, fields(json!({ "name": "Main Street" }))),
        ];
        let (facts, personal) = write(&changes);
        expect![[r#"[{"change":"create","customer":"ada","fields":{"standing":"prospect"}},{"change":"credit","customer":"ada","fields":{"amount":500,"at":7,"id":"t1","kind":"deposit"}},{"change":"delete","customer":"ada"},{"change":"location.set","fields":{"name":"Main Street"},"location":"shop"}]"#]].assert_eq(&facts);
        expect![[r#"[{"first_name":"Ada","meta.size":1},null,null,null]"#]]
            .assert_eq(personal.as_deref().unwrap_or_default());
        assert_eq!(read(&facts, personal.as_deref()).expect("reads back"), changes);
        let left = read(&facts, None).expect("reads back");
        assert_eq!(left[0].fields.len(), 1, "an erase leaves the facts");
        assert_eq!(write(&changes[1..]).1, None, "no personal part without personal data");
    }

    #[test]
    fn the_facts_are_in_order() {
        assert!(FACTS.is_sorted(), "binary search needs it");
    }
}
