//! Place: people found, rename, move and close locations, under names that are few, so that they clash,
//! and below each other, so that they close circles. It has dice of its own, so that a seed without
//! locations is what it was before there were any.

use std::collections::BTreeSet;

use tillbook::{Location, LocationType, Page, Placement, Store, Subject};

use super::world::World;
use crate::shop::said;

/// So many steps pass between two of these deeds, on average.
const EVERY: usize = 4;
const NAMES: [&str; 4] = ["North", "South", "East", "West"];
const EXTERNAL_IDS: [&str; 3] = ["L-1", "L-2", "L-3"];
const KINDS: [LocationType; 2] = [LocationType::OriginalCreditor, LocationType::ProductType];

fn placements(store: &Store) -> Vec<Placement> {
    store.list_placements(Page::default()).unwrap().0
}

impl World {
    pub(super) fn pick<T: Clone>(&self, all: &[T]) -> Option<T> {
        let at = |n: usize| usize::try_from(self.place_dice.next_u64() % n as u64).unwrap();
        (!all.is_empty()).then(|| all[at(all.len())].clone())
    }

    /// Now and then, somebody changes a location at some node.
    pub(super) fn found(&mut self) -> Result<(), String> {
        let is_due = self.pick(&(0..EVERY).collect::<Vec<_>>()) == Some(0);
        let up = self.those(super::node::Node::is_up);
        let Some(node) = self.pick(&up).filter(|_| is_due) else { return Ok(()) };
        let store = self.nodes[node].store.as_ref().unwrap();
        let told = match self.pick(&[true, true, false]) {
            Some(true) => self.change_one(store),
            _ => self.owe(store),
        };
        self.tell(node, told);
        self.enter(node)
    }

    fn change_one(&self, store: &Store) -> String {
        let (name, kind) = (self.pick(&NAMES).unwrap(), self.pick(&KINDS).unwrap());
        let known = placements(store);
        let one = |of: &[Placement]| self.pick(of).map(|placement| placement.location.id);
        let (what, other) = (one(&known), one(&known));
        let deed = self.pick(&["new", "new", "rename", "move", "move", "id", "close", "settle"]);
        match (deed, what) {
            (Some("settle"), _) => self.settle(store),
            (Some("new"), _) | (_, None) => {
                let new = Location { kind, parent_id: other, ..Location::new(store.stamp(), name) };
                format!("founds {kind} {name}: {}", said(store.create_location(&new)))
            }
            (Some("rename"), Some(what)) => {
                let done = store.edit_location(&what, |place| {
                    (place.name, place.kind) = (name.to_owned(), kind);
                });
                format!("renames {what} {kind} {name}: {}", said(done))
            }
            (Some("id"), Some(what)) => {
                let id = self.pick(&EXTERNAL_IDS).map(str::to_owned);
                let done = store.edit_location(&what, |place| place.external_id = id);
                format!("numbers {what}: {}", said(done))
            }
            (Some("close"), Some(what)) => {
                format!("closes {what}: {}", said(store.delete_location(&what)))
            }
            (_, Some(what)) => {
                let done = store.edit_location(&what, |place| place.parent_id = other.clone());
                format!("moves {what} below {other:?}: {}", said(done))
            }
        }
    }

    fn settle(&self, store: &Store) -> String {
        let mut conflicts = store.conflicts().unwrap();
        conflicts.retain(|conflict| conflict.location_id.is_some());
        let Some(conflict) = self.pick(&conflicts) else {
            return "has nothing to settle".to_owned();
        };
        let answer = match self.pick(&[true, false]) {
            Some(true) => said(store.keep_conflict(&conflict.id)),
            _ => said(store.release_conflict(&conflict.id)),
        };
        format!("settles {}: {answer}", conflict.kind)
    }

    /// What a node shows of its locations is a tree, and every name and number of it has one owner.
    pub(super) fn look_at_places(&self, node: usize) -> Result<(), String> {
        let Some(store) = &self.nodes[node].store else { return Ok(()) };
        let name = &self.nodes[node].name;
        let all = placements(store);
        for Placement { location, parent, children } in &all {
            let mut seen = BTreeSet::from([&location.id]);
            let mut next = parent.as_ref();
            while let Some(parent) = next {
                if !seen.insert(&parent.id) {
                    return Err(format!("{name} shows {} in a circle", location.id));
                }
                let above = all.iter().find(|one| one.location.id == parent.id);
                next = above.ok_or(format!("{name} hides {}", parent.id))?.parent.as_ref();
            }
            let is_above = |child: &Location| child.parent_id.as_ref() == Some(&location.id);
            if !children.iter().all(is_above) {
                return Err(format!("{name} shows children of {} elsewhere", location.id));
            }
            // Whoever has named it may be lost.
            if location.name.is_empty() {
                continue;
            }
            let owner = store.find_location_named(location.kind, &location.name).unwrap();
            let owners = [
                owner,
                location
                    .external_id
                    .as_ref()
                    .map_or(Some(location.clone()), |id| store.find_location(id).unwrap()),
            ];
            if owners.contains(&None) {
                return Err(format!("I11: {name}: nobody owns what {} uses", location.id));
            }
        }
        Ok(())
    }

    /// Every node shows the same tree.
    pub(super) fn compare_places(&self) -> Result<(), String> {
        let root = placements(self.nodes[0].store.as_ref().unwrap());
        for node in &self.nodes[1..] {
            let Some(store) = &node.store else { continue };
            if placements(store) != root {
                return Err(format!("I2: {} shows another tree than the root", node.name));
            }
            self.compare_debts(&node.name, store)?;
            for conflict in store.conflicts().unwrap() {
                let owner = conflict.owner_id.as_ref().and_then(Subject::location);
                if conflict.location_id.is_some() && owner == conflict.location_id.as_ref() {
                    return Err(format!("I11: {} shows a clash with itself", node.name));
                }
            }
        }
        Ok(())
    }
}
