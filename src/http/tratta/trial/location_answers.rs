//! What is answered of locations, to whom, and how often.

use expect_test::expect;

use super::check;
use super::locations::{coast, text};

#[test]
fn locations_come_and_go() {
    check(
        r#"
        creator POST locations name=+Coast+&external_id=C1
        creator POST locations {"name":"Harbour","type":"current_creditor","parent_id":"C1","metadata":{"colour":"red","n":5,"none":""},"children":[1],"whatever":1}
        reader GET locations/C1
        updater PUT locations/C1 name=Shore
        reader GET locations
        updater PUT locations/C1
        creator DELETE locations/C1
        reader GET locations/C1
        creator DELETE locations/C1
        creator PUT locations/C1 name=x
        reader GET locations
        creator POST locations name=Shore&external_id=C1
        "#,
        expect![[r#"
            > creator POST locations name=+Coast+&external_id=C1
            201 {"data":{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","name":"Coast","type":"original_creditor","external_id":"C1","children":[],"parent":null,"metadata":[]}}
            > creator POST locations {"name":"Harbour","type":"current_creditor","parent_id":"C1","metadata":{"colour":"red","n":5,"none":""},"children":[1],"whatever":1}
            201 {"data":{"id":"018cc820-db30-7895-baef-da4f1862d2d4","name":"Harbour","type":"current_creditor","external_id":null,"children":[],"parent":{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","name":"Coast","external_id":"C1"},"metadata":[{"attribute":"colour","value":"red"},{"attribute":"n","value":"5"}]}}
            > reader GET locations/C1
            200 {"data":{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","name":"Coast","type":"original_creditor","external_id":"C1","children":[{"id":"018cc820-db30-7895-baef-da4f1862d2d4","name":"Harbour","external_id":null}],"parent":null,"metadata":[]}}
            > updater PUT locations/C1 name=Shore
            200 {"data":{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","name":"Shore","type":"original_creditor","external_id":"C1","children":[{"id":"018cc820-db30-7895-baef-da4f1862d2d4","name":"Harbour","external_id":null}],"parent":null,"metadata":[]}}
            > reader GET locations
            200 {"data":[{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","name":"Shore","type":"original_creditor","external_id":"C1","children":[{"id":"018cc820-db30-7895-baef-da4f1862d2d4","name":"Harbour","external_id":null}],"parent":null,"metadata":[]},{"id":"018cc820-db30-7895-baef-da4f1862d2d4","name":"Harbour","type":"current_creditor","external_id":null,"children":[],"parent":{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","name":"Shore","external_id":"C1"},"metadata":[{"attribute":"colour","value":"red"},{"attribute":"n","value":"5"}]}],"links":{"first":"http://shop:4000/api/v1/locations?page=1","last":"http://shop:4000/api/v1/locations?page=1","prev":null,"next":null},"meta":{"current_page":1,"from":1,"last_page":1,"path":"http://shop:4000/api/v1/locations","per_page":10,"to":2,"total":2}}
            > updater PUT locations/C1
            200 {"data":{"id":"018cc820-db2f-788a-848c-ca5a9cf8acf8","name":"Shore","type":"original_creditor","external_id":"C1","children":[{"id":"018cc820-db30-7895-baef-da4f1862d2d4","name":"Harbour","external_id":null}],"parent":null,"metadata":[]}}
            > creator DELETE locations/C1
            200 {"success":true}
            > reader GET locations/C1
            404 {"message":"There is no such location.","error":"There is no such location.","errorCode":"not_found"}
            > creator DELETE locations/C1
            404 {"message":"There is no such location.","error":"There is no such location.","errorCode":"not_found"}
            > creator PUT locations/C1 name=x
            404 {"message":"There is no such location.","error":"There is no such location.","errorCode":"not_found"}
            > reader GET locations
            200 {"data":[{"id":"018cc820-db30-7895-baef-da4f1862d2d4","name":"Harbour","type":"current_creditor","external_id":null,"children":[],"parent":null,"metadata":[{"attribute":"colour","value":"red"},{"attribute":"n","value":"5"}]}],"links":{"first":"http://shop:4000/api/v1/locations?page=1","last":"http://shop:4000/api/v1/locations?page=1","prev":null,"next":null},"meta":{"current_page":1,"from":1,"last_page":1,"path":"http://shop:4000/api/v1/locations","per_page":10,"to":1,"total":1}}
            > creator POST locations name=Shore&external_id=C1
            201 {"data":{"id":"018cc820-db3a-718e-92bf-b27bb68e2bf4","name":"Shore","type":"original_creditor","external_id":"C1","children":[],"parent":null,"metadata":[]}}
        "#]],
    );
}

/// Those below are told of by name, and none that is below them.
#[test]
fn children_are_those_directly_below() {
    let (shop, _) = coast();
    for name in ["bay", "cape", "Zee", "Ábel"] {
        shop.ask(&format!("creator POST locations name={name}&parent_id=C1"), &[]);
    }
    let children = shop.ask("reader GET locations/C1", &[]).json()["data"]["children"].clone();
    let names: Vec<_> = children.as_array().unwrap().iter().map(|one| text(one, "name")).collect();
    expect!["Zee bay cape harbour Ábel"].assert_eq(&names.join(" "));
    let keys: Vec<_> = children[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["external_id", "id", "name"]);
}

/// An id goes before an external id, in the path and as a parent; that of one that is gone stands in
/// nobody's way.
#[test]
fn a_location_is_named_by_id_or_external_id() {
    let (shop, [coast, ..]) = coast();
    let heard = shop.ask(&format!("creator POST locations name=other&external_id={coast}"), &[]);
    assert_eq!(heard.status, 201);
    let told = || {
        let read = shop.ask(&format!("reader GET locations/{coast}"), &[]).json();
        shop.ask(&format!("creator PUT locations/I4 parent_id={coast}"), &[]);
        let inland = shop.ask("reader GET locations/I4", &[]).json();
        [&read["data"], &inland["data"]["parent"]].map(|one| text(one, "name").to_owned())
    };
    assert_eq!(told(), ["coast", "coast"]);
    shop.ask(&format!("creator DELETE locations/{coast}"), &[]);
    assert_eq!(told(), ["other", "other"]);
    shop.ask("creator POST locations name=slash&external_id=a%2Fb+%C5%BD", &[]);
    let read = shop.ask("reader GET locations/a%2Fb%20%C5%BD", &[]).json();
    assert_eq!(text(&read["data"], "name"), "slash");
}

#[test]
fn locations_in_pages() {
    let (shop, _) = coast();
    let mut told = String::new();
    for target in [
        "locations",
        "locations?limit=2&page=2",
        "locations?limit=3&page=9&colour=red",
        "locations?limit=501",
        "locations?page=x",
    ] {
        let document = shop.ask(&format!("reader GET {target}"), &[]).json();
        let Some(data) = document["data"].as_array() else {
            told += &format!("{target}: {}\n", document["errors"]);
            continue;
        };
        let names: Vec<_> = data.iter().map(|one| text(one, "name")).collect();
        told += format!("{target}: {}", names.join(" ")).trim_end();
        told += &format!("\n  {}\n  {}\n", document["links"], document["meta"]);
    }
    expect![[r#"
        locations: coast harbour pier inland
          {"first":"http://shop:4000/api/v1/locations?page=1","last":"http://shop:4000/api/v1/locations?page=1","next":null,"prev":null}
          {"current_page":1,"from":1,"last_page":1,"path":"http://shop:4000/api/v1/locations","per_page":10,"to":4,"total":4}
        locations?limit=2&page=2: pier inland
          {"first":"http://shop:4000/api/v1/locations?limit=2&page=1","last":"http://shop:4000/api/v1/locations?limit=2&page=2","next":null,"prev":"http://shop:4000/api/v1/locations?limit=2&page=1"}
          {"current_page":2,"from":3,"last_page":2,"path":"http://shop:4000/api/v1/locations","per_page":"2","to":4,"total":4}
        locations?limit=3&page=9&colour=red:
          {"first":"http://shop:4000/api/v1/locations?limit=3&colour=red&page=1","last":"http://shop:4000/api/v1/locations?limit=3&colour=red&page=2","next":null,"prev":"http://shop:4000/api/v1/locations?limit=3&colour=red&page=8"}
          {"current_page":9,"from":null,"last_page":2,"path":"http://shop:4000/api/v1/locations","per_page":"3","to":null,"total":4}
        locations?limit=501: {"limit":["The limit must be a whole number from 1 to 500."]}
        locations?page=x: coast harbour pier inland
          {"first":"http://shop:4000/api/v1/locations?page=1","last":"http://shop:4000/api/v1/locations?page=1","next":null,"prev":null}
          {"current_page":1,"from":1,"last_page":1,"path":"http://shop:4000/api/v1/locations","per_page":10,"to":4,"total":4}
    "#]].assert_eq(&told);
}

#[test]
fn who_may_write_locations() {
    let requests = [
        "GET locations",
        "GET locations/P3",
        "POST locations name=x",
        "PUT locations/P3 name=x",
        "DELETE locations/P3",
    ];
    let mut told = String::new();
    for key in ["-", "reader", "creator", "updater", "deleter", "admin"] {
        let statuses = requests.map(|request| {
            let (shop, _) = coast();
            shop.ask(&format!("{key} {request}"), &[]).status.to_string()
        });
        told += &format!("{key}: {}\n", statuses.join(" "));
    }
    expect![[r#"
        -: 401 401 401 401 401
        reader: 200 200 403 403 403
        creator: 200 200 201 200 200
        updater: 200 200 201 200 200
        deleter: 200 200 403 403 403
        admin: 200 200 201 200 200
    "#]]
    .assert_eq(&told);
}

#[test]
fn a_named_write_of_a_location_runs_once() {
    let (shop, _) = coast();
    let before = shop.n_operations();
    for (request, status) in [
        ("POST locations name=x&external_id=X", 201),
        ("POST locations name=coast", 422),
        ("PUT locations/X name=y", 200),
        ("DELETE locations/X", 200),
        ("DELETE locations/nobody", 404),
    ] {
        let named = [format!("idempotency-key: {request}")];
        let heard = [0, 1].map(|_| shop.ask(&format!("creator {request}"), &[&named[0]]));
        assert_eq!((heard[0].status, heard[1].status), (status, status), "{request}");
        assert_eq!((&heard[0].body, &heard[0].etag), (&heard[1].body, &heard[1].etag));
    }
    assert_eq!(shop.n_operations() - before, 3);
}

/// The tag of a location covers what is told of its neighbours, too.
#[test]
fn the_state_of_a_location_is_named_by_its_tag() {
    let (shop, _) = coast();
    let read = |target: &str| shop.ask(&format!("reader GET {target}"), &[]).etag.unwrap();
    let (list, tag) = (read("locations"), read("locations/H2"));
    for (target, tag) in [("locations", &list), ("locations/H2", &tag)] {
        let known = format!("if-none-match: {tag}");
        assert_eq!(shop.ask(&format!("reader GET {target}"), &[&known]).status, 304);
    }
    let named = format!("if-match: {tag}");
    let changed = shop.ask("creator PUT locations/H2 name=haven", &[&named]);
    assert_eq!((changed.status, changed.etag), (200, Some(read("locations/H2"))));
    for request in ["PUT locations/H2 name=port", "DELETE locations/H2"] {
        let heard = shop.ask(&format!("creator {request}"), &[&named]);
        assert_eq!(
            (heard.status, &heard.json()["errorCode"]),
            (412, &"precondition_failed".into())
        );
    }
    let named = format!("if-match: {}", read("locations/H2"));
    shop.ask("creator PUT locations/C1 name=Shore", &[]);
    assert_eq!(shop.ask("creator DELETE locations/H2", &[&named]).status, 412);
}
