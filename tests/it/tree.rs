//! A shop between a centre and a till, with rows in every table that this needs.

use tillbook::sync::Limit;
use tillbook::{CreditTransaction, Customer, Money, Store};

use crate::shop::{Shop, card, customer, id};
use crate::sync::round;

/// Gives `shop` a parent and a child: some of its work is pending, a page of its parent's next state is
/// staged, and something is gone that the child has not heard of. Returns the parent and the child.
pub(crate) fn be_between(shop: &Shop) -> (Shop, Shop) {
    let (root, till) = (Shop::in_memory(21), Shop::in_memory(22));
    round(shop, &root).unwrap();
    round(&till, shop).unwrap();
    till.create_customer(&Customer { note: Some("of the till".to_owned()), ..customer("tom") })
        .unwrap();
    till.set_card(&id("tom"), &card("t1")).unwrap();
    let deposit = CreditTransaction::deposit(till.stamp(), &id("tom"), Money::from_minor(700));
    till.record(&deposit).unwrap();
    round(&till, shop).unwrap();
    round(shop, &root).unwrap();
    till.edit_customer(&id("tom"), |tom| tom.note = None).unwrap();
    round(&till, shop).unwrap();
    shop.create_customer(&customer("sue")).unwrap();
    shop.edit_customer(&id("ada"), |ada| ada.last_name = Some("Late".to_owned())).unwrap();
    shop.record(&CreditTransaction::deposit(shop.stamp(), &id("tom"), Money::from_minor(5)))
        .unwrap();
    shop.remove_card(&id("tom"), &card("t1").serial_number).unwrap();
    for name in ["ria", "ron"] {
        root.create_customer(&customer(name)).unwrap();
    }
    stage_one(shop, &root);
    (root, till)
}

/// Stages the first unit that has changed, and not the rest.
fn stage_one(shop: &Store, root: &Store) {
    let one = Limit { items: 1, ..Limit::PAGE };
    let page = root.changes_since(shop.node(), shop.cursor().unwrap().as_ref(), one).unwrap();
    assert!(page.checkpoint.is_none());
    shop.stage(&page).unwrap();
}
