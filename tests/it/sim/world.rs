//! World: the tree, the wires, the dice, and the loop that lets them live.

use std::collections::BTreeSet;
use std::path::Path;

use tempfile::TempDir;
use tillbook::{Clock, SeededRandom};

use super::PLACES_FROM;
use super::book::Book;
use super::node::{Node, Role};
use super::wire::{Body, Letter};
use super::{fault, step};

/// Steps before everything is healed.
const STEPS: u64 = 300;
/// A letter is under way for at most this many steps when its wire delays.
const DELAY_MAX: usize = 25;
/// A clock that goes moves on by less than this in one step.
const STEP_MS: usize = 3_000;

/// What may go wrong in one seed. Each of them does in about half of the seeds, so that faults are
/// met alone and together.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults(BTreeSet<&'static str>);

impl Faults {
    /// Every fault there is:
    ///
    /// - `wire`: letters are lost, late, repeated and spoilt; `cut`: wires carry nothing for a while;
    /// - `damage`: units are lost from pages;
    /// - `crash`: nodes are killed; `clock`: clocks are wrong; `month`: months pass;
    /// - `shops`: there are shops in the middle; `lose`: shops are gone for good, others open;
    /// - `restore`: an older image of a till comes back; `fork`: with the same dice as then;
    /// - `clone`: a copy of a till goes on beside it; `rehome`: tills move to another parent;
    /// - `root`: an older image of the root comes back;
    /// - `deeds`: people merge, erase and settle conflicts, too;
    /// - `back`: an older image of a shop comes back; `rot`: a row of a till changes on the disk;
    /// - `places`: people change locations and debt accounts, too. It is not among those that are drawn: every seed from
    ///   [`PLACES_FROM`] on meets it, and no other does that is not told to.
    const ALL: [&'static str; 16] = [
        "wire", "cut", "damage", "crash", "clock", "month", "shops", "lose", "restore", "fork",
        "clone", "rehome", "root", "deeds", "back", "rot",
    ];
    /// The later ones have dice of their own, so that seeds from before them stay what they were.
    const N_FIRST: usize = 14;

    fn draw(seed: u64, dice: &SeededRandom, later: &SeededRandom, allowed: &str) -> Self {
        let is_allowed =
            |name: &str| allowed.split(',').any(|allowed| allowed == "all" || allowed == name);
        let is_certain = |name: &str| {
            allowed
                .split(',')
                .any(|allowed| allowed.strip_suffix('!').is_some_and(|one| one == name))
        };
        // The dice are thrown for each, so that a shorter list leaves the others as they were.
        let is_drawn = |n: usize| {
            let dice = if n < Self::N_FIRST { dice } else { later };
            dice.next_u64().is_multiple_of(2)
        };
        let drawn: Vec<_> =
            Self::ALL.iter().enumerate().map(|(n, name)| (*name, is_drawn(n))).collect();
        let is_met =
            |(name, is_drawn): &(&str, bool)| is_certain(name) || (*is_drawn && is_allowed(name));
        let mut met: BTreeSet<_> = drawn.into_iter().filter(is_met).map(|(name, _)| name).collect();
        let is_new = seed >= PLACES_FROM && is_allowed("places");
        met.extend((is_new || is_certain("places")).then_some("places"));
        Self(met)
    }

    /// Whether this one is met in this seed.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

/// How a seed ended.
#[derive(Debug)]
pub(super) struct Ending {
    /// Over all lines.
    pub(super) hash: blake3::Hash,
    pub(super) lines: Vec<String>,
    /// What should not have happened.
    pub(super) violation: Option<String>,
}

/// Everything there is in one seed.
#[derive(Debug)]
pub(super) struct World {
    pub(super) dice: SeededRandom,
    /// What is drawn about locations.
    pub(super) place_dice: SeededRandom,
    pub(super) faults: Faults,
    pub(super) nodes: Vec<Node>,
    pub(super) letters: Vec<Letter>,
    /// Wires that carry nothing now, from one node to another.
    pub(super) cuts: BTreeSet<(usize, usize)>,
    pub(super) book: Book,
    pub(super) step: u64,
    /// Days that have passed, whatever the clocks say.
    pub(super) day: u64,
    /// The number of the last request.
    pub(super) n_requests: u64,
    lines: Vec<String>,
    hasher: blake3::Hasher,
    folder: TempDir,
}

impl World {
    /// The tree of a seed, with every node down; of the faults that it draws, those happen that are
    /// `allowed`, and those that are allowed with a `!` happen anyway.
    pub(super) fn new(seed: u64, allowed: &str) -> Self {
        let first = SeededRandom::new(seed);
        // The first draws of neighbouring seeds are alike otherwise.
        let dice = SeededRandom::new(first.next_u64());
        let later = SeededRandom::new(first.next_u64());
        let memory = Path::new("/dev/shm");
        let folder = match memory.is_dir() {
            true => tempfile::tempdir_in(memory),
            false => tempfile::tempdir(),
        };
        let mut world = Self {
            faults: Faults::draw(seed, &dice, &later, allowed),
            place_dice: SeededRandom::new(!seed),
            dice,
            nodes: Vec::new(),
            letters: Vec::new(),
            cuts: BTreeSet::new(),
            book: Book::default(),
            step: 0,
            day: 0,
            n_requests: 0,
            lines: Vec::new(),
            hasher: blake3::Hasher::new(),
            folder: folder.unwrap(),
        };
        world.plant();
        world
    }

    /// Sets up root, shops and tills.
    fn plant(&mut self) {
        self.add(Role::Root, None);
        let n_shops = if self.faults.has("shops") { self.below(4) } else { 0 };
        for n in 0..n_shops {
            // Now and then a shop is below another one.
            let parent = if self.once_in(4) { self.below(n + 1) } else { 0 };
            self.add(Role::Shop, Some(parent));
        }
        for _ in 0..=self.below(5) {
            let parent = self.below(n_shops + 1);
            self.add(Role::Till, Some(parent));
        }
        self.note(format!("{:?}", self.faults));
    }

    /// A new node with a file of its own, down at first.
    pub(super) fn add(&mut self, role: Role, parent: Option<usize>) -> usize {
        let number = self.nodes.len();
        let name = match role {
            Role::Root => "root".to_owned(),
            Role::Shop => format!("shop{number}"),
            Role::Till => format!("till{number}"),
        };
        self.nodes.push(Node::new(self.folder.path(), name, role, parent));
        number
    }

    /// Lets everybody live through the seed's steps, heals all and looks.
    pub(super) fn live(&mut self) -> Result<(), String> {
        for node in 0..self.nodes.len() {
            self.start(node)?;
        }
        while self.step < STEPS {
            self.step += 1;
            self.run_clocks();
            step::take(self)?;
            if self.faults.has("places") {
                self.found()?;
            }
        }
        self.quieten()
    }

    fn run_clocks(&mut self) {
        for node in 0..self.nodes.len() {
            let ms = i64::try_from(self.below(STEP_MS)).unwrap();
            if self.nodes[node].ticks {
                self.nodes[node].clock.advance(ms);
            }
        }
    }

    /// Starts a node that is down.
    pub(super) fn start(&mut self, node: usize) -> Result<(), String> {
        let seed = self.dice.next_u64();
        self.nodes[node].start(seed)?;
        self.tell(node, "starts");
        self.prune(node)?;
        if self.faults.has("fork") && self.once_in(3) {
            let day = self.day;
            self.nodes[node].stash(day);
        }
        self.look(node)
    }

    /// Lets a node forget what it need not keep.
    pub(super) fn prune(&mut self, node: usize) -> Result<(), String> {
        let n_pruned = self.nodes[node].store.as_ref().unwrap().prune();
        let n_pruned = n_pruned.map_err(|error| format!("cannot prune: {error:?}"))?;
        if n_pruned > 0 {
            self.tell(node, format!("forgets {n_pruned} operations"));
            let hello = self.nodes[node].store.as_ref().unwrap().hello();
            let epoch = hello.map_err(|error| format!("cannot say hello: {error:?}"))?.root_epoch;
            if self.book.has_holes && epoch <= self.book.epoch {
                return fault::lose(self, true);
            }
        }
        Ok(())
    }

    /// A number below `n`, of the dice's choice.
    pub(super) fn below(&self, n: usize) -> usize {
        usize::try_from(self.dice.next_u64() % n as u64).unwrap()
    }

    /// Whether something happens that does so once in `n` times.
    pub(super) fn once_in(&self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of these, unless there is none.
    pub(super) fn one_of<T: Copy>(&self, all: &[T]) -> Option<T> {
        (!all.is_empty()).then(|| all[self.below(all.len())])
    }

    /// The nodes for which something holds.
    pub(super) fn those(&self, is: impl Fn(&Node) -> bool) -> Vec<usize> {
        (0..self.nodes.len()).filter(|node| is(&self.nodes[*node])).collect()
    }

    /// Puts a letter on its wire, where it may be lost, delayed and doubled.
    pub(super) fn send(&mut self, from: usize, to: usize, number: u64, body: Body) {
        let mut copies = 1;
        if self.faults.has("wire") {
            copies = [0, 1, 1, 1, 1, 1, 1, 1, 1, 2][self.below(10)];
        }
        for _ in 0..copies {
            let late = if self.faults.has("wire") { self.below(DELAY_MAX) as u64 } else { 0 };
            let due = self.step + if self.once_in(3) { late } else { 0 };
            self.letters.push(Letter { from, to, number, due, body: body.clone() });
        }
    }

    /// Adds what a node did to the trace.
    pub(super) fn tell(&mut self, node: usize, what: impl AsRef<str>) {
        let name = &self.nodes[node].name;
        let line = format!("{} {name} {}", self.nodes[node].clock.now(), what.as_ref());
        self.note(line);
    }

    /// Adds a line to the trace.
    pub(super) fn note(&mut self, line: String) {
        let line = format!("{:3} {line}", self.step);
        self.hasher.update(line.as_bytes()).update(b"\n");
        self.lines.push(line);
    }

    /// The end of this seed.
    pub(super) fn end(mut self, violation: Option<String>) -> Ending {
        if let Some(violation) = &violation {
            let started = self.nodes.iter().filter(|node| node.id.is_some() && !node.is_gone);
            let chains: Vec<String> = started.flat_map(Node::chains).collect();
            chains.into_iter().for_each(|chain| self.note(chain));
            self.note(violation.clone());
        }
        self.nodes.iter_mut().for_each(Node::stop);
        Ending { hash: self.hasher.finalize(), lines: self.lines, violation }
    }
}
