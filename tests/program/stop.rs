//! How serving ends: in order, at once, or as by a power cut, and always with what was acknowledged.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tillbook::{CustomerId, Error, Options, Store};

use super::client::{Client, LONG, Serving};
use super::{Result, Shop};

const CLIENTS: usize = 4;
/// More than the clients can create before the end.
const CUSTOMERS: usize = 4000;
/// So many answers are waited for before the end.
const ACKNOWLEDGED: usize = 60;

fn id(n: usize) -> String {
    format!("c-{n:05}")
}

fn body(n: usize) -> String {
    format!("{{\"Id\":\"{}\",\"LastName\":\"Nováková {n}\"}}", id(n))
}

/// Four clients go on creating customers until their connections end, which `end` sees to. Whatever
/// was acknowledged must be in the file, and at most what was on its way may be there beside it.
fn check(end: impl FnOnce(&Serving) -> Result<()>) -> Result<()> {
    let shop = Shop::empty()?;
    let serving = Serving::start(&shop, &[])?;
    let key = serving.key().ok_or("no key")?;
    let acknowledged = Mutex::new(BTreeSet::new());
    let refused = Mutex::new(Vec::new());
    let create = |mut client: Client, first: usize| {
        for n in (first..CUSTOMERS).step_by(CLIENTS) {
            let Ok(answer) = client.ask(&key, "POST /customers", &body(n)) else {
                return;
            };
            match answer.status {
                201 => drop(lock(&acknowledged).insert(n)),
                _ => lock(&refused).push(answer.text()),
            }
        }
    };
    let clients: Vec<Client> = (0..CLIENTS).map(|_| serving.client()).collect::<Result<_>>()?;
    std::thread::scope(|scope| {
        for (first, client) in clients.into_iter().enumerate() {
            let create = &create;
            scope.spawn(move || create(client, first));
        }
        let pause = Duration::from_millis(5);
        for _ in 0..LONG.as_millis() / pause.as_millis() {
            if lock(&acknowledged).len() >= ACKNOWLEDGED {
                break;
            }
            std::thread::sleep(pause);
        }
        end(&serving)
    })?;
    serving.wait()?;
    let (acknowledged, refused) = (lock(&acknowledged), lock(&refused));
    assert_eq!(*refused, Vec::<String>::new());
    assert!((ACKNOWLEDGED..CUSTOMERS).contains(&acknowledged.len()), "{}", acknowledged.len());
    let store = Store::open_with(shop.db(), Options::default())?;
    let mut n_unknown = 0;
    for n in 0..CUSTOMERS {
        let known = match store.customer(&CustomerId::new(&id(n))?) {
            Ok(customer) => customer.last_name,
            Err(Error::NotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        match (acknowledged.contains(&n), &known) {
            (true, known) => assert_eq!(*known, Some(format!("Nováková {n}")), "{n} is lost"),
            (false, known) => n_unknown += usize::from(known.is_some()),
        }
    }
    assert!(n_unknown <= CLIENTS, "{n_unknown} writes without an answer are in the file");
    assert!(store.check(|_| ())?.is_sound());
    Ok(())
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn a_killed_program_has_lost_nothing_that_was_acknowledged() -> Result<()> {
    check(Serving::kill)
}

#[cfg(unix)]
#[test]
fn an_end_in_order_loses_nothing() -> Result<()> {
    check(|serving| {
        serving.signal("TERM")?;
        assert!(serving.wait()?.success());
        assert!(serving.told().ends_with("\nstopped\n"), "{}", serving.told());
        Ok(())
    })
}

/// A request of which half is there: it runs until the other half comes.
#[cfg(unix)]
fn half(serving: &Serving, n: usize) -> Result<Client> {
    let (key, body) = (serving.key().ok_or("no key")?, body(n));
    let mut client = serving.client()?;
    let head = "POST /customers HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n";
    let head = format!("{head}Authorization: Bearer {key}\r\nContent-Length: {}\r\n", body.len());
    client.send(format!("{head}\r\n{}", &body[..1]).as_bytes())?;
    // Another client is answered, so this one has been read before.
    serving.client()?.ask(&key, "GET /customers/nobody", "")?;
    std::thread::sleep(Duration::from_millis(100));
    Ok(client)
}

#[cfg(unix)]
#[test]
fn a_request_that_runs_is_answered_before_the_end() -> Result<()> {
    for signal in ["TERM", "INT"] {
        let shop = Shop::empty()?;
        let serving = Serving::start(&shop, &[])?;
        let mut client = half(&serving, 0)?;
        let mut idle = serving.client()?;
        serving.signal(signal)?;
        assert_eq!(idle.rest()?, "", "an idle connection is closed");
        assert!(Client::connect(serving.address).is_err(), "nobody new is let in");
        client.send(&body(0).as_bytes()[1..])?;
        let answer = client.answer()?;
        assert_eq!((answer.status, answer.header("connection")), (201, Some("close")));
        assert!(serving.wait()?.success());
        assert!(shop.store()?.customer(&CustomerId::new(&id(0))?).is_ok());
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_second_signal_ends_at_once() -> Result<()> {
    let shop = Shop::empty()?;
    let serving = Serving::start(&shop, &[])?;
    let _client = half(&serving, 0)?;
    serving.signal("TERM")?;
    std::thread::sleep(Duration::from_millis(300));
    serving.signal("INT")?;
    assert_eq!(serving.wait()?.code(), Some(1));
    assert!(!serving.told().contains("stopped"), "{}", serving.told());
    Ok(())
}

/// A client that got no answer asks again after the program was killed, and hears the first one.
#[test]
fn a_retry_after_a_kill_hears_the_first_answer() -> Result<()> {
    let shop = Shop::empty()?;
    let serving = Serving::start(&shop, &[])?;
    let key = serving.key().ok_or("no key")?;
    let ask = |serving: &Serving, name: &str, body: &str| -> Result<(u16, String)> {
        let headers = format!("Idempotency-Key: {name}\r\n");
        let answer = serving.client()?.ask_with(&key, "POST /customers", &headers, body)?;
        Ok((answer.status, answer.text()))
    };
    let first = ask(&serving, "sale 1", &body(1))?;
    assert_eq!(first.0, 201);
    let refused = ask(&serving, "sale 2", &body(1))?;
    assert_eq!(refused.0, 400);
    serving.kill()?;
    let serving = Serving::start(&shop, &[])?;
    assert_eq!(ask(&serving, "sale 1", &body(1))?, first);
    assert_eq!(ask(&serving, "sale 2", &body(1))?, refused);
    assert_eq!(ask(&serving, "sale 1", &body(2))?.0, 422);
    let count = serving.client()?.ask(&key, "GET /customers?$count=true", "")?;
    assert_eq!(count.text(), r#"{"count":1,"totalCount":1}"#);
    Ok(())
}
