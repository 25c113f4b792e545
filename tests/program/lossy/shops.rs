//! The centre, a shop and three tills, and those who sell there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use tillbook::{ConflictKind, CustomerId, Money, Page, Query, Store, TransactionId};

use super::faults::{Dice, Figures};
use super::proxy::Proxy;
use crate::Result;
use crate::sync::{Node, key_of, until};

/// Who is above each node; the first is the centre, the second the shop.
const PARENTS: [usize; 4] = [0, 1, 1, 0];
/// Customers whom every node serves.
const REGULARS: u64 = 5;
/// What each of them has at the beginning, in cents.
const BEGINNING: i64 = 500;

/// Something that a node has acknowledged.
#[derive(Debug, Clone)]
pub(super) enum Sold {
    Customer(String),
    Movement { id: String, customer: String, cents: i64 },
}

/// The nodes, and the lines between them.
pub(super) struct Shops {
    pub(super) nodes: Vec<Node>,
    pub(super) lines: Vec<Proxy>,
}

impl Shops {
    /// All on clear lines; each node starts when the one above it has what it will show.
    pub(super) fn open(figures: Figures) -> Result<Self> {
        let centre = Node::start(&[])?;
        create_regulars(&centre)?;
        let (mut nodes, mut lines) = (vec![centre], Vec::new());
        for (seed, parent) in (1..).zip(PARENTS) {
            let parent: &Node = &nodes[parent];
            let line = Proxy::open(parent.serving.address, figures, seed)?;
            let key = key_of(&parent.shop, &format!("child-{seed}"))?;
            let url = format!("http://{}", line.address);
            let child = Node::start(&["--parent", &url, "--parent-key", &key])?;
            until("what the parent shows", || {
                Ok(child.status()?["digest"].is_string().then_some(()))
            })?;
            nodes.push(child);
            lines.push(line);
        }
        Ok(Self { nodes, lines })
    }

    /// How much memory each process has, where the system tells.
    pub(super) fn resident_kib(&self) -> Result<Vec<u64>> {
        let mut all = Vec::new();
        for node in &self.nodes {
            let path = format!("/proc/{}/status", node.serving.id()?);
            let Ok(text) = std::fs::read_to_string(path) else { continue };
            let size = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
            let size = size.and_then(|size| size.split_whitespace().next()).ok_or("no VmRSS")?;
            all.push(size.parse()?);
        }
        Ok(all)
    }

    /// What went wrong on all lines together.
    pub(super) fn faults(&self) -> BTreeMap<&'static str, u64> {
        let mut sums = BTreeMap::new();
        for (name, n) in self.lines.iter().flat_map(|line| line.counts().all()) {
            *sums.entry(name).or_default() += n;
        }
        sums
    }

    /// Ends all programs, and looks into their files.
    pub(super) fn end(self, sold: &[Sold]) -> Result<()> {
        for node in &self.nodes {
            #[cfg(unix)]
            {
                node.serving.signal("TERM")?;
                assert!(node.serving.wait()?.success(), "{}", node.serving.logged());
            }
            #[cfg(not(unix))]
            node.serving.kill()?;
        }
        let mut conflicts = None;
        for node in &self.nodes {
            let told = node.shop.run(&["check"])?;
            let text = String::from_utf8([told.stdout, told.stderr].concat())?;
            assert!(told.status.success() && text.contains("the file is sound"), "{text}");
            let store = Store::open(node.shop.db())?;
            check_books(&store, sold)?;
            let found = conflict_ids(&store)?;
            assert_eq!(*conflicts.get_or_insert_with(|| found.clone()), found);
        }
        Ok(())
    }
}

fn create_regulars(centre: &Node) -> Result<()> {
    for n in 0..REGULARS {
        let id = format!("regular-{n}");
        expect(centre.ask("POST /customers", &format!("{{\"Id\": \"{id}\"}}"))?, &[201])?;
        let line = format!("POST /customers/{id}/creditTransactions");
        let body = movement(&format!("first-{n}"), BEGINNING, "Deposit");
        expect(centre.ask(&line, &body)?, &[201])?;
    }
    Ok(())
}

/// Sells at a node until it is over, and tells what the node has acknowledged.
pub(super) fn sell(
    shops: &Shops,
    node: usize,
    pause: Duration,
    is_over: &AtomicBool,
) -> Result<Vec<Sold>> {
    let seed = 100 + u64::try_from(node)?;
    let mut till = Till { node: &shops.nodes[node], name: node, dice: Dice::new(seed), own: 0 };
    let mut sold = Vec::new();
    for n in 0_u64.. {
        if is_over.load(Ordering::SeqCst) {
            break;
        }
        sold.extend(till.step(n)?);
        sleep(pause);
    }
    Ok(sold)
}

/// Somebody who sells.
struct Till<'a> {
    node: &'a Node,
    name: usize,
    dice: Dice,
    /// How many customers were created here.
    own: u64,
}

impl Till<'_> {
    fn step(&mut self, n: u64) -> Result<Option<Sold>> {
        match self.dice.below(10) {
            0..3 => self.create(n),
            3..7 => {
                let cents = 1 + i64::try_from(self.dice.below(300))?;
                self.pay(n, cents, "creditTransactions")
            }
            _ => {
                let cents = 1 + i64::try_from(self.dice.below(400))?;
                self.pay(n, -cents, "spend")
            }
        }
    }

    /// A new customer with a card; now and then another node issues the same one.
    fn create(&mut self, n: u64) -> Result<Option<Sold>> {
        let id = format!("own-{}-{}", self.name, self.own);
        let card = match self.dice.below(20) {
            0 => format!("twice-{}", self.dice.below(30)),
            _ => format!("card-{}-{n}", self.name),
        };
        let body = format!(
            "{{\"Id\": \"{id}\", \"FirstName\": \"Ada\", \"Cards\": [{{\"SerialNumber\": \"{card}\"}}]}}"
        );
        let answer = self.node.ask("POST /customers", &body)?;
        let is_refused = answer.0 == 400 && answer.1.contains("SerialNumber");
        if is_refused {
            return Ok(None);
        }
        expect(answer, &[201])?;
        self.own += 1;
        Ok(Some(Sold::Customer(id)))
    }

    /// Moves the credit of somebody known here. Some ask again, as if the answer had not come.
    fn pay(&self, n: u64, cents: i64, route: &str) -> Result<Option<Sold>> {
        let customer = match self.dice.below(3) {
            0 if self.own > 0 => format!("own-{}-{}", self.name, self.dice.below(self.own)),
            _ => format!("regular-{}", self.dice.below(REGULARS)),
        };
        let id = format!("move-{}-{n}", self.name);
        let line = format!("POST /customers/{customer}/{route}");
        let body = movement(&id, cents.abs(), "Deposit");
        let answer = self.node.ask(&line, &body)?;
        let is_too_much = cents < 0 && matches!(answer.0, 400 | 409 | 422);
        if is_too_much {
            return Ok(None);
        }
        expect(answer, &[201])?;
        if self.dice.below(10) == 0 {
            expect(self.node.ask(&line, &body)?, &[200])?;
        }
        Ok(Some(Sold::Movement { id, customer, cents }))
    }
}

fn movement(id: &str, cents: i64, kind: &str) -> String {
    let (whole, part) = (cents / 100, cents % 100);
    format!("{{\"id\": \"{id}\", \"type\": \"{kind}\", \"amount\": {whole}.{part:02}}}")
}

fn expect((status, text): (u16, String), expected: &[u16]) -> Result<()> {
    match expected.contains(&status) {
        true => Ok(()),
        false => Err(format!("{status} {text}").into()),
    }
}

/// Whatever was acknowledged is there once, and nothing else is.
fn check_books(store: &Store, sold: &[Sold]) -> Result<()> {
    let mut books: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for n in 0..REGULARS {
        let first = BTreeMap::from([(format!("first-{n}"), BEGINNING)]);
        books.insert(format!("regular-{n}"), first);
    }
    for one in sold {
        match one {
            Sold::Customer(id) => drop(books.entry(id.clone()).or_default()),
            Sold::Movement { id, customer, cents } => {
                books.entry(customer.clone()).or_default().insert(id.clone(), *cents);
            }
        }
    }
    let mut n_movements = 0;
    for (customer, movements) in &books {
        let customer = CustomerId::new(customer)?;
        let sum = movements.values().sum();
        assert_eq!(store.balance(&customer)?, Money::from_minor(sum), "{customer}");
        for (id, cents) in movements {
            let found = store.find_credit_transaction(&TransactionId::new(id)?)?;
            let found = found.ok_or_else(|| format!("{id} is lost"))?;
            assert_eq!(found.customer_id, customer, "{id}");
            assert_eq!(found.amount, Money::from_minor(*cents), "{id}");
        }
        n_movements += u64::try_from(movements.len())?;
    }
    let all = Query { items: false, total: true, ..Query::default() };
    assert_eq!(store.list_postings(&all)?.total_count, Some(n_movements));
    let n_customers = store.list_profiles(&all)?.total_count;
    assert_eq!(n_customers, Some(u64::try_from(books.len())?));
    Ok(())
}

/// The open conflicts, all of them such as must be expected of those who sell alone.
fn conflict_ids(store: &Store) -> Result<BTreeSet<String>> {
    let mut ids = BTreeSet::new();
    loop {
        let page = Page { skip: u64::try_from(ids.len())?, ..Page::default() };
        let (conflicts, total) = store.list_conflicts(page)?;
        for conflict in conflicts {
            let is_usual = matches!(conflict.kind, ConflictKind::Card | ConflictKind::Overdrawn);
            assert!(is_usual, "{conflict:?}");
            ids.insert(conflict.id);
        }
        if u64::try_from(ids.len())? >= total {
            return Ok(ids);
        }
    }
}
