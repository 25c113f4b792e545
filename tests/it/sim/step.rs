//! Step: what happens next.

use super::fault;
use super::wire::{Body, serve};
use super::world::World;
use crate::operation::history::{PEOPLE, act_among, draw};
use crate::shop::{id, said};

type Step = fn(&mut World) -> Result<(), String>;

/// What happens, how often, and under which fault; `None` always.
const STEPS: &[(Option<&str>, usize, Step)] = &[
    (None, 30, deed),
    (None, 45, turn),
    (None, 45, deliver),
    (None, 8, start),
    (Some("deeds"), 3, whisper),
    (Some("cut"), 2, fault::cut),
    (Some("cut"), 3, fault::mend),
    (Some("crash"), 3, fault::crash),
    (Some("clock"), 2, fault::set_clock),
    (Some("month"), 1, fault::pass_month),
    (Some("restore"), 2, fault::stash_till),
    (Some("restore"), 1, fault::restore_till),
    (Some("clone"), 1, fault::clone_till),
    (Some("rehome"), 2, fault::rehome),
    (Some("lose"), 1, fault::lose_shop),
    (Some("lose"), 1, fault::new_shop),
    (Some("root"), 2, fault::stash_root),
    (Some("root"), 1, fault::restore_root),
    (Some("back"), 2, fault::stash_shop),
    (Some("back"), 1, fault::restore_shop),
    (Some("rot"), 1, fault::rot),
];

/// Lets one thing happen.
pub(super) fn take(world: &mut World) -> Result<(), String> {
    let happens = |fault: &Option<&str>| fault.is_none_or(|fault| world.faults.has(fault));
    let steps = STEPS.iter().filter(|(fault, ..)| happens(fault));
    let total = steps.clone().map(|(_, weight, _)| weight).sum();
    let mut drawn = world.below(total);
    for (_, weight, step) in steps {
        match drawn.checked_sub(*weight) {
            None => return step(world),
            Some(rest) => drawn = rest,
        }
    }
    Ok(())
}

/// Somebody works at a node.
fn deed(world: &mut World) -> Result<(), String> {
    let Some(node) = world.one_of(&world.those(|node| node.is_up())) else { return Ok(()) };
    let deed = draw(&world.dice, world.faults.has("deeds"));
    let tags: Vec<String> = world.nodes.iter().map(|node| node.tag.clone()).collect();
    let at = &world.nodes[node];
    let answer = said(act_among(at.store.as_ref().unwrap(), &at.clock, &at.tag, &tags, &deed));
    world.tell(node, format!("{deed:?}: {answer}"));
    world.enter(node)
}

/// Somebody writes words down that are looked for later, once the customer is erased.
fn whisper(world: &mut World) -> Result<(), String> {
    let Some(node) = world.one_of(&world.those(|node| node.is_up())) else { return Ok(()) };
    let who = PEOPLE[world.below(PEOPLE.len())];
    let words = format!("canary{}of{who}", world.step);
    let store = world.nodes[node].store.as_ref().unwrap();
    let answer = said(store.edit_customer(&id(who), |who| who.note = Some(words.clone())));
    world.book.canaries.push((who, words));
    world.tell(node, format!("writes of {who}: {answer}"));
    world.enter(node)
}

/// The loop of a child goes on.
fn turn(world: &mut World) -> Result<(), String> {
    let children = world.those(|node| node.is_up() && node.parent.is_some());
    world.one_of(&children).map_or(Ok(()), |child| world.turn(child))
}

/// A node that is down is started again.
fn start(world: &mut World) -> Result<(), String> {
    let down = world.those(|node| !node.is_up() && !node.is_gone);
    world.one_of(&down).map_or(Ok(()), |node| world.start(node))
}

/// A letter arrives.
fn deliver(world: &mut World) -> Result<(), String> {
    let due: Vec<usize> =
        (0..world.letters.len()).filter(|n| world.letters[*n].due <= world.step).collect();
    let Some(number) = world.one_of(&due) else { return Ok(()) };
    let letter = world.letters.remove(number);
    if world.cuts.contains(&(letter.from, letter.to)) || !world.nodes[letter.to].is_up() {
        world.tell(letter.to, format!("never gets {}", letter.number));
        return Ok(());
    }
    let request = match letter.body {
        Body::Tell(mut answer) if world.nodes[letter.to].client.asked == Some(letter.number) => {
            let is_damaged = fault::damage(world, &mut answer);
            let how = if is_damaged { "hears parts of" } else { "hears" };
            world.tell(letter.to, format!("{how} {}", letter.number));
            world.nodes[letter.to].is_misled |= is_damaged;
            return world.accept(letter.to, &answer);
        }
        Body::Tell(_) => {
            world.tell(letter.to, format!("has no use for {}", letter.number));
            return Ok(());
        }
        Body::Ask(request) => fault::spoil(world, request),
    };
    let parent = letter.to;
    let answer = serve(world.nodes[parent].store.as_ref().unwrap(), &request)?;
    let body = Body::Tell(answer.clone());
    world.tell(parent, format!("answers {}, {}", letter.number, body.told()));
    world.look(parent)?;
    if world.once_in(8) {
        world.repeat(parent, &request, &answer)?;
    }
    if world.faults.has("crash") && world.once_in(12) {
        return fault::kill(world, parent);
    }
    world.send(parent, letter.from, letter.number, body);
    Ok(())
}
