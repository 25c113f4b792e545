//! What others wrote meets on a node: no rule that only two of them broke shuts anybody out, and
//! fields of newer versions are carried.

use serde_json::{Value, json};
use tillbook::{
    Address, AddressId, CreditTransaction, Customer, Date, Money, Replacement, Timestamp,
};

use crate::shop::{Shop, card, customer, id, operations, said, send};

#[test]
fn times_that_met_from_two_tills_leave_the_customer_editable() {
    let [first, second, root] = [1, 2, 3].map(Shop::in_memory);
    let (early, late) = (Timestamp::from_ms(1_000), Timestamp::from_ms(2_000));
    first.create_customer(&Customer { activation_at: Some(late), ..customer("ada") }).unwrap();
    second.create_customer(&Customer { expiration_at: Some(early), ..customer("ada") }).unwrap();
    send(&first, &root);
    send(&second, &root);
    let ada = root.edit_customer(&id("ada"), |ada| ada.note = Some("met".into())).unwrap();
    assert_eq!((ada.activation_at, ada.expiration_at), (Some(late), Some(early)));
    // Whoever touches the times must set them right.
    let worse = root.edit_customer(&id("ada"), |ada| ada.activation_at = Some(Timestamp::MAX));
    assert_eq!(said(worse), "expiration_at must not be before the activation");
    let better = root.edit_customer(&id("ada"), |ada| ada.expiration_at = None);
    assert_eq!(said(better), "ok");
}

/// Whatever a caller says of fields that it does not know, they stay as their author wrote them.
#[test]
fn fields_of_newer_versions_are_carried() {
    let [newer, older] = [1, 2].map(Shop::in_memory);
    let address = Address::with_id(AddressId::new("home").unwrap());
    let (cards, addresses) = (Some(vec![card("7")]), Some(vec![address.clone()]));
    newer.create(&Replacement { cards, addresses, ..customer("ada").into() }).unwrap();
    let mut operation = operations(&newer).remove(0);
    let personal = operation.personal.as_mut().unwrap();
    let mut changes: Vec<Value> = serde_json::from_str(&personal.text).unwrap();
    for change in &mut changes {
        let fields = change.as_object().cloned().unwrap_or_default();
        *change =
            Value::Object(fields.into_iter().chain([("newer".into(), json!(1.10))]).collect());
    }
    personal.text = Value::Array(changes).to_string();
    let hashed = [&personal.salt, personal.text.as_bytes()].concat();
    operation.personal_hash = Some(blake3::hash(&hashed).into());
    operation.hash = operation.chained(&[0; 32]);
    assert!(older.write(|tx| tx.receive(&operation)).unwrap());

    let mut seventh = card("7");
    seventh.note = Some("blue".into());
    seventh.ext.insert("invented".into(), json!(true));
    older.set_card(&id("ada"), &seventh).unwrap();
    older.set_address(&id("ada"), &address).unwrap();
    let ada = older.edit_customer(&id("ada"), |ada| ada.ext.clear()).unwrap();
    let profile = older.profile(&ada.id).unwrap();
    let carried = json!({ "newer": 1.10 });
    assert_eq!(Value::Object(profile.customer.ext), carried);
    assert_eq!(Value::Object(profile.cards[0].ext.clone()), carried);
    assert_eq!(Value::Object(profile.addresses[0].ext.clone()), carried);
    assert_eq!(profile.cards[0].note.as_deref(), Some("blue"));
    assert!(older.check(|_| ()).unwrap().is_sound());
}

/// A till whose battery is dead thinks it is 1970; a lost card is blocked all the same.
#[test]
fn a_dead_clock_stops_no_edit() {
    let shop = Shop::in_memory(1);
    let birth_date = Some(Date::new(2000, 1, 1).unwrap());
    shop.create_customer(&Customer { birth_date, ..customer("ada") }).unwrap();
    shop.clock.set(Timestamp::from_ms(0));
    assert_eq!(said(shop.set_card(&id("ada"), &card("7"))), "ok");
    assert_eq!(said(shop.remove_card(&id("ada"), &card("7").serial_number)), "ok");
    let newborn = Customer { birth_date, ..customer("bob") };
    assert_eq!(said(shop.create_customer(&newborn)), "birth_date must not be after today");
}

/// Credit that reached a customer after the deletion is not wiped by reviving it.
#[test]
fn reviving_wipes_no_credit() {
    let [till, shop] = [1, 2].map(Shop::in_memory);
    till.create_customer(&customer("ada")).unwrap();
    send(&till, &shop);
    shop.delete_customer(&id("ada"), None).unwrap();
    let five = Money::from_minor(500);
    till.record(&CreditTransaction::deposit(till.stamp(), &id("ada"), five)).unwrap();
    send(&till, &shop);
    let revived = |credit| Replacement { credit, ..customer("ada").into() };
    let wiped = shop.create(&revived(Some(Money::ZERO)));
    assert_eq!(said(wiped), "version is needed: the credit differs from the balance");
    assert_eq!(shop.create(&revived(None)).unwrap().credit, five);
}
