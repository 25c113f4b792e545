//! The formats are for ever: what a file says today is what it says in ten years.

use std::fmt::Write;

use expect_test::expect;
use tillbook::{CreditTransaction, Money, Rate};

use crate::shop::{Shop, card, customer, operations};

#[test]
fn the_first_operations_of_a_file_never_change() {
    let shop = Shop::in_memory(2026);
    let mut ada = customer("ada");
    ada.first_name = Some("Ada".into());
    ada.last_name = Some("Lovelace, née Byron".into());
    ada.credit_rate = Rate::parse("0.05").unwrap();
    ada.meta.insert("size".into(), serde_json::json!({ "eu": 38.50, "uk": [5, null] }));
    ada = shop.create_customer(&ada).unwrap();
    let mut deposit = CreditTransaction::deposit(shop.stamp(), &ada.id, Money::from_minor(1250));
    deposit.note = Some("birthday".into());
    shop.record(&deposit).unwrap();
    shop.set_card(&ada.id, &card("0012345678")).unwrap();
    shop.edit_customer(&ada.id, |ada| ada.last_name = None).unwrap();

    let mut told = String::new();
    for operation in operations(&shop) {
        let hex = |bytes: &[u8]| bytes.iter().fold(String::new(), |t, b| format!("{t}{b:02x}"));
        let (salt, personal) = operation
            .personal
            .map_or(("-".into(), "-".into()), |personal| (hex(&personal.salt), personal.text));
        writeln!(told, "{} schema {} at {}", operation.id, operation.schema, operation.hlc)
            .unwrap();
        writeln!(told, "  facts    {}", operation.facts).unwrap();
        writeln!(told, "  personal {personal}").unwrap();
        writeln!(told, "  salt     {salt}").unwrap();
        writeln!(told, "  hash     {}", hex(&operation.hash)).unwrap();
    }
    expect![[r#"
        238d949198559cdb5d4535ed7d92bc78/556b8f3ae6f15c47/1 schema 1 at 019b796dd6000000238d949198559cdb5d4535ed7d92bc78
          facts    [{"change":"create","customer":"ada","fields":{"credit_rate":50000}}]
          personal [{"first_name":"Ada","last_name":"Lovelace, née Byron","meta.size":{"eu":38.5,"uk":[5,null]}}]
          salt     f204a1d58a93806249ff98071e9ca6ca
          hash     929c6be27601c8e7c94cce1b05e222d4e5cbf23a5ccfe2e7c4a80d09c5e49827
        238d949198559cdb5d4535ed7d92bc78/556b8f3ae6f15c47/2 schema 1 at 019b796dd6000001238d949198559cdb5d4535ed7d92bc78
          facts    [{"change":"credit","customer":"ada","fields":{"amount":1250,"at":1767268800000,"balance_after":1250,"id":"019b796d-d600-735a-a476-71a0f5b9ae39","kind":"deposit"}}]
          personal [{"note":"birthday"}]
          salt     2de2d863e5c4f6cdf412201a7171b855
          hash     83b13de28951a3e68d5d9627a6984c3b91813e96320f8ae3aae98b78d5008efd
        238d949198559cdb5d4535ed7d92bc78/556b8f3ae6f15c47/3 schema 1 at 019b796dd6000002238d949198559cdb5d4535ed7d92bc78
          facts    [{"change":"card.set","customer":"ada"}]
          personal [{"serial_number":"0012345678"}]
          salt     4247e814fd78e53a6de3a3b3d6a8cb55
          hash     6a8db515a7cdb818b9ae662af406dbaf995b7172106f99a285f654115c6aad06
        238d949198559cdb5d4535ed7d92bc78/556b8f3ae6f15c47/4 schema 1 at 019b796dd6000003238d949198559cdb5d4535ed7d92bc78
          facts    [{"change":"set","customer":"ada"}]
          personal [{"last_name":null}]
          salt     e0a77fdeded6e0e6187ba61884629551
          hash     4c31f43825f482b1ca928df0c452920e14fc9c241a6030da5f96b1330ffd197b
    "#]].assert_eq(&told);
}
