//! Quiet: everything is healed, everybody talks until nothing moves, and all are compared.

use std::collections::BTreeSet;

use tillbook::sync::Limit;
use tillbook::{Error, Store};

use super::book::says;
use super::node::Role;
use super::oracle::ledger;
use super::world::World;
use crate::operation::history::{PEOPLE, shown};
use crate::shop::{id, operations, said};

/// Everybody has said everything to everybody after so many rounds.
const ROUNDS_MAX: usize = 12;
/// So many rounds in which nothing moves show that nothing will: a shop may have told its tills in the one
/// before that the root has lost what they hold.
const STILL_ROUNDS: usize = 2;
/// The costlier comparisons are made at the end of one seed in so many.
const WHOLE_EVERY: usize = 20;
/// What the root says of erases is compared at the end of one seed in so many.
const ERASES_EVERY: usize = 4;
/// After so many rounds the root has heard of everybody, however deep the tree.
const ROUNDS_UP: usize = 8;

impl World {
    /// Heals everything and compares.
    pub(super) fn quieten(&mut self) -> Result<(), String> {
        self.note("quiet".to_owned());
        self.letters.clear();
        self.cuts.clear();
        for node in self.those(|node| !node.is_up() && !node.is_gone) {
            self.start(node)?;
        }
        self.touch_rot()?;
        let (mut n_rounds, mut n_still) = (0, 0);
        loop {
            n_still = match self.moving()? {
                Some(moves) if n_rounds == ROUNDS_MAX => {
                    return Err(format!("I16: after {ROUNDS_MAX} rounds {moves}"));
                }
                Some(_) => 0,
                None if n_still == STILL_ROUNDS => break,
                None => n_still + 1,
            };
            n_rounds += 1;
            self.talk(1)?;
        }
        self.note(format!("quiet after {n_rounds} rounds"));
        self.compare()?;
        self.compare_places()?;
        let root = self.nodes[0].store.as_ref().unwrap();
        let is_any_erased = PEOPLE.iter().any(|who| root.erase_report(&id(who)).is_ok());
        if is_any_erased && self.once_in(ERASES_EVERY) {
            self.compare_reports()?;
        }
        if self.once_in(WHOLE_EVERY) {
            self.compare_words()?;
            self.look_for_canaries()?;
        }
        Ok(())
    }

    /// Everybody talks, those below first.
    fn talk(&mut self, n_rounds: usize) -> Result<(), String> {
        for _ in 0..n_rounds {
            for role in [Role::Till, Role::Shop] {
                for child in self.those(|node| node.role == role && node.is_up()) {
                    self.round(child)?;
                }
            }
        }
        Ok(())
    }

    /// Somebody writes about each customer of whom a row somewhere is not what it was: that it is not, is
    /// noticed when the customer changes.
    fn touch_rot(&mut self) -> Result<(), String> {
        let rotten: BTreeSet<usize> = self.nodes.iter().filter_map(|node| node.rot).collect();
        for who in rotten {
            let note = Some(format!("seen on day {} by {who}", self.day));
            if !self.revive(who)? {
                // The till has it from a shop that has not passed it on yet.
                self.talk(ROUNDS_UP)?;
                self.revive(who)?;
            }
            let root = self.nodes[0].store.as_ref().unwrap();
            let answer =
                said(root.edit_customer(&id(PEOPLE[who]), |customer| customer.note = note));
            self.tell(0, format!("writes of {}: {answer}", PEOPLE[who]));
            self.enter(0)?;
        }
        Ok(())
    }

    /// Brings a customer back whom the root does not show; says whether the root knows of that one.
    fn revive(&mut self, who: usize) -> Result<bool, String> {
        let root = self.nodes[0].store.as_ref().unwrap();
        if root.customer(&id(PEOPLE[who])).is_ok() {
            return Ok(true);
        }
        let undeleted = root.undelete_customer(&id(PEOPLE[who]));
        let is_known = !matches!(undeleted, Err(Error::NotFound { .. }));
        self.tell(0, format!("undeletes {}: {}", PEOPLE[who], said(undeleted)));
        self.enter(0)?;
        Ok(is_known)
    }

    /// What is not the same everywhere yet, or waits to be sent.
    fn moving(&self) -> Result<Option<String>, String> {
        let root = self.nodes[0].store.as_ref().unwrap();
        let digest = root.view_digest().map_err(|error| error.to_string())?;
        for node in &self.nodes[1..] {
            let Some(store) = &node.store else { continue };
            let own = store.view_digest().map_err(|error| error.to_string())?;
            if own != digest {
                return Ok(Some(format!("{} shows {own:?}, the root {digest:?}", node.name)));
            }
            // A node that has never said hello has everything before it.
            let pending = match store.pending(Limit::BATCH, &BTreeSet::new()) {
                Err(Error::NoParent) => return Ok(Some(format!("{} is alone", node.name))),
                pending => pending.map_err(|error| error.to_string())?,
            };
            if let Some(batch) = pending {
                let first = batch.operations.first().map(|operation| operation.id);
                return Ok(Some(format!("{} has {first:?} to send", node.name)));
            }
        }
        Ok(None)
    }

    /// What must hold everywhere now.
    fn compare(&self) -> Result<(), String> {
        let root = self.nodes[0].store.as_ref().unwrap();
        let everywhere = ledger(root)?;
        let lost =
            |id: &&tillbook::TransactionId| everywhere.get(*id) != self.book.entries.get(*id);
        if let Some(id) = self.book.kept().into_iter().find(lost) {
            return Err(format!("I1: the root shows {id} as {:?}", everywhere.get(id)));
        }
        let invented = everywhere.keys().find(|id| !self.book.entries.contains_key(*id));
        if let Some(id) = invented {
            return Err(format!("I1: nobody has recorded {id}"));
        }
        let log = operations(root);
        let said: BTreeSet<_> = log.iter().map(says).collect();
        let held: BTreeSet<_> =
            log.iter().map(|operation| (operation.id, operation.hash)).collect();
        for (key, says, is_renamed) in self.book.kept_operations(&log) {
            if !(held.contains(key) || is_renamed && said.contains(says)) {
                return Err(format!("I1: the root does not hold {}", key.0));
            }
        }
        for node in self.those(|node| node.is_up()) {
            let at = &self.nodes[node];
            if ledger(at.store.as_ref().unwrap())? != everywhere {
                return Err(format!("I2: {} has another ledger than the root", at.name));
            }
            self.check(node)?;
        }
        Ok(())
    }

    /// Compares every word that the nodes show.
    fn compare_words(&self) -> Result<(), String> {
        let root = shown(self.nodes[0].store.as_ref().unwrap(), false);
        for node in &self.nodes[1..] {
            let Some(store) = &node.store else { continue };
            for word in ["ada", "grace", "zofia"] {
                let found = |store: &Store| {
                    let found = store.find_customers(word, 20).unwrap().into_iter();
                    found.map(|found| found.profile.customer.id).collect::<BTreeSet<_>>()
                };
                if found(store) != found(self.nodes[0].store.as_ref().unwrap()) {
                    return Err(format!("I2: {} finds others by {word}", node.name));
                }
            }
            let own = shown(store, false);
            let differ = own.lines().zip(root.lines()).find(|(own, root)| own != root);
            if let Some((own, root)) = differ {
                return Err(format!("I2: {} shows {own:?}, the root {root:?}", node.name));
            }
        }
        Ok(())
    }

    /// Looks in every file for words about customers who were erased.
    fn look_for_canaries(&mut self) -> Result<(), String> {
        let root = self.nodes[0].store.as_ref().unwrap();
        // Naming a version that nobody has does nothing.
        let erased = |who: &str| {
            let answer = root.delete_customer(&id(who), Some(u64::from(u32::MAX)));
            matches!(answer, Err(Error::Erased(_)))
        };
        let canaries = self.book.canaries.iter().filter(|(who, _)| erased(who));
        let canaries: Vec<String> = canaries.map(|(_, words)| words.clone()).collect();
        for node in self.those(|node| node.is_up()) {
            // What an erase leaves in the pages goes when the file is opened again.
            self.nodes[node].stop();
            self.start(node)?;
            self.nodes[node].stop();
            let held = self.nodes[node].words();
            if let Some(words) = canaries.iter().find(|words| held.contains(*words)) {
                return Err(format!("I12: {} still has {words}", self.nodes[node].name));
            }
        }
        Ok(())
    }

    /// Compares what the root says of each erase with the files: whoever still holds words has confirmed
    /// nothing, and once nobody does, all have.
    fn compare_reports(&mut self) -> Result<(), String> {
        self.talk(ROUNDS_UP)?;
        self.compare_report(false)?;
        for node in self.those(|node| node.is_up()) {
            let scrubbed = self.nodes[node].store.as_ref().unwrap().scrub_when_due();
            scrubbed.map_err(|error| format!("{}: {error:?}", self.nodes[node].name))?;
        }
        self.talk(ROUNDS_UP)?;
        self.note("compares the reports of erases".to_owned());
        self.compare_report(true)
    }

    fn compare_report(&self, is_over: bool) -> Result<(), String> {
        let root = self.nodes[0].store.as_ref().unwrap();
        for who in PEOPLE {
            let Ok(report) = root.erase_report(&id(who)) else { continue };
            for node in &self.nodes[1..] {
                let Some(store) = &node.store else { continue };
                let name = &node.name;
                let is_confirmed = report.confirmed.contains(&store.node());
                if is_over && !is_confirmed {
                    return Err(format!("I12: {name} has not confirmed that {who} is erased"));
                }
                // Of two copies of one file either may speak for both.
                if !is_confirmed || !is_over && self.faults.has("clone") {
                    continue;
                }
                let held = node.words();
                let mut words = self.book.canaries.iter().filter(|(whose, _)| *whose == who);
                if let Some((_, words)) = words.find(|(_, words)| held.contains(words)) {
                    return Err(format!("I12: {name} says that {who} is erased, it has {words}"));
                }
            }
        }
        Ok(())
    }
}
