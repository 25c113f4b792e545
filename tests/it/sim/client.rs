//! Client: what the loop of a child does, one call at a time, so that anything may come in between.

use tillbook::sync::{Limit, Received, Why};
use tillbook::{Error, NodeId, Store};

use super::fault;
use super::node::{Client, Node, Role};
use super::wire::{Answer, Body, Refusal, Request, serve};
use super::world::World;

/// Every second batch and page is cut to at most so many items, so that runs have many.
const ITEMS_MAX: usize = 6;
/// A state that differs so often in a row begins with the buckets again, as in the real loop, which is not
/// in every build.
const DIVERGED_MAX: u32 = 3;

impl World {
    /// Lets a child's loop go on by one call; it may also give up waiting for an answer.
    pub(super) fn turn(&mut self, child: usize) -> Result<(), String> {
        let Some(parent) = self.nodes[child].parent else { return Ok(()) };
        if self.nodes[child].client.asked.is_some() {
            // Letters that are late are seldom waited for.
            if self.once_in(4) {
                self.nodes[child].client.asked = None;
                self.tell(child, "waits no longer");
            }
            return Ok(());
        }
        if self.nodes[child].client.checkpoint.is_some() {
            return self.publish(child);
        }
        let limit = if self.once_in(2) { ITEMS_MAX } else { Limit::PAGE.items };
        let limit = Limit { items: 1 + self.below(limit), ..Limit::PAGE };
        let Some(request) = self.next_request(child, limit)? else { return Ok(()) };
        self.n_requests += 1;
        let number = self.n_requests;
        self.nodes[child].client.asked = Some(number);
        let body = Body::Ask(request);
        self.tell(child, format!("asks {number}, {}", body.told()));
        self.send(child, parent, number, body);
        Ok(())
    }

    /// What a child has to ask for now; `None` when it has just come to the end of its pushing.
    pub(super) fn next_request(
        &mut self,
        child: usize,
        limit: Limit,
    ) -> Result<Option<Request>, String> {
        let node = &mut self.nodes[child];
        let store = node.store.as_ref().unwrap();
        let wrong = |what: &str, error: &Error| format!("{} {what}: {error:?}", node.name);
        if node.client.session.is_none() {
            let hello = store.hello().map_err(|error| wrong("cannot say hello", &error))?;
            return Ok(Some(Request::Hello(hello)));
        }
        if !node.client.pulls {
            let batch = store.pending(limit, &node.client.waiting);
            let batch = batch.map_err(|error| wrong("has no batch", &error))?;
            node.client.pulls = batch.is_none();
            return Ok(batch.map(|batch| Request::Push(store.node(), batch)));
        }
        if node.client.wants_buckets {
            return Ok(Some(Request::Buckets));
        }
        let cursor = store.cursor().map_err(|error| wrong("has no cursor", &error))?;
        Ok(Some(Request::Pull(store.node(), cursor, node.client.repair.clone(), limit)))
    }

    /// Lets a child take an answer that it has waited for.
    pub(super) fn accept(&mut self, child: usize, answer: &Answer) -> Result<(), String> {
        if let Answer::Refused(Refusal::NotAChild(reason, tree)) = answer {
            return self.turn_away(child, reason, *tree);
        }
        let node = &mut self.nodes[child];
        let (store, client) = (node.store.as_ref().unwrap(), &mut node.client);
        client.asked = None;
        let done = match answer {
            Answer::Session(session) => {
                let greeted = store.greet(session);
                if greeted.is_ok() {
                    client.greeted(session.root_epoch);
                    node.heard = node.parent;
                }
                greeted
            }
            Answer::Received(received) => {
                weigh(client, received);
                store.note_received(received)
            }
            Answer::Page(page) => {
                let staged = store.stage(page);
                match staged {
                    Ok(()) => client.checkpoint.clone_from(&page.checkpoint),
                    // What was staged went with an erase: the next pull begins before it.
                    Err(Error::StageMoved) => client.pulls = true,
                    Err(error) => return Err(format!("{} cannot stage: {error:?}", node.name)),
                }
                Ok(())
            }
            Answer::Buckets(theirs) => store.begin_repair(theirs).map(|repair| {
                client.wants_buckets = false;
                client.repair = Some(repair);
            }),
            Answer::Refused(Refusal::CursorReset) => {
                client.repair = None;
                client.end_session();
                store.forget_stage()
            }
            Answer::Refused(_) => {
                client.end_session();
                Ok(())
            }
        };
        let name = &node.name;
        done.map_err(|error| format!("{name} cannot take {answer:?}: {error:?}"))?;
        self.look(child)
    }

    /// A parent does not take the child, and says why and which tree it is part of.
    fn turn_away(&mut self, child: usize, reason: &str, tree: NodeId) -> Result<(), String> {
        self.nodes[child].client.end_session();
        // A shop that has just opened, or whose image is older than its first hello, is part of no tree
        // yet, and takes nobody from one.
        if Some(tree) != self.nodes[0].id {
            return self.look(child);
        }
        let hello = self.nodes[child].store.as_ref().unwrap().hello();
        let hello = hello.map_err(|error| format!("cannot say hello: {error:?}"))?;
        let is_above = |node: &Node| node.role == Role::Shop && node.id == hello.root;
        if hello.is_complete || hello.root.is_none() || !self.nodes.iter().any(is_above) {
            return Err(format!("{} is no child: {reason}", self.nodes[child].name));
        }
        // Until it has heard its first parent, a shop is the root of a tree of its own. Whoever came into
        // that one and does not hold every operation comes into this one with that shop, or with the one
        // that its copy is from: it has deleted some, or a copy of its file has written them and they came
        // with the state. It asks until they have come. When they burn down before anybody has met them,
        // that tree has lost its root for good, and nobody takes what is left of it.
        let from = [hello.root, hello.cursor.map(|cursor| cursor.node)];
        match from.into_iter().flatten().all(|shop| self.is_unmet(shop)) {
            true => fault::strand(self, child),
            false => self.look(child),
        }
    }

    /// Whether all who are left are up, and nobody is this node or has it below.
    fn is_unmet(&self, shop: NodeId) -> bool {
        let is_below = |store: &Store| store.children().unwrap().iter().any(|it| it.node == shop);
        let knows = |store: &Store| store.node() == shop || is_below(store);
        let mut left = self.nodes.iter().filter(|node| !node.is_gone);
        left.all(|node| node.store.as_ref().is_some_and(|store| !knows(store)))
    }

    /// Lets a child show a run that is staged as a whole.
    pub(super) fn publish(&mut self, child: usize) -> Result<(), String> {
        let node = &mut self.nodes[child];
        let store = node.store.as_ref().unwrap();
        let checkpoint = node.client.checkpoint.take().unwrap();
        node.client.pulls = false;
        let published = store.publish(&checkpoint);
        let epoch = store.hello().map_err(|error| format!("{error:?}"))?.root_epoch;
        let may_differ = node.is_misled || node.rot.is_some() || self.faults.has("fork");
        let may_be_stale = ["shops", "root", "back"].iter().any(|fault| self.faults.has(fault));
        match published {
            Ok(published) => {
                node.is_misled = false;
                if node.client.repair.is_some() {
                    node.rot = None;
                }
                (node.client.n_diverged, node.client.repair) = (0, None);
                self.tell(child, format!("publishes {published:?}"));
                self.look_at_base(child, &checkpoint)?;
            }
            Err(Error::StaleParent { lacks }) if may_be_stale => {
                self.nodes[child].client.end_session();
                self.tell(child, format!("does not publish, the parent lacks {lacks}"));
            }
            Err(Error::RootRestored) => {
                self.nodes[child].client.end_session();
                self.tell(child, "does not publish, the root was restored");
            }
            // An erase took away what was staged. Of a later epoch a hello must tell, or it never ends.
            Err(Error::StageMoved) if checkpoint.root_epoch <= epoch => {
                self.tell(child, "does not publish, the run goes on");
            }
            Err(Error::Diverged { .. }) if may_differ => self.mend(child)?,
            Err(error) => return Err(format!("{} does not publish: {error:?}", node.name)),
        }
        self.look(child)
    }

    /// What came is not the state that the parent told of: at first the buckets are compared, then
    /// everything is read anew, and it begins again.
    fn mend(&mut self, child: usize) -> Result<(), String> {
        let node = &mut self.nodes[child];
        let (store, client) = (node.store.as_ref().unwrap(), &mut node.client);
        client.n_diverged += 1;
        if client.n_diverged % DIVERGED_MAX == 1 {
            (client.pulls, client.wants_buckets) = (true, true);
            self.tell(child, "does not publish, its sums differ");
            return Ok(());
        }
        let forgot = store.forget_stage();
        client.repair = None;
        client.end_session();
        node.is_misled = false;
        forgot.map_err(|error| format!("{} cannot forget: {error:?}", node.name))?;
        self.tell(child, "does not publish, its sums differ again");
        Ok(())
    }

    /// A whole round of a child over a wire without faults.
    pub(super) fn round(&mut self, child: usize) -> Result<(), String> {
        const EXCHANGES_MAX: usize = 500;
        let parent = self.nodes[child].parent.unwrap();
        // Somebody on a way was stranded, and who is left there may talk to nobody now.
        if ![child, parent].into_iter().all(|node| self.nodes[node].is_up()) {
            return Ok(());
        }
        // Each round is a session of its own: what was refused before is tried again.
        self.nodes[child].client.end_session();
        let limit = Limit { items: 1 + self.below(Limit::BATCH.items), ..Limit::BATCH };
        for _ in 0..EXCHANGES_MAX {
            if self.nodes[child].client.checkpoint.is_some() {
                self.publish(child)?;
                if !self.nodes[child].client.pulls {
                    return Ok(());
                }
            }
            let Some(request) = self.next_request(child, limit)? else { continue };
            self.tell(child, format!("asks for {}", Body::Ask(request.clone()).told()));
            let answer = serve(self.nodes[parent].store.as_ref().unwrap(), &request)?;
            self.tell(parent, format!("answers {}", Body::Tell(answer.clone()).told()));
            self.look(parent)?;
            self.accept(child, &answer)?;
            if matches!(answer, Answer::Refused(Refusal::NotAChild(..))) {
                return Ok(());
            }
        }
        Err(format!("I16: {} does not come to the end of a round", self.nodes[child].name))
    }
}

/// What the answer to a batch means for the rest of the session.
fn weigh(client: &mut Client, received: &Received) {
    for refused in &received.refused {
        match refused.why {
            // A new hello tells where the parent is, and what it has instead.
            Why::Gap(_) | Why::Fork => client.session = None,
            Why::NotYours | Why::UpgradeServer(_) => {
                client.waiting.insert(tillbook::sync::Chain::of(refused.id));
            }
        }
    }
    if client.session != Some(received.root_epoch) {
        client.session = None;
    }
}
