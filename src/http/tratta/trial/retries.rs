//! A write that is named runs once, and nothing of it outlives an erase.

use super::Shop;

#[test]
fn a_named_write_runs_once() {
    let shop = Shop::new();
    let named: &[&str] = &["idempotency-key: one"];
    let first = shop.ask("creator POST customers name=a&external_id=C", named);
    let again = shop.ask("creator POST customers name=a&external_id=C", named);
    assert_eq!((first.status, &first.body, &first.etag), (again.status, &again.body, &again.etag));
    let other = shop.ask("creator POST customers name=b", named);
    assert_eq!(
        (other.status, other.json()["errorCode"].as_str()),
        (422, Some("validation_failed"))
    );
    assert_eq!(shop.ask("reader GET customers", &[]).json()["meta"]["total"], 1);
    for request in ["PUT customers/C ssn_last4=123456789", "PUT customers/C name="] {
        let named = [format!("idempotency-key: {request}")];
        let heard = [0, 1].map(|_| shop.ask(&format!("updater {request}"), &[&named[0]]));
        assert_eq!((heard[0].status, &heard[0].body), (422, &heard[1].body), "{request}");
    }
}

/// Of a customer who is named by an external id as well, refusals included.
#[test]
fn what_is_remembered_goes_with_the_customer() {
    let shop = Shop::new();
    let n_remembered = || {
        let count = |conn: &rusqlite::Connection| {
            Ok(conn.query_row("select count(*) from answer", [], |row| row.get::<_, i64>(0))?)
        };
        shop.store.read(count).unwrap()
    };
    let ask = |n: usize, request: &str| {
        shop.ask(&format!("admin {request}"), &[&format!("idempotency-key: {n}")])
    };
    let made = ask(1, "POST customers name=a&external_id=C&address[line1]=x").json();
    let address = made["data"]["addresses"][0]["id"].as_str().unwrap();
    for (n, request) in [
        "PUT customers/C name=b".to_owned(),
        "PUT customers/C name=".to_owned(),
        "POST customers/C/addresses postal_code=10001".to_owned(),
        format!("PUT customers/C/addresses/{address} postal_code=x"),
        format!("DELETE customers/C/addresses/{address}"),
        "DELETE customers/C".to_owned(),
    ]
    .iter()
    .enumerate()
    {
        ask(n + 2, request);
    }
    assert_eq!(n_remembered(), 7);
    let id = made["data"]["id"].as_str().unwrap();
    assert_eq!(shop.ask(&format!("admin POST /customers/{id}/erase"), &[]).status, 204);
    assert_eq!(n_remembered(), 0);
}
