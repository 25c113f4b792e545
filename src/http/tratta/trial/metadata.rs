//! Metadata, row by row (tratta.md section 6).

use expect_test::expect;

use super::{Shop, check_bodies};

#[test]
fn keys_come_and_go() {
    let shop = Shop::new();
    shop.ask("admin POST customers name=a&external_id=C&metadata[tier]=gold&metadata[fax]=", &[]);
    let mut told = String::new();
    for body in [
        "",
        r#"{"metadata":{"tier":"","seat":"4B"}}"#,
        "metadata[unknown]=",
        "metadata[b]=2&metadata[a]=1",
        "name=b",
        "metadata=",
        "metadata[k]=v",
        r#"{"metadata":{}}"#,
        "metadata[k]=v",
        r#"{"metadata":[]}"#,
        "metadata[k]=v",
        r#"{"metadata":null}"#,
    ] {
        let heard = shop.ask(&format!("admin PUT customers/C {body}"), &[]);
        told += &format!("{body}: {} {}\n", heard.status, heard.json()["data"]["metadata"]);
    }
    expect![[r#"
        : 200 [{"attribute":"tier","value":"gold"}]
        {"metadata":{"tier":"","seat":"4B"}}: 200 [{"attribute":"seat","value":"4B"}]
        metadata[unknown]=: 200 [{"attribute":"seat","value":"4B"}]
        metadata[b]=2&metadata[a]=1: 200 [{"attribute":"a","value":"1"},{"attribute":"b","value":"2"},{"attribute":"seat","value":"4B"}]
        name=b: 200 [{"attribute":"a","value":"1"},{"attribute":"b","value":"2"},{"attribute":"seat","value":"4B"}]
        metadata=: 200 []
        metadata[k]=v: 200 [{"attribute":"k","value":"v"}]
        {"metadata":{}}: 200 []
        metadata[k]=v: 200 [{"attribute":"k","value":"v"}]
        {"metadata":[]}: 200 []
        metadata[k]=v: 200 [{"attribute":"k","value":"v"}]
        {"metadata":null}: 200 []
    "#]]
    .assert_eq(&told);
}

#[test]
fn values_are_texts() {
    let (long, longer) = ("x".repeat(255), "x".repeat(256));
    let key = format!(r#"{{"metadata":{{"{longer}":"a"}}}}"#);
    let value = format!(r#"{{"metadata":{{"my_key":"{longer}"}}}}"#);
    let fits = format!(r#"{{"metadata":{{"{long}":"{long}"}}}}"#);
    let cut = |text: &str| text.replace(&longer, "x{256}").replace(&long, "x{255}");
    let mut told = String::new();
    let many: String = (0..300).map(|n| format!("metadata[{n}]=x&")).collect();
    for body in [&key, &value, &fits, &many] {
        let shop = Shop::new();
        shop.ask("admin POST customers name=a&external_id=C", &[]);
        let heard = shop.ask(&format!("admin PUT customers/C {body}"), &[]);
        let errors = &heard.json()["errors"];
        let cut: String = cut(body).chars().take(40).collect();
        told += &format!("{cut}: {} {errors}\n", heard.status);
    }
    expect![[r#"
        {"metadata":{"x{256}":"a"}}: 422 {"metadata.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx":["The metadata xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx must have at most 255 characters in its key."]}
        {"metadata":{"my_key":"x{256}"}}: 422 {"metadata.my_key":["The metadata my key must have at most 255 characters."]}
        {"metadata":{"x{255}":"x{255}"}}: 200 null
        metadata[0]=x&metadata[1]=x&metadata[2]=: 422 {"metadata":["The metadata must have at most 256 keys."]}
    "#]]
    .assert_eq(&told);
    check_bodies(
        "PUT customers/C",
        "/data/metadata",
        &[
            r#"{"metadata":{"n":5,"d":1.50,"t":true,"f":false}}"#,
            r#"{"metadata":{"colour":{"a":1},"list":[1]}}"#,
            r#"{"metadata":["a"]}"#,
            r#"{"metadata":"a"}"#,
            r#"{"metadata":5}"#,
            "metadata[a][b]=1",
        ],
        expect![[r#"
            {"metadata":{"n":5,"d":1.50,"t":true,"f":false}}: 200 [{"attribute":"d","value":"1.50"},{"attribute":"f","value":"false"},{"attribute":"n","value":"5"},{"attribute":"t","value":"true"}]
            {"metadata":{"colour":{"a":1},"list":[1]}}: 422 {"metadata.colour":["The metadata colour must be a text, a number, true or false."],"metadata.list":["The metadata list must be a text, a number, true or false."]}
            {"metadata":["a"]}: 422 {"metadata":["The metadata must be an object."]}
            {"metadata":"a"}: 422 {"metadata":["The metadata must be an object."]}
            {"metadata":5}: 422 {"metadata":["The metadata must be an object."]}
            metadata[a][b]=1: 422 {"metadata.a":["The metadata a must be a text, a number, true or false."]}
        "#]],
    );
}
