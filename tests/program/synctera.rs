//! Synctera's vocabulary, served by the program: what a kill leaves, and what nothing ever tells.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tillbook::CustomerId;

use super::client::Serving;
use super::{Result, Shop};

/// So many requests are on their way when the program is killed.
const AT_ONCE: usize = 8;
const KILLS: usize = 6;

fn body(name: &str) -> String {
    format!("{{\"status\":\"ACTIVE\",\"first_name\":\"{name}\",\"ssn\":\"987-65-4321\"}}")
}

/// Creates a customer under a name; an error where no answer came.
fn create(serving: &Serving, key: &str, name: &str) -> Result<(u16, String)> {
    let headers = format!("Idempotency-Key: {name}\r\n");
    let answer = serving.client()?.ask_with(key, "POST /v0/customers", &headers, &body(name))?;
    Ok((answer.status, answer.text()))
}

/// Whenever the program is killed, a retry makes the customer or hears of the one that was made.
#[test]
fn a_kill_at_any_point_makes_nobody_twice() -> Result<()> {
    let shop = Shop::empty()?;
    let mut serving = Serving::start(&shop, &[])?;
    let key = serving.key().ok_or("no key")?;
    let mut heard: BTreeMap<String, String> = BTreeMap::new();
    let mut n_unanswered = 0;
    for kill in 0..KILLS {
        let names: Vec<String> = (0..AT_ONCE).map(|n| format!("{kill}-{n}")).collect();
        let answers: Vec<Option<(u16, String)>> = std::thread::scope(|scope| {
            let ask = |name: &String| {
                let (serving, key, name) = (&serving, &key, name.clone());
                scope.spawn(move || create(serving, key, &name).ok())
            };
            let asked: Vec<_> = names.iter().map(ask).collect();
            std::thread::sleep(Duration::from_millis(2 * kill as u64));
            let killed = serving.kill();
            let answers = asked.into_iter().map(|one| one.join().unwrap_or_default()).collect();
            killed.map(|()| answers)
        })?;
        for (name, answer) in names.iter().zip(answers) {
            match answer {
                Some((status, body)) => {
                    assert_eq!(status, 201, "{body}");
                    heard.insert(name.clone(), body);
                }
                None => n_unanswered += 1,
            }
        }
        serving = Serving::start(&shop, &[])?;
        for name in &names {
            let (status, body) = create(&serving, &key, name)?;
            assert_eq!(status, 201, "{body}");
            assert_eq!(heard.entry(name.clone()).or_insert(body.clone()), &body);
        }
    }
    assert!(n_unanswered > 0, "nobody was killed in time");
    let all = serving.client()?.ask(&key, "GET /v0/customers", "")?.text();
    assert_eq!(all.matches("\"first_name\"").count(), KILLS * AT_ONCE);
    Ok(())
}

/// Whenever the program is killed, a retry makes the change or hears of the one that was made: the note
/// that comes with each is written once.
#[test]
fn a_kill_at_any_point_changes_nobody_twice() -> Result<()> {
    let shop = Shop::empty()?;
    let mut serving = Serving::start(&shop, &[])?;
    let key = serving.key().ok_or("no key")?;
    let mut ids = Vec::new();
    for n in 0..AT_ONCE {
        let made: serde_json::Value =
            serde_json::from_str(&create(&serving, &key, &format!("made {n}"))?.1)?;
        ids.push(made["id"].as_str().ok_or("no id")?.to_owned());
    }
    let change = |serving: &Serving, kill: usize, n: usize| -> Result<(u16, String)> {
        let method = ["PATCH", "PUT"][n % 2];
        let line = format!("{method} /v0/customers/{}", ids[n]);
        let headers = format!("Idempotency-Key: {kill}-{n}\r\n");
        let body =
            format!("{{\"status\":\"ACTIVE\",\"first_name\":\"{kill}\",\"note\":\"{kill}\"}}");
        let answer = serving.client()?.ask_with(&key, &line, &headers, &body)?;
        Ok((answer.status, answer.text()))
    };
    for kill in 0..KILLS {
        let answers: Vec<Option<(u16, String)>> = std::thread::scope(|scope| {
            let (serving, change) = (&serving, &change);
            let ask = |n| scope.spawn(move || change(serving, kill, n).ok());
            let asked: Vec<_> = (0..AT_ONCE).map(ask).collect();
            std::thread::sleep(Duration::from_millis(2 * kill as u64));
            let killed = serving.kill();
            let answers = asked.into_iter().map(|one| one.join().unwrap_or_default()).collect();
            killed.map(|()| answers)
        })?;
        serving = Serving::start(&shop, &[])?;
        for (n, answer) in answers.into_iter().enumerate() {
            let again = change(&serving, kill, n)?;
            assert_eq!(again.0, 200, "{}", again.1);
            assert_eq!(answer.unwrap_or(again.clone()), again);
        }
    }
    serving.kill()?;
    serving.wait()?;
    let store = shop.store()?;
    for id in &ids {
        let notes = store.list_ban_notes(&CustomerId::new(id)?)?;
        let texts: BTreeSet<&str> = notes.iter().map(|note| note.text.as_str()).collect();
        assert_eq!((notes.len(), texts.len()), (KILLS, KILLS));
    }
    Ok(())
}

/// Neither the files of a program that was killed nor its log holds a whole social security number.
#[test]
fn a_whole_number_is_nowhere() -> Result<()> {
    let shop = Shop::empty()?;
    let serving = Serving::start(&shop, &["--log-level", "debug"])?;
    let key = serving.key().ok_or("no key")?;
    assert_eq!(create(&serving, &key, "Ada")?.0, 201);
    for wrong in [
        r#"{"ssn":"987-65-4321"}"#,
        r#"{"ssn":987654321,"status":"ACTIVE"}"#,
        r#"{"ssn":"987-65-4321""#,
    ] {
        let headers = format!("Idempotency-Key: {}\r\n", wrong.len());
        let answer = serving.client()?.ask_with(&key, "POST /v0/customers", &headers, wrong)?;
        assert_eq!(answer.status, 400);
    }
    serving.kill()?;
    serving.wait()?;
    let mut searched = vec![serving.told().into_bytes(), serving.logged().into_bytes()];
    assert!(serving.logged().contains("/customers"), "the log was not read");
    for entry in std::fs::read_dir(shop.folder.path())? {
        searched.push(std::fs::read(entry?.path())?);
    }
    assert!(searched.iter().any(|bytes| bytes.windows(3).any(|piece| piece == b"Ada")));
    for canary in ["987-65", "98765"] {
        let holds =
            |bytes: &Vec<u8>| bytes.windows(canary.len()).any(|piece| piece == canary.as_bytes());
        assert!(!searched.iter().any(holds), "{canary} is told");
    }
    Ok(())
}
