//! Node: a file with its clock, and what its client would hold in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use tillbook::operation::Hash;
use tillbook::sync::{Chain, Checkpoint, Repair};
use tillbook::{
    Clock, ManualClock, NodeId, OperationId, Options, Random, SeededRandom, Store, Timestamp,
    TransactionId,
};

use crate::operation::history::PEOPLE;
use crate::shop::NOON_MS;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Root,
    Shop,
    Till,
}

/// What a client holds in memory; a crash takes it away.
#[derive(Debug, Default)]
pub(super) struct Client {
    /// The root's epoch of the session, once the parent has answered.
    pub(super) session: Option<u64>,
    /// Chains that the parent does not take in this session.
    pub(super) waiting: BTreeSet<Chain>,
    /// The number of the request whose answer it waits for.
    pub(super) asked: Option<u64>,
    /// Whether it has nothing to push any more and asks for pages.
    pub(super) pulls: bool,
    /// The end of a run that is staged as a whole.
    pub(super) checkpoint: Option<Checkpoint>,
    /// So many states in a row were not what the parent told of.
    pub(super) n_diverged: u32,
    /// Whether it asks for the sums of the parent's buckets next.
    pub(super) wants_buckets: bool,
    /// What the run that is on its way reads, when it is not everything.
    pub(super) repair: Option<Repair>,
}

impl Client {
    /// The next thing to say is hello. What is being repaired stays.
    pub(super) fn end_session(&mut self) {
        let Self { n_diverged, wants_buckets, repair, .. } = std::mem::take(self);
        *self = Self { n_diverged, wants_buckets, repair, ..Self::default() };
    }

    /// The parent has answered a hello.
    pub(super) fn greeted(&mut self, root_epoch: u64) {
        self.end_session();
        self.session = Some(root_epoch);
    }
}

/// What was seen of a file; it goes back with the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// Its own credit transactions that were acknowledged.
    pub(super) own: BTreeSet<TransactionId>,
    /// The operations of its own node that its log has ever held.
    pub(super) log: BTreeSet<(OperationId, Hash)>,
    /// Of each customer the last version shown, and what was shown under it.
    pub(super) people: [Option<(u64, String)>; PEOPLE.len()],
}

/// A copy of a file, as a backup or a cloned disk would be one.
#[derive(Debug, Clone)]
pub(super) struct Image {
    path: PathBuf,
    pub(super) seen: Seen,
    /// When it was made.
    pub(super) day: u64,
    /// Whether a part of what is staged in it may be missing.
    pub(super) is_misled: bool,
    /// The customer whose row had changed on the disk.
    rot: Option<usize>,
    /// See [`Node::heard`].
    heard: Option<usize>,
    /// Of the dice that named the incarnation then.
    pub(super) seed: u64,
}

/// One node of the tree.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) role: Role,
    /// Once it has started.
    pub(super) id: Option<NodeId>,
    folder: PathBuf,
    path: PathBuf,
    n_files: u32,
    /// Of the dice that name the incarnation of this opening, and of the next one where it is known.
    seed: u64,
    next_seed: Option<u64>,
    /// `None` while it is down.
    pub(super) store: Option<Store>,
    pub(super) clock: Arc<ManualClock>,
    /// Whether its clock goes.
    pub(super) ticks: bool,
    pub(super) parent: Option<usize>,
    /// Whose answer to a hello its file has heard last, so that what is staged is of that one.
    pub(super) heard: Option<usize>,
    /// An older file has come in the place of its own.
    pub(super) went_back: bool,
    /// It will never be up again.
    pub(super) is_gone: bool,
    pub(super) client: Client,
    pub(super) seen: Seen,
    pub(super) images: Vec<Image>,
    /// Whether a part of what is staged may be missing: it was lost on its way, or its place in the feed
    /// was given out twice because the parent went back.
    pub(super) is_misled: bool,
    /// The customer whose row has changed on the disk, until that was mended.
    pub(super) rot: Option<usize>,
    /// Every digest its view ever had, and at which step it had it first.
    pub(super) digests: BTreeMap<u128, u64>,
    /// Tells its transactions from those of others, and of its own earlier lives.
    pub(super) tag: String,
    n_tags: u32,
}

impl Node {
    /// A node whose file is made at its first start, in a folder of its own.
    pub(super) fn new(base: &Path, name: String, role: Role, parent: Option<usize>) -> Self {
        let folder = base.join(&name);
        fs::create_dir(&folder).unwrap();
        Self {
            path: folder.join("0.db"),
            folder,
            n_files: 1,
            seed: 0,
            next_seed: None,
            store: None,
            clock: Arc::new(ManualClock::new(Timestamp::from_ms(NOON_MS))),
            ticks: true,
            parent,
            heard: None,
            went_back: false,
            is_gone: false,
            client: Client::default(),
            seen: Seen::default(),
            images: Vec::new(),
            is_misled: false,
            rot: None,
            digests: BTreeMap::new(),
            tag: format!("{name}-"),
            n_tags: 0,
            name,
            role,
            id: None,
        }
    }

    /// Opens the file.
    pub(super) fn start(&mut self, seed: u64) -> Result<(), String> {
        self.seed = self.next_seed.take().unwrap_or(seed);
        let random = Arc::new(Dice::new(seed, self.seed));
        let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(&self.clock);
        let options = Options { clock, random, reserve_bytes: 0, ..Options::default() };
        let store = Store::open_with(&self.path, options);
        let store = store.map_err(|error| format!("{} does not start: {error}", self.name))?;
        self.id = Some(store.node());
        self.store = Some(store);
        self.client = Client::default();
        Ok(())
    }

    /// Closes the file in good order.
    pub(super) fn stop(&mut self) {
        self.store = None;
        self.client = Client::default();
    }

    /// Goes down as in a power cut: what lies on disk at this moment is all there is at the next
    /// start.
    pub(super) fn kill(&mut self) {
        let left = self.copy();
        self.stop();
        remove(&self.path);
        self.path = left;
    }

    /// Keeps a copy of the file as it is, open or not.
    pub(super) fn stash(&mut self, day: u64) {
        let (path, seen, is_misled) = (self.copy(), self.seen.clone(), self.is_misled);
        let Self { rot, heard, seed, .. } = *self;
        let image = Image { path, seen, day, is_misled, rot, heard, seed };
        self.images.push(image);
    }

    /// Puts a copy in the place of the file. The node is down then; `seed` is that of the dice that
    /// name the next incarnation.
    pub(super) fn restore(&mut self, image: &Image, seed: Option<u64>) {
        self.next_seed = seed;
        self.stop();
        remove(&self.path);
        self.path = self.fresh();
        copy(&image.path, &self.path);
        self.seen = image.seen.clone();
        self.went_back = true;
        (self.is_misled, self.rot, self.heard) = (image.is_misled, image.rot, image.heard);
        self.rename();
    }

    /// Its transactions have other names from now on.
    pub(super) fn rename(&mut self) {
        self.n_tags += 1;
        self.tag = format!("{}r{}-", self.name, self.n_tags);
    }

    fn fresh(&mut self) -> PathBuf {
        self.n_files += 1;
        self.folder.join(format!("{}.db", self.n_files))
    }

    /// Copies the file and its log as they lie on disk. The file goes first: as long as nobody
    /// writes, the log that is copied after it makes up for whatever was carried over meanwhile.
    fn copy(&mut self) -> PathBuf {
        let to = self.fresh();
        copy(&self.path, &to);
        to
    }

    /// Changes a word of a customer on the disk, behind the store's back.
    pub(super) fn rot(&mut self, who: usize) {
        let conn = Connection::open(&self.path).unwrap();
        let sql = "update customer set first_name = 'Rot' where id = ?1";
        conn.execute(sql, [PEOPLE[who]]).unwrap();
        self.rot = Some(who);
    }

    /// The chains that the file knows, a line each: whose, how far it goes, how far the parent, the copy and
    /// the root have it, how far it is deleted, what it goes on from, and what the parent says of it.
    pub(super) fn chains(&self) -> Vec<String> {
        let conn = Connection::open(&self.path).unwrap();
        let sql = "select printf('%.4s/%04x to %d, parent %d, copy %d, root %d, without %d, after %04x/%d %s',
                                 lower(hex(node)), number >> 48, seq, parent_seq, included_seq, root_seq,
                                 pruned_seq, follows_number >> 48, follows_seq, refused)
                     from incarnation order by key";
        let mut statement = conn.prepare(sql).unwrap();
        let lines = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        lines.map(|line| format!("{} has {}", self.name, line.unwrap())).collect()
    }

    /// What lies in the file and its log, as far as it is text.
    pub(super) fn words(&self) -> String {
        let parts = ["", "-wal"].map(|suffix| fs::read(beside(&self.path, suffix)));
        let bytes: Vec<u8> = parts.into_iter().flatten().flatten().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub(super) fn is_up(&self) -> bool {
        self.store.is_some()
    }
}

/// Dice of their own for the numbers that name incarnations: those alone are of eight bytes.
#[derive(Debug)]
struct Dice {
    names: SeededRandom,
    others: SeededRandom,
}

impl Dice {
    fn new(seed: u64, names: u64) -> Self {
        Self { names: SeededRandom::new(names), others: SeededRandom::new(seed) }
    }
}

impl Random for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        if bytes.len() == 8 { self.names.fill(bytes) } else { self.others.fill(bytes) }
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}

fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
    let log = beside(from, "-wal");
    if log.exists() {
        fs::copy(log, beside(to, "-wal")).unwrap();
    }
}

fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        // Only some of them are there.
        let _ = fs::remove_file(beside(path, suffix));
    }
}
