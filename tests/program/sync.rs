//! Several programs that are one chain of shops: what is written at one is there at the others, and
//! whoever is away comes back.

use std::time::Duration;

use serde_json::Value;

use super::client::Serving;
use super::{Result, Shop};

/// Between two looks at something that is waited for.
const LOOK: Duration = Duration::from_millis(200);
/// What comes by itself comes within this time: the longest wait of a node that was cut off for some
/// seconds, and the time between two questions.
const PATIENCE: Duration = Duration::from_secs(90);

/// Waits until `look` finds what it is after.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
        if let Some(found) = look()? {
            return Ok(found);
        }
        std::thread::sleep(LOOK);
    }
    Err(format!("in vain: {what}").into())
}

/// A node of the chain that is served.
pub(crate) struct Node {
    pub(crate) shop: Shop,
    pub(crate) serving: Serving,
    /// Of whoever works there.
    key: String,
}

impl Node {
    pub(crate) fn start(arguments: &[&str]) -> Result<Self> {
        let shop = Shop::empty()?;
        let serving = Serving::start(&shop, arguments)?;
        let key = serving.key().ok_or("no key")?;
        Ok(Self { shop, serving, key })
    }

    /// A child of `parent` with a key of its own.
    fn below(parent: &Self, name: &str) -> Result<Self> {
        let key = key_of(&parent.shop, name)?;
        Self::start(&["--parent", &parent.url(), "--parent-key", &key])
    }

    fn url(&self) -> String {
        format!("http://{}", self.serving.address)
    }

    /// Starts it again at the same address.
    fn restart(&mut self) -> Result<()> {
        let listen = self.serving.address.to_string();
        self.serving = Serving::start_at(&self.shop, &listen, &[])?;
        Ok(())
    }

    pub(crate) fn ask(&self, line: &str, body: &str) -> Result<(u16, String)> {
        let answer = self.serving.client()?.ask(&self.key, line, body)?;
        Ok((answer.status, answer.text()))
    }

    fn create(&self, id: &str, name: &str) -> Result<()> {
        let body = format!("{{\"Id\": \"{id}\", \"FirstName\": \"{name}\"}}");
        let (status, text) = self.ask("POST /customers", &body)?;
        if status == 201 { Ok(()) } else { Err(text.into()) }
    }

    fn has(&self, id: &str) -> Result<bool> {
        Ok(self.ask(&format!("GET /customers/{id}"), "")?.0 == 200)
    }

    pub(crate) fn status(&self) -> Result<Value> {
        status(&self.shop)
    }
}

/// A key at `parent` for one child.
pub(crate) fn key_of(parent: &Shop, name: &str) -> Result<String> {
    let made = parent.run(&["key", "add", name, "--right", "sync", "--json"])?;
    let made: Value = serde_json::from_slice(&made.stdout)?;
    Ok(made["key"].as_str().ok_or("no key")?.to_owned())
}

pub(crate) fn status(shop: &Shop) -> Result<Value> {
    let told = shop.run(&["sync", "status", "--json"])?;
    Ok(serde_json::from_slice(&told.stdout)?)
}

/// Waits until all nodes are proved to show the same, with nothing on its way.
fn until_equal(nodes: &[&Node]) -> Result<()> {
    until("equal digests", || {
        let all: Vec<Value> = nodes.iter().map(|node| node.status()).collect::<Result<_>>()?;
        let first = &all[0]["digest"];
        let is_equal = all
            .iter()
            .all(|one| one["digest"] == *first && one["pending"] == 0 && one["trouble"].is_null());
        Ok((is_equal && first.is_string()).then_some(()))
    })
}

/// What a till sold while it was alone is at the others when the centre is back.
#[test]
fn two_tills_agree_over_a_centre_that_was_away() -> Result<()> {
    let mut centre = Node::start(&[])?;
    let (one, two) = (Node::below(&centre, "till-1")?, Node::below(&centre, "till-2")?);
    one.create("ada", "Ada")?;
    until("ada at the other till", || Ok(two.has("ada")?.then_some(())))?;

    centre.serving.kill()?;
    one.create("bob", "Bob")?;
    two.create("cyd", "Cyd")?;
    until("trouble is told", || Ok(one.status()?["trouble"].is_string().then_some(())))?;
    let told = String::from_utf8(one.shop.run(&["sync", "status"])?.stdout)?;
    assert!(told.contains("pending    1 operation, the oldest of "), "{told}");
    assert!(told.contains("cannot be reached"), "{told}");
    let (ready, _) = one.ask("GET /ready", "")?;
    assert_eq!(ready, 200, "a till needs no parent to sell");
    let (_, metrics) = one.ask("GET /metrics", "")?;
    assert!(metrics.contains("tillbook_sync_pending_operations 1\n"), "{metrics}");
    assert!(metrics.contains("tillbook_sync_rounds_total{result=\"unreachable\"}"), "{metrics}");
    assert!(metrics.contains("tillbook_sync_last_proof_timestamp_seconds "), "{metrics}");
    let digest = one.status()?["digest"].as_str().ok_or("no digest")?.to_owned();
    let proved = format!("tillbook_sync_digest_info{{digest=\"{digest}\"}} 1\n");
    for line in
        [proved.as_str(), "tillbook_sync_unrooted_operations 1\n", "tillbook_conflicts_open 0\n"]
    {
        assert!(metrics.contains(line), "{line} {metrics}");
    }
    assert!(metrics.contains("\ntillbook_sync_behind_root_seconds "), "{metrics}");

    centre.restart()?;
    until("all at one till", || Ok((one.has("cyd")?).then_some(())))?;
    until("all at the other", || Ok((two.has("bob")?).then_some(())))?;
    until_equal(&[&centre, &one, &two])?;
    let children = centre.status()?["children"].clone();
    let names: Vec<&Value> =
        children.as_array().into_iter().flatten().map(|child| &child["name"]).collect();
    assert_eq!(names, ["till-1", "till-2"]);
    Ok(())
}

/// A till goes on when its shop is away, and a shop when the centre is.
#[test]
fn a_shop_stands_between_its_till_and_the_centre() -> Result<()> {
    let mut centre = Node::start(&[])?;
    let shop = Node::below(&centre, "shop")?;
    let till = Node::below(&shop, "till")?;
    till.create("ada", "Ada")?;
    until("ada at the centre", || Ok(centre.has("ada")?.then_some(())))?;
    until_equal(&[&centre, &shop, &till])?;
    assert_eq!(till.status()?["root"], centre.status()?["node"]);
    assert_eq!(till.status()?["parent"], shop.status()?["node"]);

    centre.serving.kill()?;
    till.create("bob", "Bob")?;
    until("bob at the shop", || Ok(shop.has("bob")?.then_some(())))?;
    until("the till has heard from its shop", || {
        let status = till.status()?;
        Ok((status["pending"] == 0 && status["unrooted"] == 1).then_some(()))
    })?;
    assert_eq!(shop.status()?["pending"], 1);

    centre.restart()?;
    centre.create("cyd", "Cyd")?;
    until("bob at the centre", || Ok(centre.has("bob")?.then_some(())))?;
    until("cyd at the till", || Ok(till.has("cyd")?.then_some(())))?;
    until_equal(&[&centre, &shop, &till])
}

/// Who was shut out is not heard until somebody lets it in, and nobody waits for its word meanwhile.
#[test]
fn a_till_is_shut_out_beside_the_program_that_serves() -> Result<()> {
    let centre = Node::start(&[])?;
    let (one, two) = (Node::below(&centre, "till-1")?, Node::below(&centre, "till-2")?);
    one.create("ada", "Ada")?;
    until("ada at the other till", || Ok(two.has("ada")?.then_some(())))?;
    let id = one.status()?["node"].as_str().ok_or("no node")?.to_owned();
    let said = |arguments: &[&str]| -> Result<String> {
        let told = centre.shop.run(arguments)?;
        let text = String::from_utf8([told.stdout, told.stderr].concat())?;
        Ok(text.replace(&id, "NODE"))
    };
    assert_eq!(
        said(&["sync", "shut", "till-1"])?,
        "till-1 NODE is shut out, and nothing waits for it\n\
         its key still reads at the other doors; `tillbook key revoke till-1` ends that\n"
    );
    assert_eq!(
        said(&["sync", "shut", "till-9"])?,
        "tillbook: there is no node below this one till-9\n\
         hint: `tillbook sync status` shows them all\n"
    );
    one.create("bob", "Bob")?;
    until("the till hears that it is shut out", || {
        let trouble = one.status()?["trouble"].clone();
        Ok(trouble.as_str().is_some_and(|why| why.contains("it was shut out")).then_some(()))
    })?;
    assert!(said(&["sync", "status"])?.contains("  shut out  NODE\n"));
    let (_, metrics) = centre.ask("GET /metrics", "")?;
    assert!(metrics.contains("tillbook_sync_children 1\n"), "{metrics}");
    assert!(metrics.contains("tillbook_sync_children_shut 1\n"), "{metrics}");

    assert_eq!(centre.ask("POST /customers/ada/erase", "")?.0, 204);
    let report = || -> Result<Value> {
        let told = said(&["sync", "erased", "ada", "--json"])?;
        let (status, route) = centre.ask("GET /customers/ada/erase", "")?;
        let (told, route): (Value, Value) =
            (serde_json::from_str(&told)?, serde_json::from_str(&route)?);
        let n = |list: &Value| list.as_array().map_or(0, Vec::len);
        let is_same = n(&told["confirmed"]) == n(&route["confirmed"]);
        assert!(status == 200 && is_same, "{told} {route}");
        Ok(told)
    };
    assert_eq!(report()?["waiting"][0]["name"], "till-2");
    assert!(report()?["waiting"][1].is_null(), "who was shut out is not waited for");
    assert_eq!(said(&["sync", "let-in", &id])?, "till-1 NODE may come again\n");
    until("bob at the centre", || Ok(centre.has("bob")?.then_some(())))?;
    let told = said(&["sync", "erased", "ada"])?;
    assert!(told.contains("\ntill-1  "), "{told}");
    let told = String::from_utf8(two.shop.run(&["sync", "erased", "ada"])?.stderr)?;
    assert!(told.contains("only the root knows"), "{told}");
    Ok(())
}

/// Whoever does not want to wait asks for the next round, also beside the program that has the file.
#[test]
fn a_round_is_done_when_it_is_asked_for() -> Result<()> {
    let mut centre = Node::start(&[])?;
    let key = key_of(&centre.shop, "till")?;
    let till = Shop::open()?;
    let arguments = ["--parent", &centre.url(), "--parent-key", &key];
    let now = [&["sync", "now"], &arguments[..]].concat();
    let told = till.run(&now)?;
    let text = String::from_utf8(told.stdout)?;
    assert!(told.status.success(), "{}", String::from_utf8(told.stderr)?);
    let digest = centre.status()?["digest"].as_str().ok_or("no digest")?.to_owned();
    let pulled = 14;
    assert_eq!(
        text,
        format!(
            "pushed     7 operations\npulled     {pulled} changes\npublished  {pulled} changes\n\
             equal      digest {digest}\n"
        )
    );
    assert!(centre.has("4242")?);

    let serving = Serving::start(&till, &arguments)?;
    centre.create("ada", "Ada")?;
    let told = till.run(&["sync", "now"])?;
    let text = String::from_utf8(told.stdout)?;
    assert!(text.starts_with("by the program that has the file open:\npushed     0 "), "{text}");
    assert!(text.contains("equal      digest "), "{text}");
    assert!(till.run(&["find", "Ada"])?.status.success());

    // Once, it failed as long as the program waited for its next try.
    centre.serving.kill()?;
    let told = till.run(&["sync", "now"])?;
    let text = String::from_utf8(told.stderr)?;
    assert!(text.contains("cannot be reached") && !told.status.success(), "{text}");
    centre.restart()?;
    assert!(till.run(&["sync", "now"])?.status.success());
    serving.kill()
}

/// Much that waits for the parent is told, by the log once.
#[test]
fn much_that_waits_is_told() -> Result<()> {
    let centre = Node::start(&[])?;
    let till = Node::below(&centre, "till")?;
    until("the first round", || Ok(till.status()?["digest"].is_string().then_some(())))?;
    assert_eq!(till.status()?["hasBacklog"], false);
    let conn = rusqlite::Connection::open(till.shop.db())?;
    conn.execute(
        "insert into incarnation (node, number, seq, hash) values (zeroblob(16), 1, 100001, zeroblob(32))",
        [],
    )?;
    let told = String::from_utf8(till.shop.run(&["sync", "status"])?.stdout)?;
    let much = "\nmuch       more than 100000 operations or 1 GB wait for the parent; ";
    assert!(told.contains(much), "{told}");
    for _ in 0..2 {
        till.shop.run(&["sync", "now"])?;
    }
    let log = till.serving.logged();
    assert_eq!(log.matches("more than 100000 operations").count(), 1, "{log}");
    Ok(())
}

/// The end of the program does not wait for a parent that says nothing.
#[cfg(unix)]
#[test]
fn the_program_ends_while_its_parent_is_silent() -> Result<()> {
    let silent = std::net::TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", silent.local_addr()?);
    let shop = Shop::empty()?;
    let serving = Serving::start(&shop, &["--parent", &url, "--parent-key", "a.b"])?;
    // It has asked, and will hear nothing.
    let _asked = silent.accept()?;
    let began = tillbook::clock::monotonic();
    serving.signal("TERM")?;
    assert!(serving.wait()?.success());
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    Ok(())
}
