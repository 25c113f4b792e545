//! How much work of each kind is taken on at once.

use super::super::retry::Turn;
use super::*;

/// As many pushes run as may: more are told to come back, and pulls, looks and lists are answered.
/// The same the other way around.
#[test]
fn each_lane_has_permits_of_its_own() {
    let trial = Trial::new();
    let mut told = String::new();
    let semaphores = [
        ("pushes", trial.door.permits(Lane::Push), PUSHES_MAX),
        ("pulls", trial.door.permits(Lane::Pull), PULLS_MAX),
        ("lists", &trial.door.lists, LISTS_MAX),
        ("long bodies", &trial.door.long_bodies, LONG_BODIES_MAX),
    ];
    let long = vec![b' '; 2 << 20];
    for (name, semaphore, n) in semaphores {
        let taken = semaphore.try_acquire_many(u32::try_from(n).unwrap()).unwrap();
        for line in ["POST /push", "POST /pull", "GET /look", "GET /list"] {
            told += &format!("no {name}, {line}: {}\n", trial.ask(line, LINES, "{}").brief());
        }
        let heard = trial.ask("POST /push", LINES, long.clone());
        told += &format!("no {name}, a long push: {}\n", heard.brief());
        drop(taken);
        assert_eq!(trial.ask("POST /push", LINES, long.clone()).status, 200);
    }
    expect![[r#"
        no pushes, POST /push: 503 more work waits than is taken on; try again in 1 s, again in 1 s
        no pushes, POST /pull: 200 application/x-ndjson 2 bytes
        no pushes, GET /look: 200  0 bytes
        no pushes, GET /list: 200  0 bytes
        no pushes, a long push: 503 more work waits than is taken on; try again in 1 s, again in 1 s
        no pulls, POST /push: 200 application/x-ndjson 2 bytes
        no pulls, POST /pull: 503 more work waits than is taken on; try again in 1 s, again in 1 s
        no pulls, GET /look: 200  0 bytes
        no pulls, GET /list: 200  0 bytes
        no pulls, a long push: 200 application/x-ndjson 2097152 bytes
        no lists, POST /push: 200 application/x-ndjson 2 bytes
        no lists, POST /pull: 200 application/x-ndjson 2 bytes
        no lists, GET /look: 200  0 bytes
        no lists, GET /list: 503 more work waits than is taken on; try again in 1 s, again in 1 s
        no lists, a long push: 200 application/x-ndjson 2097152 bytes
        no long bodies, POST /push: 200 application/x-ndjson 2 bytes
        no long bodies, POST /pull: 200 application/x-ndjson 2 bytes
        no long bodies, GET /look: 200  0 bytes
        no long bodies, GET /list: 200  0 bytes
        no long bodies, a long push: 503 more work waits than is taken on; try again in 1 s, again in 1 s
    "#]].assert_eq(&told);
}

/// Who asks before the last answer has come waits, and nobody waits with it.
#[test]
fn a_key_has_one_turn_in_all_lanes() {
    let trial = Trial::new();
    let key = trial.door.store.sign_in(&trial.bearer).unwrap().unwrap();
    let other = trial.door.store.add_key("other", Rights::NONE, KeyKind::Bearer).unwrap().text();
    let other = format!("authorization: Bearer {other}");
    let turn = Turn::take(&trial.door, &key, "").unwrap();
    let mut told = String::new();
    for line in ["POST /push", "POST /pull", "GET /look", "GET /list"] {
        told += &format!("{line}: {}\n", trial.ask(line, LINES, "{}").brief());
        told += &format!("  other: {}\n", trial.ask_as(&other, line, LINES, "{}".into()).brief());
    }
    drop(turn);
    for line in ["POST /push", "POST /push", "POST /pull"] {
        told += &format!("{line}: {}\n", trial.ask(line, LINES, "{}").brief());
    }
    expect![[r#"
        POST /push: 429 the node asks too often; try again in 1 s, again in 1 s
          other: 200 application/x-ndjson 2 bytes
        POST /pull: 429 the node asks too often; try again in 1 s, again in 1 s
          other: 200 application/x-ndjson 2 bytes
        GET /look: 200  0 bytes
          other: 200  0 bytes
        GET /list: 200  0 bytes
          other: 200  0 bytes
        POST /push: 200 application/x-ndjson 2 bytes
        POST /push: 200 application/x-ndjson 2 bytes
        POST /pull: 200 application/x-ndjson 2 bytes
    "#]]
    .assert_eq(&told);
}

/// A fault of one request takes no permit away from the next ones.
#[test]
fn what_panics_gives_its_permit_back() {
    let trial = Trial::new();
    for _ in 0..=PUSHES_MAX {
        assert_eq!(trial.ask("POST /lost", LINES, "{}").status, 500);
    }
    assert_eq!(trial.door.permits(Lane::Push).available_permits(), PUSHES_MAX);
}
