//! Fault: what goes wrong beside the wires' own doings.

use std::collections::BTreeSet;

use tillbook::operation::Hash;
use tillbook::sync::RETENTION_DAYS;
use tillbook::{OperationId, Timestamp};

use super::node::{Client, Node, Role};
use super::wire::{Answer, Request};
use super::world::World;
use crate::operation::history::PEOPLE;
use crate::shop::{id, operations};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const YEAR_MS: i64 = 365 * DAY_MS;
const YEAR_2500_MS: i64 = 16_725_225_600_000;

/// What a bad wire makes of a request: the front of a batch arrives as if it were all of it, or one
/// operation is missing, doubled or out of its place.
pub(super) fn spoil(world: &World, mut request: Request) -> Request {
    let Request::Push(_, batch) = &mut request else { return request };
    let n = batch.operations.len();
    if n > 0 && world.faults.has("wire") && world.once_in(6) {
        let (one, other) = (world.below(n), world.below(n));
        match world.below(5) {
            0 | 1 => batch.operations.truncate(one),
            2 => drop(batch.operations.remove(one)),
            3 => batch.operations.push(batch.operations[one].clone()),
            _ => batch.operations.swap(one, other),
        }
    }
    request
}

/// A unit is lost on its way down, as if the wire did not prove what it carries. Says whether it was.
pub(super) fn damage(world: &World, answer: &mut Answer) -> bool {
    let Answer::Page(page) = answer else { return false };
    let is_damaged = !page.units.is_empty() && world.faults.has("damage") && world.once_in(10);
    if is_damaged {
        page.units.remove(world.below(page.units.len()));
    }
    is_damaged
}

/// A wire carries nothing from now on, one way or both.
pub(super) fn cut(world: &mut World) -> Result<(), String> {
    let Some(child) = world.one_of(&world.those(|node| node.parent.is_some())) else {
        return Ok(());
    };
    let parent = world.nodes[child].parent.unwrap();
    let ways = [(child, parent), (parent, child)];
    match world.below(3) {
        2 => world.cuts.extend(ways),
        way => drop(world.cuts.insert(ways[way])),
    }
    world.tell(child, "is cut off");
    Ok(())
}

/// A wire that was cut carries again.
pub(super) fn mend(world: &mut World) -> Result<(), String> {
    let cuts: Vec<_> = world.cuts.iter().copied().collect();
    if let Some(way) = world.one_of(&cuts) {
        world.cuts.remove(&way);
        world.note(format!("the wire from {} to {} is mended", way.0, way.1));
    }
    Ok(())
}

/// A node goes down, in good order or not.
pub(super) fn crash(world: &mut World) -> Result<(), String> {
    let Some(node) = world.one_of(&world.those(Node::is_up)) else { return Ok(()) };
    kill(world, node)
}

/// This node goes down, in good order or not.
pub(super) fn kill(world: &mut World, node: usize) -> Result<(), String> {
    let is_hard = world.once_in(2);
    match is_hard {
        true => world.nodes[node].kill(),
        false => world.nodes[node].stop(),
    }
    world.tell(node, if is_hard { "is killed" } else { "is closed" });
    Ok(())
}

/// A clock is set, stands still or goes again.
pub(super) fn set_clock(world: &mut World) -> Result<(), String> {
    let node = world.below(world.nodes.len());
    let clock = &world.nodes[node].clock;
    match world.below(8) {
        0 => clock.advance(HOUR_MS),
        1 => clock.advance(-HOUR_MS),
        2 => clock.advance(YEAR_MS),
        3 => clock.advance(-YEAR_MS),
        4 => clock.set(Timestamp::from_ms(0)),
        5 => clock.set(Timestamp::from_ms(YEAR_2500_MS)),
        n => world.nodes[node].ticks = n == 6,
    }
    world.tell(node, "has another clock");
    Ok(())
}

/// A month passes everywhere; sometimes one that somebody talks on every day of. Then files forget what
/// they need not keep.
pub(super) fn pass_month(world: &mut World) -> Result<(), String> {
    const TALKS_EVERY: u64 = 6;
    // A shop that goes back matters to those who have deleted since. A fork of what a parent has deleted
    // is found out by nobody.
    let has_back = world.faults.has("back") && !world.faults.has("fork");
    let talks = world.step.is_multiple_of(TALKS_EVERY) || has_back;
    let way = if talks { way_up(world) } else { Vec::new() };
    world.note(format!("a month passes, {} talk", way.len()));
    for _ in 0..31 {
        world.nodes.iter().for_each(|node| node.clock.advance(DAY_MS));
        world.day += 1;
        for child in &way {
            world.round(*child)?;
        }
    }
    for node in world.those(Node::is_up) {
        world.prune(node)?;
        world.look(node)?;
    }
    Ok(())
}

/// A child and those above it up to the root, if all of them are up.
fn way_up(world: &World) -> Vec<usize> {
    let mut way = Vec::new();
    let mut next = world.one_of(&world.those(|node| node.parent.is_some() && !node.is_gone));
    while let Some(child) = next {
        way.push(child);
        next = world.nodes[child].parent;
    }
    let are_up = way.iter().all(|node| world.nodes[*node].is_up());
    way.pop();
    if are_up { way } else { Vec::new() }
}

/// The tills that are up.
fn tills(world: &World) -> Vec<usize> {
    world.those(|node| node.role == Role::Till && node.is_up())
}

/// A copy of a till's file is kept.
pub(super) fn stash_till(world: &mut World) -> Result<(), String> {
    stash_one(world, Role::Till)
}

/// An older copy of a till's file goes on in its place.
pub(super) fn restore_till(world: &mut World) -> Result<(), String> {
    restore_one(world, Role::Till)
}

/// A copy of a shop's file is kept.
pub(super) fn stash_shop(world: &mut World) -> Result<(), String> {
    stash_one(world, Role::Shop)
}

/// An older copy of a shop's file goes on in its place.
pub(super) fn restore_shop(world: &mut World) -> Result<(), String> {
    restore_one(world, Role::Shop)
}

fn stash_one(world: &mut World, role: Role) -> Result<(), String> {
    let up = world.those(|node| node.role == role && node.is_up());
    let Some(node) = world.one_of(&up) else { return Ok(()) };
    world.nodes[node].stash(world.day);
    world.tell(node, "is copied");
    Ok(())
}

fn restore_one(world: &mut World, role: Role) -> Result<(), String> {
    let old = world.those(|node| node.role == role && !node.is_gone && !node.images.is_empty());
    let Some(node) = world.one_of(&old) else { return Ok(()) };
    mislead_below(world, node);
    go_back(world, node)
}

/// The parent goes back: what is staged of its state, also by whoever goes to another parent and has not
/// heard that one yet, may have come under numbers that it gives out again.
fn mislead_below(world: &mut World, parent: usize) {
    for node in &mut world.nodes {
        node.is_misled |= node.heard == Some(parent);
        node.images.iter_mut().for_each(|image| image.is_misled = true);
    }
}

/// A copy of the root's file is kept.
pub(super) fn stash_root(world: &mut World) -> Result<(), String> {
    if world.nodes[0].is_up() {
        world.nodes[0].stash(world.day);
        world.tell(0, "is copied");
    }
    Ok(())
}

/// An older copy of the root's file goes on in its place.
pub(super) fn restore_root(world: &mut World) -> Result<(), String> {
    if world.nodes[0].images.is_empty() {
        return Ok(());
    }
    mislead_below(world, 0);
    world.book.forget_root();
    go_back(world, 0)
}

fn go_back(world: &mut World, node: usize) -> Result<(), String> {
    let image = world.below(world.nodes[node].images.len());
    let image = world.nodes[node].images[image].clone();
    // An image of the whole machine draws the same again, and so writes the same chain once more.
    let is_fork = world.faults.has("fork") && world.once_in(2);
    world.nodes[node].restore(&image, is_fork.then_some(image.seed));
    world.tell(node, "goes back to an older copy");
    world.start(node)?;
    let is_too_old = node == 0 && world.day >= image.day + u64::from(RETENTION_DAYS);
    if is_too_old {
        world.book.has_holes = true;
        let stores = world.nodes.iter().filter_map(|node| node.store.as_ref());
        let epochs = stores.map(|store| store.hello().unwrap().root_epoch);
        world.book.epoch = epochs.max().unwrap_or(0);
        // What no file holds any more may be written once more, as something else.
        world.nodes.iter_mut().for_each(Node::rename);
    }
    lose(world, is_too_old)
}

/// Takes note of what nobody holds any more whose author's file is not what it was, or whoever wrote it
/// where the root has gone back farther than operations are kept.
pub(super) fn lose(world: &mut World, is_too_old: bool) -> Result<(), String> {
    for node in world.those(|node| !node.is_up() && !node.is_gone) {
        world.start(node)?;
    }
    let stores = world.nodes.iter().filter_map(|node| node.store.as_ref());
    let held: BTreeSet<(OperationId, Hash)> =
        stores.flat_map(operations).map(|operation| (operation.id, operation.hash)).collect();
    let nodes = &world.nodes;
    world.book.lose(&held, |author| is_too_old || nodes[author].went_back || nodes[author].is_gone);
    if is_too_old {
        let kept = world.book.kept();
        for node in &mut world.nodes {
            node.seen.own.retain(|id| kept.contains(id));
            node.images.iter_mut().for_each(|image| image.seen.own.retain(|id| kept.contains(id)));
        }
    }
    Ok(())
}

/// A row of a till's file changes on the disk. What the till then shows of the customer is nobody's
/// doing.
pub(super) fn rot(world: &mut World) -> Result<(), String> {
    let sound = world.those(|node| {
        node.role == Role::Till
            && node.is_up()
            && node.rot.is_none()
            && node.client.repair.is_none()
    });
    let Some(till) = world.one_of(&sound) else { return Ok(()) };
    let who = world.below(PEOPLE.len());
    // Of whom nothing is there, nobody can write any more, so that nobody would notice.
    if world.nodes[till].store.as_ref().unwrap().customer(&id(PEOPLE[who])).is_err() {
        return Ok(());
    }
    world.nodes[till].rot(who);
    world.tell(till, format!("has another row of {}", PEOPLE[who]));
    world.look_at_rot(till, who)
}

/// A copy of a till's file goes on beside it, as another machine.
pub(super) fn clone_till(world: &mut World) -> Result<(), String> {
    let Some(till) = world.one_of(&tills(world)) else { return Ok(()) };
    world.nodes[till].stash(world.day);
    let image = world.nodes[till].images.pop().unwrap();
    let twin = world.add(Role::Till, world.nodes[till].parent);
    let ms = tillbook::Clock::now(&*world.nodes[till].clock);
    world.nodes[twin].clock.set(ms);
    world.nodes[twin].restore(&image, None);
    world.nodes[twin].went_back = false;
    world.tell(till, format!("has a twin, {}", world.nodes[twin].name.clone()));
    world.start(twin)
}

/// A child goes to another parent.
fn move_to(world: &mut World, child: usize, parent: usize) {
    world.nodes[child].parent = Some(parent);
    world.nodes[child].client = Client::default();
    world.tell(child, format!("goes to {}", world.nodes[parent].name.clone()));
}

/// Where a child can go: to whoever is not below it.
fn parents(world: &World, child: usize) -> Vec<usize> {
    let is_below = |mut node: usize| loop {
        match world.nodes[node].parent {
            _ if node == child => return true,
            None => return false,
            Some(parent) => node = parent,
        }
    };
    let mut parents = world.those(|node| node.role != Role::Till && !node.is_gone);
    parents.retain(|parent| !is_below(*parent));
    parents
}

/// A till goes to another parent.
pub(super) fn rehome(world: &mut World) -> Result<(), String> {
    let Some(till) = world.one_of(&tills(world)) else { return Ok(()) };
    let parent = world.one_of(&parents(world, till)).unwrap();
    move_to(world, till, parent);
    Ok(())
}

/// A shop burns down; its children go elsewhere.
pub(super) fn lose_shop(world: &mut World) -> Result<(), String> {
    let shops = world.those(|node| node.role == Role::Shop && !node.is_gone);
    let Some(shop) = world.one_of(&shops) else { return Ok(()) };
    world.tell(shop, "burns down");
    leave(world, shop)
}

/// The root of the tree of a node is gone, and no other tree takes the node in: what it alone has goes
/// nowhere.
pub(super) fn strand(world: &mut World, node: usize) -> Result<(), String> {
    world.tell(node, "is stranded");
    leave(world, node)
}

/// A node is never up again; its children go elsewhere.
fn leave(world: &mut World, node: usize) -> Result<(), String> {
    world.nodes[node].stop();
    world.nodes[node].is_gone = true;
    for child in world.those(|other| other.parent == Some(node) && !other.is_gone) {
        let parent = world.one_of(&parents(world, child)).unwrap();
        move_to(world, child, parent);
    }
    lose(world, false)
}

/// Another shop opens.
pub(super) fn new_shop(world: &mut World) -> Result<(), String> {
    let n_shops = world.those(|node| node.role == Role::Shop && !node.is_gone).len();
    if !world.faults.has("shops") || n_shops >= 3 {
        return Ok(());
    }
    let shop = world.add(Role::Shop, Some(0));
    world.tell(shop, "opens");
    world.start(shop)
}
