//! The chain: coordinates without gaps, clocks that only rise, hashes that find every change, and
//! what a receiver says to that which does not fit.

use std::fmt::Write;
use std::sync::OnceLock;

use expect_test::expect;
use proptest::prelude::*;
use proptest::sample::Index;
use tillbook::clock::Hlc;
use tillbook::operation::{Operation, Personal};
use tillbook::{BanNote, CreditTransaction, Error, Money, NodeId, Result, Store, Timestamp, Tx};

use super::history::shown;
use crate::cases::cases;
use crate::shop::{NOON_MS, Shop, card, customer, id, operations, said, send};

/// Checks every chain from its beginning, as a reader without this library would.
fn check_chains(all: &[Operation]) {
    let mut previous: Option<&Operation> = None;
    for operation in all {
        let same = previous.filter(|last| last.id.incarnation == operation.id.incarnation);
        let before = match same {
            Some(last) => {
                assert_eq!(operation.id.seq, last.id.seq + 1, "no gap");
                assert_eq!(operation.follows, None, "only the first one names what it follows");
                last.hash
            }
            None => {
                assert_eq!(operation.id.seq, 1, "an incarnation begins with 1");
                let named = operation.follows.map(|head| (head.incarnation, head.seq, head.hash));
                let last = previous.map(|last| (last.id.incarnation, last.id.seq, last.hash));
                assert_eq!(named, last, "what it follows is the last one");
                operation.follows.map(|head| head.hash).unwrap_or_default()
            }
        };
        operation.verify(&before).unwrap();
        assert!(previous.is_none_or(|last| last.hlc < operation.hlc), "clocks only rise");
        previous = Some(operation);
    }
}

#[test]
fn every_opening_begins_an_incarnation_that_names_the_one_before() {
    let mut shop = Shop::on_file(1);
    for opening in 0..5 {
        if opening != 2 {
            shop.create_customer(&customer(&format!("c{opening}"))).unwrap();
            shop.edit_customer(&id("c0"), |c| c.first_name = Some(opening.to_string())).unwrap();
        }
        assert!(shop.check(|_| ()).unwrap().is_sound());
        shop = shop.reopened(opening + 100);
    }
    let all = operations(&shop);
    check_chains(&all);
    let incarnations: Vec<u64> = all.iter().map(|operation| operation.id.incarnation).collect();
    let openings = incarnations.chunk_by(|a, b| a == b).map(<[u64]>::len).collect::<Vec<_>>();
    assert_eq!(openings, [2, 2, 2, 2], "an opening without a write leaves no trace");
    let fresh = Shop::in_memory(9);
    assert_eq!(send(&shop, &fresh), 8);
    assert_eq!(shown(&shop, true), shown(&fresh, true));
}

#[test]
fn stamps_rise_whatever_the_clock_does() {
    let mut shop = Shop::on_file(1);
    let ada = shop.create_customer(&customer("ada")).unwrap().id;
    let year_9000 = 221_845_392_000_000;
    let clock = [NOON_MS, NOON_MS, 0, -1, NOON_MS + 1, year_9000, NOON_MS, i64::MIN, i64::MAX];
    for (n, ms) in clock.into_iter().enumerate() {
        shop.clock.set(Timestamp::from_ms(ms));
        shop.edit_customer(&ada, |ada| ada.first_name = Some(format!("A{n}"))).unwrap();
        if n % 3 == 2 {
            shop = shop.reopened(n as u64 + 100);
        }
    }
    let all = operations(&shop);
    check_chains(&all);
    let other = Shop::in_memory(2);
    send(&shop, &other);
    other.edit_customer(&ada, |ada| ada.first_name = Some("Augusta".into())).unwrap();
    let theirs = operations(&other).pop().unwrap();
    assert!(theirs.hlc > all[all.len() - 1].hlc, "whoever has seen an edit writes after it");
    send(&other, &shop);
    assert_eq!(shop.customer(&ada).unwrap().first_name.as_deref(), Some("Augusta"));
}

#[test]
fn a_call_writes_one_operation_or_none() {
    let shop = Shop::in_memory(1);
    let ada = customer("ada");
    let mut told = String::new();
    let mut tell = |what: &str, call: &dyn Fn(&Tx<'_>) -> Result<()>| {
        let before = operations(&shop).len();
        let answer = said(shop.write(call));
        writeln!(told, "{what}: {answer}, {}", operations(&shop).len() - before).unwrap();
    };
    let deposit = CreditTransaction::deposit(shop.stamp(), &ada.id, Money::from_minor(500));
    let spend = CreditTransaction::spend(shop.stamp(), &ada.id, Money::from_minor(501));
    let note = BanNote::new(shop.stamp(), "shouted");
    let rename = |tx: &Tx<'_>, name: &str| {
        tx.edit_customer(&ada.id, |ada| ada.first_name = Some(name.into())).map(drop)
    };
    tell("create", &|tx| tx.create_customer(&ada).map(drop));
    tell("create again", &|tx| tx.create_customer(&ada).map(drop));
    tell("edit", &|tx| rename(tx, "Ada"));
    tell("edit again", &|tx| rename(tx, "Ada"));
    tell("edit beyond a rule", &|tx| rename(tx, "\n"));
    tell("set a card", &|tx| tx.set_card(&ada.id, &card("001")));
    tell("set it again", &|tx| tx.set_card(&ada.id, &card("001")));
    tell("deposit", &|tx| tx.record(&deposit).map(drop));
    tell("deposit again", &|tx| tx.record(&deposit).map(drop));
    tell("spend too much", &|tx| tx.record(&spend).map(drop));
    tell("note", &|tx| tx.add_ban_note(&ada.id, &note));
    tell("note again", &|tx| tx.add_ban_note(&ada.id, &note));
    tell("other note of the same id", &|tx| {
        tx.add_ban_note(&ada.id, &BanNote { text: "sang".into(), ..note.clone() })
    });
    tell("two edits", &|tx| rename(tx, "A").and_then(|()| rename(tx, "B")));
    tell("two edits, then a refusal", &|tx| {
        rename(tx, "C")?;
        rename(tx, "D")?;
        tx.record(&spend).map(drop)
    });
    tell("delete with a balance", &|tx| tx.delete_customer(&ada.id, None));
    tell("erase", &|tx| tx.erase_customer(&ada.id));
    tell("erase again", &|tx| tx.erase_customer(&ada.id));
    expect![[r#"
        create: ok, 1
        create again: customer ada exists already, 0
        edit: ok, 1
        edit again: ok, 0
        edit beyond a rule: first_name must not hold control characters, 0
        set a card: ok, 1
        set it again: ok, 0
        deposit: ok, 1
        deposit again: ok, 0
        spend too much: balance is 5.00, 5.01 was requested, 0
        note: ok, 1
        note again: ok, 0
        other note of the same id: id was used before with other content, 0
        two edits: ok, 2
        two edits, then a refusal: balance is 5.00, 5.01 was requested, 0
        delete with a balance: the balance is 5.00, not zero, 0
        erase: ok, 1
        erase again: ok, 0
    "#]]
    .assert_eq(&told);
}

/// What [`a_day`] wrote.
fn day() -> &'static [Operation] {
    static DAY: OnceLock<Vec<Operation>> = OnceLock::new();
    DAY.get_or_init(|| operations(&a_day()))
}

/// A shop's first day: cards, credit, names; the second opening makes a second chain.
fn a_day() -> Shop {
    let shop = Shop::on_file(5);
    let mut ada = customer("ada");
    ada.first_name = Some("Ada".into());
    shop.create_customer(&ada).unwrap();
    shop.set_card(&ada.id, &card("001")).unwrap();
    let deposit = CreditTransaction::deposit(shop.stamp(), &ada.id, Money::from_minor(500));
    shop.record(&deposit).unwrap();
    let shop = shop.reopened(6);
    shop.record(&CreditTransaction::spend(shop.stamp(), &ada.id, Money::from_minor(120))).unwrap();
    shop.edit_customer(&ada.id, |ada| ada.last_name = Some("Byron".into())).unwrap();
    shop
}

/// What a shop that holds the operations before it answers to this one.
fn answer(shop: &Store, operation: &Operation) -> String {
    let before = (shown(shop, true), operations(shop).len());
    let answer = shop.write(|tx| match tx.receive(operation) {
        // A caller that goes on after a refusal keeps nothing of what was refused.
        Err(error) => Ok(Err(error)),
        Ok(news) => Ok(Ok(news)),
    });
    let answer = answer.unwrap();
    if !matches!(answer, Ok(true)) {
        assert_eq!(before, (shown(shop, true), operations(shop).len()), "a refusal has no effect");
    }
    let kind = match answer {
        Ok(true) => return "news".into(),
        Ok(false) => return "known".into(),
        Err(Error::Gap { expected, .. }) => {
            let same = expected.incarnation == operation.id.incarnation;
            let place = if same { "" } else { " of the incarnation before" };
            return format!("gap, {}{place} is expected", expected.seq);
        }
        Err(Error::Fork(_)) => "fork",
        Err(Error::Damaged(_)) => "damaged",
        Err(Error::UpgradeNeeded { reason, .. }) => return format!("upgrade: {reason}"),
        Err(other) => return other.to_string(),
    };
    kind.into()
}

#[test]
fn what_does_not_fit_is_named() {
    let all = day();
    let shop = Shop::in_memory(9);
    let mut told = String::new();
    let mut tell = |what: &str, operation: &Operation| {
        writeln!(told, "{what}: {}", answer(&shop, operation)).unwrap();
    };
    let sealed = |operation: &Operation, before: &Operation| {
        let hash = operation.chained(&before.hash);
        Operation { hash, ..operation.clone() }
    };
    tell("the second before the first", &all[1]);
    tell("the first of the second chain before the first chain", &all[3]);
    tell("the first", &all[0]);
    tell("the first again", &all[0]);
    tell("the third before the second", &all[2]);
    tell("the first of the second chain too early", &all[3]);
    let other = Operation { facts: "[]".into(), ..all[0].clone() };
    tell("another first with the hash of the first", &other);
    tell("another first", &Operation { hash: other.chained(&[0; 32]), ..other });
    tell("a damaged second", &Operation { facts: "[]".into(), ..all[1].clone() });
    let unread = Operation { facts: "{".into(), ..all[1].clone() };
    tell("a second of no JSON", &unread);
    tell("the same, sealed", &sealed(&unread, &all[0]));
    let kind = Operation { facts: all[1].facts.replace("card.set", "card.bend"), ..all[1].clone() };
    tell("an unknown kind", &kind);
    tell("the same, sealed", &sealed(&kind, &all[0]));
    tell("a newer schema", &sealed(&Operation { schema: 2, ..all[1].clone() }, &all[0]));
    tell("the second", &all[1]);
    tell("the third", &all[2]);
    let mut branch = all[3].clone();
    branch.follows.as_mut().unwrap().hash = [7; 32];
    let branch = Operation { hash: branch.chained(&[7; 32]), ..branch };
    tell("a second chain that follows what never was", &branch);
    tell("the second chain", &all[3]);
    tell("and on", &all[4]);
    tell("the first once more", &all[0]);
    expect![[r#"
        the second before the first: gap, 1 is expected
        the first of the second chain before the first chain: gap, 1 of the incarnation before is expected
        the first: news
        the first again: known
        the third before the second: gap, 2 is expected
        the first of the second chain too early: gap, 2 of the incarnation before is expected
        another first with the hash of the first: known
        another first: fork
        a damaged second: damaged
        a second of no JSON: damaged
        the same, sealed: damaged
        an unknown kind: damaged
        the same, sealed: upgrade: "card.bend" is an unknown kind of change
        a newer schema: upgrade: it has schema 2
        the second: news
        the third: news
        a second chain that follows what never was: fork
        the second chain: news
        and on: news
        the first once more: known
    "#]].assert_eq(&told);
}

/// One thing about an operation that somebody changes.
#[derive(Debug, Clone, Copy)]
enum Flip {
    Facts,
    Personal,
    Salt,
    PersonalHash,
    Hash,
    Node,
    Incarnation,
    Seq,
    Schema,
    Clock,
    ClockNode,
    FollowsIncarnation,
    FollowsSeq,
    FollowsHash,
}

const FLIPS: [Flip; 14] = [
    Flip::Facts,
    Flip::Personal,
    Flip::Salt,
    Flip::PersonalHash,
    Flip::Hash,
    Flip::Node,
    Flip::Incarnation,
    Flip::Seq,
    Flip::Schema,
    Flip::Clock,
    Flip::ClockNode,
    Flip::FollowsIncarnation,
    Flip::FollowsSeq,
    Flip::FollowsHash,
];

/// Flips one bit; says whether there was one to flip.
fn flip(operation: &mut Operation, what: Flip, at: Index, bit: u32) -> bool {
    let flip_byte = |bytes: &mut [u8]| bytes[at.index(bytes.len())] ^= 1 << (bit % 8);
    let flip_text = |text: &mut String| {
        let (place, letter) = text.char_indices().nth(at.index(text.chars().count())).unwrap();
        let other = char::from_u32(u32::from(letter) ^ (1 << (bit % 7))).unwrap();
        text.replace_range(place..place + letter.len_utf8(), &other.to_string());
    };
    let personal = &mut operation.personal;
    let follows = &mut operation.follows;
    match what {
        Flip::Facts => flip_text(&mut operation.facts),
        Flip::Personal => match personal {
            Some(Personal { text, .. }) => flip_text(text),
            None => return false,
        },
        Flip::Salt => match personal {
            Some(Personal { salt, .. }) => flip_byte(salt),
            None => return false,
        },
        Flip::PersonalHash => match &mut operation.personal_hash {
            Some(hash) => flip_byte(hash),
            none => *none = Some([1; 32]),
        },
        Flip::Hash => flip_byte(&mut operation.hash),
        Flip::Node => flip_byte(&mut operation.id.node.0),
        Flip::Incarnation => operation.id.incarnation ^= 1 << (bit % 63),
        Flip::Seq => operation.id.seq ^= 1 << (bit % 63),
        Flip::Schema => operation.schema ^= 1 << (bit % 32),
        Flip::Clock => {
            let time = operation.hlc.time() ^ (1 << (bit % 62));
            operation.hlc = Hlc::after(time - 1, Timestamp::from_ms(0), operation.id.node);
        }
        Flip::ClockNode => {
            let NodeId(mut node) = operation.id.node;
            flip_byte(&mut node);
            let text = format!("{:016x}{}", operation.hlc.time(), NodeId(node));
            operation.hlc = Hlc::parse(&text).unwrap();
        }
        Flip::FollowsIncarnation | Flip::FollowsSeq | Flip::FollowsHash => match (follows, what) {
            (None, _) => return false,
            (Some(head), Flip::FollowsIncarnation) => head.incarnation ^= 1 << (bit % 63),
            (Some(head), Flip::FollowsSeq) => head.seq ^= 1 << (bit % 63),
            (Some(head), _) => flip_byte(&mut head.hash),
        },
    }
    true
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn every_flipped_bit_is_found(
        which in 0..5_usize,
        what in prop::sample::select(&FLIPS[..]),
        at in any::<Index>(),
        bit in any::<u32>(),
    ) {
        let shop = Shop::in_memory(9);
        let all = day();
        for operation in &all[..which] {
            prop_assert!(shop.write(|tx| tx.receive(operation)).unwrap());
        }
        let mut changed = all[which].clone();
        prop_assume!(flip(&mut changed, what, at, bit));
        prop_assert_ne!(&changed, &all[which]);
        let before = which.checked_sub(1).map(|before| all[before].hash).unwrap_or_default();
        prop_assert!(changed.verify(&before).is_err());
        let said = answer(&shop, &changed);
        let fits = match what {
            Flip::Schema if changed.schema > 1 => said.starts_with("upgrade: it has schema"),
            Flip::Seq => said.starts_with("gap") || said == "known" || said == "fork",
            Flip::Node | Flip::Incarnation => said == "damaged" || said.starts_with("gap"),
            _ => said == "damaged",
        };
        prop_assert!(fits, "{:?} of {}: {}", what, which, said);
        prop_assert_eq!(answer(&shop, &all[which]), "news", "the true one still comes in");
    }
}
