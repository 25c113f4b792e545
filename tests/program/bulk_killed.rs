//! Bulks of a door that is killed again and again: every row is worked off, and none twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tillbook::{BulkId, Page, Query, Random, SeededRandom, Store};

use super::client::{LONG, Serving};
use super::{Result, Shop};

/// Kills per run; `TILLBOOK_BULK_KILLS` asks for more.
const KILLS: u64 = 50;
/// Rows of a bulk: several groups.
const ROWS: usize = 160;
/// The longest time between a bulk's answer and the kill.
const LONGEST: Duration = Duration::from_millis(120);

/// Row `n` of a bulk: a customer without an external id, who would be there twice if the row were
/// worked off twice, with two accounts of which one is below the other; every fifth row has an account
/// that is wrong, every seventh a customer.
fn row(bulk: u64, n: usize) -> Value {
    let name = if n % 7 == 6 { Value::Null } else { json!(format!("b{bulk}-{n}")) };
    let wrong =
        (n % 5 == 4).then(|| json!({"external_id": format!("w{bulk}-{n}"), "balance": "much"}));
    let sound = json!({"external_id": format!("p{bulk}-{n}"), "balance": 0});
    let below = json!({"parent_external_id": format!("p{bulk}-{n}"), "balance": n});
    let accounts: Vec<Value> = [Some(below), Some(sound), wrong].into_iter().flatten().collect();
    json!({
        "customer": {"name": name, "address": {"line1": "9 Mill St"}},
        "location": {"name": format!("Harbour {}", n % 3)},
        "debt_accounts": accounts,
    })
}

/// How many things are wrong with a row: with its customer, and with its accounts.
fn wrong(n: usize) -> (usize, usize) {
    (usize::from(n % 7 == 6), usize::from(n % 5 == 4))
}

/// What was answered to be taken on, and what may have been when the answer was lost.
#[derive(Default)]
struct Book {
    taken: BTreeMap<u64, BulkId>,
    unsure: BTreeSet<u64>,
}

impl Book {
    /// Sends a bulk; the program may be killed meanwhile.
    fn send(&mut self, serving: &Serving, key: &str, bulk: u64) -> Result<()> {
        let rows: Value = (0..ROWS).map(|n| row(bulk, n)).collect();
        let asked = serving
            .client()
            .and_then(|mut client| client.ask(key, "POST /api/v1/bulk", &rows.to_string()));
        let Ok(answer) = asked else {
            self.unsure.insert(bulk);
            return Ok(());
        };
        assert_eq!(answer.status, 201, "{}", answer.text());
        let told: Value = serde_json::from_slice(&answer.body)?;
        let id = told["data"]["bulk_id"].as_str().ok_or("no id")?;
        self.taken.insert(bulk, BulkId::new(id)?);
        Ok(())
    }

    /// Everything is there, and once.
    fn check(&self, store: &Store) -> Result<()> {
        let mut expected = BTreeMap::new();
        let customers = store.list_profiles(&Query { total: true, ..Query::default() })?;
        let n_customers = customers.total_count.unwrap_or_default();
        let mut page = Page { skip: 0, take: 1_000 };
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        while page.skip < n_customers {
            let items = store.list_profiles(&Query { page, ..Query::default() })?.items;
            for profile in items.ok_or("no items")? {
                *found.entry(profile.customer.display_name()).or_default() += 1;
                self.check_accounts(store, &profile)?;
            }
            page.skip += 1_000;
        }
        // What came without an answer came whole or not at all.
        let is_there = |bulk: &u64| found.contains_key(&format!("b{bulk}-0"));
        let unsure = self.unsure.iter().filter(|bulk| is_there(bulk));
        for bulk in self.taken.keys().chain(unsure) {
            let sound = (0..ROWS).filter(|n| wrong(*n).0 == 0);
            expected.extend(sound.map(|n| (format!("b{bulk}-{n}"), 1)));
        }
        assert_eq!(found, expected);
        for id in self.taken.values() {
            check_rejects(store, id)?;
        }
        assert_eq!(store.bulk_rows_waiting()?, 0);
        assert!(store.list_locations(Page::default())?.1 <= 3, "a location is there twice");
        Ok(())
    }

    fn check_accounts(&self, store: &Store, profile: &tillbook::Profile) -> Result<()> {
        let name = profile.customer.display_name();
        let accounts = store.debt_accounts(&profile.customer.id)?;
        let n: i64 = name.rsplit('-').next().ok_or("no number")?.parse()?;
        let parent = name.replacen('b', "p", 1);
        let mut told: Vec<_> =
            accounts.iter().map(|one| (one.external_id.as_deref(), one.balance.minor())).collect();
        told.sort();
        assert_eq!(told, [(None, n), (Some(parent.as_str()), n)], "{name}");
        assert_eq!(profile.addresses.len(), 1, "{name}");
        assert!(accounts.iter().all(|one| one.location_id.is_some()), "{name}");
        Ok(())
    }
}

/// Those rows are rejected that are wrong, and with as much.
fn check_rejects(store: &Store, id: &BulkId) -> Result<()> {
    assert!(store.bulk(id)?.done_at.is_some(), "{id} is not done");
    let (rejects, _) = store.list_bulk_rejects(id, Page::default())?;
    let told = rejects.iter().map(|reject| {
        let errors: Value = serde_json::from_str(&reject.errors)?;
        let count = |part: &str| errors[part].as_array().map_or(0, Vec::len);
        let n = usize::try_from(reject.position)? - 1;
        Ok((n, (count("customer"), count("debt_accounts"))))
    });
    let expected = (0..ROWS).map(|n| (n, wrong(n))).filter(|(_, wrong)| *wrong != (0, 0));
    assert_eq!(told.collect::<Result<Vec<_>>>()?, expected.collect::<Vec<_>>());
    Ok(())
}

/// How many rows wait, whether or not the program runs.
fn waiting(shop: &Shop) -> Result<u64> {
    let store = Store::open_beside(shop.db(), tillbook::Options::default())?;
    Ok(store.bulk_rows_waiting()?)
}

#[test]
fn bulks_survive_every_kill() -> Result<()> {
    let kills = std::env::var("TILLBOOK_BULK_KILLS").map_or(Ok(KILLS), |text| text.parse())?;
    let shop = Shop::empty()?;
    let random = SeededRandom::new(17);
    let (mut book, mut first) = (Book::default(), None);
    let mut n_cut = 0;
    for kill in 0..kills {
        let serving = Serving::start(&shop, &[])?;
        // It is told once.
        first = first.or_else(|| serving.key());
        let key = first.as_deref().ok_or("no key")?;
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        let wait = LONGEST * u32::try_from(u64::from_le_bytes(bytes) % 1_000)? / 1_000;
        // Every third kill comes while the bulk is being taken on.
        let sent = std::thread::scope(|scope| {
            let sending = scope.spawn(|| book.send(&serving, key, kill).map_err(|e| e.to_string()));
            if kill % 3 > 0 {
                let sent = sending.join();
                std::thread::sleep(wait);
                serving.kill().map(|()| sent)
            } else {
                std::thread::sleep(wait / 8);
                serving.kill().map(|()| sending.join())
            }
        })?;
        sent.map_err(|_| "a panic")??;
        n_cut += u64::from(waiting(&shop)? > 0);
    }
    let serving = Serving::start(&shop, &[])?;
    let pause = Duration::from_millis(10);
    let mut n_pauses = LONG.as_millis() / pause.as_millis();
    while waiting(&shop)? > 0 && n_pauses > 0 {
        n_pauses -= 1;
        std::thread::sleep(pause);
    }
    #[cfg(unix)]
    {
        serving.signal("TERM")?;
        assert!(serving.wait()?.success());
    }
    serving.kill()?;
    let store = shop.store()?;
    book.check(&store)?;
    assert!(store.check(|_| ())?.is_sound());
    eprintln!("{kills} kills, {} bulks taken on, {n_cut} cut short", book.taken.len());
    assert!(book.taken.len() as u64 >= kills / 2, "hardly a bulk was taken on");
    assert!(n_cut > 0, "no bulk was cut short");
    Ok(())
}
