//! `tillbook serve`, over a socket.

use expect_test::expect;

use super::certificate::Certificate;
use super::client::Serving;
use super::{Result, Shop, bakery, card, customer, zofia};

#[test]
fn an_empty_folder_becomes_a_server() -> Result<()> {
    let shop = Shop::empty()?;
    let serving = Serving::start(&shop, &[])?;
    let key = serving.key().ok_or("no key")?;
    let address = serving.address.to_string();
    let told = serving.told().replace(&key, "KEY").replace(&address, "ADDRESS");
    expect![[r#"
        tillbook serves FOLDER/shop.db (no customers yet)
          at      http://ADDRESS
          docs    http://ADDRESS/docs
          stop    Ctrl-C

        The first key has every right and is not shown again. This lists the customers:

          curl -H "Authorization: Bearer KEY" http://ADDRESS/customers

        `tillbook key add NAME` makes another one.
    "#]]
    .assert_eq(&told.replace(&shop.folder.path().display().to_string(), "FOLDER"));
    let path = serving.curl().and_then(|curl| Some(curl.rsplit_once(&address)?.1.to_owned()));
    let line = format!("GET {}", path.ok_or("no path")?);
    let list = serving.client()?.ask(&key, &line, "")?;
    assert_eq!((list.status, &*list.text()), (200, "{\"items\":[],\"count\":0,\"totalCount\":0}"));
    let body = "{\"Id\": \"ada\", \"FirstName\": \"Ada\"}";
    assert_eq!(serving.client()?.ask(&key, "POST /customers", body)?.status, 201);
    assert_eq!(serving.client()?.ask("x.y", &line, "")?.status, 401);
    serving.kill()?;

    let again = Serving::start(&shop, &[])?;
    let told = again.told().replace(&again.address.to_string(), "ADDRESS");
    expect![[r#"
        tillbook serves FOLDER/shop.db
          at      http://ADDRESS
          docs    http://ADDRESS/docs
          stop    Ctrl-C

        `tillbook key add NAME` makes a key, `tillbook key list` shows who has one.
    "#]]
    .assert_eq(&told.replace(&shop.folder.path().display().to_string(), "FOLDER"));
    let answer = again.client()?.ask(&key, "GET /customers/ada", "")?;
    assert_eq!(answer.status, 200, "the first key still opens");
    again.kill()
}

/// One row that does not read keeps nobody from all others.
#[test]
fn a_file_with_a_row_that_does_not_read_is_served() -> Result<()> {
    let shop = Shop::open()?;
    let conn = rusqlite::Connection::open(shop.db())?;
    conn.execute_batch(
        "pragma ignore_check_constraints = on; update customer set ban = 'alloved'",
    )?;
    drop(conn);
    let serving = Serving::start(&shop, &[])?;
    let told = serving.told();
    assert!(told.contains("(a customer does not read: `tillbook check` names who)"), "{told}");
    assert_eq!(serving.client()?.ask("x.y", "GET /health", "")?.status, 200);
    serving.kill()
}

#[test]
fn a_customer_is_read_and_deleted() -> Result<()> {
    let shop = Shop::open()?;
    let serving = Serving::start(&shop, &["--mount", "portos=/api"])?;
    let key = serving.key().ok_or("no key")?;
    let curl = serving.curl().ok_or("no line to try")?;
    assert!(curl.ends_with("/api/customers"), "{curl}");
    let path = format!("/api/customers/{}", bakery().customer.id);
    let mut client = serving.client()?;
    let read = client.ask(&key, &format!("GET {path}"), "")?;
    assert_eq!(read.status, 200);
    assert!(read.text().contains("Pekáreň Novák s.r.o."));
    let deleted = client.ask(&key, &format!("DELETE {path}"), "")?;
    assert!((200..300).contains(&deleted.status), "{deleted:?}");
    assert_eq!(client.ask(&key, &format!("GET {path}"), "")?.status, 404);
    Ok(())
}

#[test]
fn one_process_serves_a_file() -> Result<()> {
    let shop = Shop::empty()?;
    let _serving = Serving::start(&shop, &[])?;
    let other = shop.run(&["serve", "--listen", "127.0.0.1:0"])?;
    assert_eq!(other.status.code(), Some(1));
    let told = String::from_utf8(other.stderr)?;
    assert!(told.contains("shop.db"), "{told}");
    Ok(())
}

#[test]
fn a_certificate_keeps_others_from_reading_along() -> Result<()> {
    let (shop, certificate) = (Shop::open()?, Certificate::make()?);
    let (file, secret) = (certificate.file(), certificate.key());
    let (file, secret) = (file.display().to_string(), secret.display().to_string());
    let serving = Serving::start(&shop, &["--tls-certificate", &file, "--tls-key", &secret])?;
    let key = serving.key().ok_or("no key")?;
    let curl = serving.curl().ok_or("no line to try")?;
    assert!(curl.starts_with("curl -k -H") && curl.contains(" https://127.0.0.1:"), "{curl}");
    let encrypted = |name| certificate.connect(serving.address, name);
    let line = format!("GET /customers/{}", zofia().customer.id);
    let answer = encrypted("localhost")?.ask(&key, &line, "")?;
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("Nováková"));
    assert!(encrypted("elsewhere")?.ask(&key, &line, "").is_err(), "a wrong name is noticed");
    let mut clear = serving.client()?;
    clear.send(b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n")?;
    let rest = clear.rest()?;
    assert!(!rest.contains("HTTP"), "nothing is said in the clear: {rest}");
    Ok(())
}

#[test]
fn the_log_knows_nobody() -> Result<()> {
    let shop = Shop::open()?;
    let mut mole = customer("canary-id-4711");
    mole.first_name = Some("Canaryfirst".into());
    mole.last_name = Some("Canarylast".into());
    mole.email = Some("canary@mail.example".into());
    mole.phone = Some("+421999000111".into());
    let mole = tillbook::Replacement { cards: Some(vec![card("77770001")]), ..mole.into() };
    shop.store()?.write(|tx| tx.create(&mole).map(drop))?;
    let serving = Serving::start(&shop, &["--log-level", "debug"])?;
    let key = serving.key().ok_or("no key")?;
    let mut client = serving.client()?;
    let body = "{\"LastName\": \"Canarylast\", \"Phone\": \"+421999000111\", \"Id\": 77770001}";
    let asked = [
        ("GET /customers/canary-id-4711", ""),
        ("GET /customers/77770001", ""),
        ("GET /customers?Search=Canarylast&CardSerialNumber=77770001", ""),
        ("GET /customers/canary%40mail.example", ""),
        ("GET /canary@mail.example", ""),
        ("POST /customers", body),
        ("PUT /customers/canary-id-4711", body),
        ("POST /customers", "{\"Canaryfirst\""),
        ("DELETE /customers/canary-id-4711?Email=canary@mail.example", body),
    ];
    for (line, body) in asked {
        client.ask(&key, line, body)?;
        client.ask("0123456789abcdef.canarytoken", line, body)?;
        let headers = "User-Agent: canary@mail.example\r\nReferer: /canary-id-4711\r\n";
        client.ask_with(&key, line, headers, body)?;
    }
    serving.kill()?;
    serving.wait()?;
    let (log, told) = (serving.logged(), serving.told());
    let lines: Vec<serde_json::Value> =
        log.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert!(lines.len() >= 3 * asked.len(), "{log}");
    assert_eq!(lines[0]["route"], "/customers/{id}");
    assert_eq!(lines[0]["status"], 200);
    let (_, secret) = key.split_once('.').ok_or("no secret")?;
    let planted =
        ["canary", "Canary", "77770001", "421999000111", "Search", "Email=", secret, "cdef."];
    for word in planted {
        let found = log.lines().find(|line| line.contains(word));
        assert_eq!(found, None, "the log holds {word}");
        assert!(word == secret || !told.contains(word), "{told}");
    }
    Ok(())
}

/// The log tells of a bulk that is worked off, and of nobody in it.
#[test]
fn the_end_of_a_bulk_is_logged() -> Result<()> {
    let shop = Shop::empty()?;
    let serving = Serving::start(&shop, &[])?;
    let key = serving.key().ok_or("no key")?;
    let rows = r#"[{"customer":{"name":"Ada Vonn"}},{"customer":{"email":"ada@example.org"}}]"#;
    let answer = serving.client()?.ask(&key, "POST /api/v1/bulk", rows)?;
    let told: serde_json::Value = serde_json::from_slice(&answer.body)?;
    let id = told["data"]["bulk_id"].as_str().ok_or("no id")?;
    let line = || {
        let log = serving.logged();
        log.lines().find(|line| line.contains("bulk completed")).map(str::to_owned)
    };
    for _ in 0..3_000 {
        if line().is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let line = line().ok_or("nothing is logged")?;
    for part in [id, "\"rows\":2", "\"rejects\":1"] {
        assert!(line.contains(part), "{line}");
    }
    assert!(!serving.logged().contains("Vonn") && !serving.logged().contains("example.org"));
    serving.kill()
}
