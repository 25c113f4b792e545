//! What two tills wrote apart meets on a third node: no rule that only both broke shuts anybody out.

use tillbook::{Customer, Timestamp};

use crate::shop::{Shop, customer, id, said, send};

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
