//! What holds of every value and of every text.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::super::*;
use crate::clock::Hlc;
use crate::id::{NodeId, OperationId};
use crate::operation::{Hash, Head, Operation, Personal};
use crate::sync::{
    Batch, Chain, Checkpoint, Cursor, Hello, Page, Reach, Received, Refused, RootVector, Session,
    Vector, Why,
};
use crate::time::Timestamp;
use crate::unit::{Digest, Image, Kind, Sum, Unit};

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..10, 0..1_u64 << 63, Just((1 << 63) - 1), Just((1 << 53) + 1)]
}

fn node() -> impl Strategy<Value = NodeId> {
    any::<[u8; 16]>().prop_map(NodeId)
}

fn chain() -> impl Strategy<Value = Chain> {
    (node(), number()).prop_map(|(node, incarnation)| Chain { node, incarnation })
}

fn operation_id() -> impl Strategy<Value = OperationId> {
    (chain(), number()).prop_map(|(chain, seq)| chain.at(seq))
}

fn vector() -> impl Strategy<Value = Vector> {
    let reach = (number(), any::<Hash>()).prop_map(|(seq, hash)| Reach { seq, hash });
    btree_map(chain(), reach, 0..4)
}

fn root_vector() -> impl Strategy<Value = RootVector> {
    btree_map(chain(), number(), 0..4)
}

fn cursor() -> impl Strategy<Value = Cursor> {
    (chain(), number(), proptest::option::of(number())).prop_map(|(chain, number, whole)| {
        let Chain { node, incarnation } = chain;
        Cursor { node, incarnation, number, whole }
    })
}

fn time() -> impl Strategy<Value = Timestamp> {
    (Timestamp::MIN.ms()..=Timestamp::MAX.ms()).prop_map(Timestamp::from_ms)
}

/// Any text, line ends and quotes among it.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[\"\\\\\n\r\u{0}\u{2028}a{}:,]{0,20}"]
}

fn operation() -> impl Strategy<Value = Operation> {
    let head = (number(), number(), any::<Hash>()).prop_map(|(incarnation, seq, hash)| Head {
        incarnation,
        seq,
        hash,
    });
    let personal = (any::<[u8; 16]>(), text()).prop_map(|(salt, text)| Personal { salt, text });
    let who = (chain(), 1..1_u64 << 63, any::<u32>(), number(), option::of(head));
    let what = (text(), option::of(personal), option::of(any::<Hash>()), any::<Hash>());
    (who, what).prop_map(|((chain, seq, schema, hlc, follows), what)| {
        let (facts, personal, personal_hash, hash) = what;
        let (id, hlc) = (chain.at(seq), Hlc::from_parts(hlc, chain.node));
        Operation { id, schema, hlc, follows, facts, personal, personal_hash, hash }
    })
}

fn value() -> impl Strategy<Value = Value> {
    const DIGITS: [&str; 6] = ["0", "-1", "1.10", "1e400", "18446744073709551616", "-0.0"];
    let number = proptest::sample::select(&DIGITS)
        .prop_map(|digits| serde_json::from_str::<Value>(digits).unwrap_or_default());
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        number,
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(text(), inner, 0..3).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn object() -> impl Strategy<Value = Map<String, Value>> {
    btree_map(text(), value(), 0..4).prop_map(|map| map.into_iter().collect())
}

fn kind() -> impl Strategy<Value = Kind> {
    proptest::sample::select(Kind::ALL)
}

fn digest() -> impl Strategy<Value = Digest> {
    let sum = (any::<u128>(), 1..1_u64 << 63).prop_map(|(sum, n_units)| Sum { sum, n_units });
    btree_map(kind(), sum, 0..5).prop_map(Digest)
}

fn checkpoint() -> impl Strategy<Value = Checkpoint> {
    let places = (cursor(), vector(), root_vector(), digest());
    let root = (node(), number(), number(), time(), time());
    (places, root).prop_map(|((cursor, included, root_received, digest), root)| {
        let (root, root_epoch, root_mark, root_at, server_time) = root;
        Checkpoint {
            cursor,
            included,
            root_received,
            digest,
            root,
            root_epoch,
            root_mark,
            root_at,
            server_time,
        }
    })
}

fn page() -> impl Strategy<Value = Page> {
    let image = (object(), object()).prop_map(|(content, stamps)| Image { content, stamps });
    let unit = (kind(), text()).prop_map(|(kind, id)| Unit { kind, id });
    let units = vec((unit, option::of(image)), 0..4);
    (units, cursor(), any::<bool>(), option::of(checkpoint())).prop_map(
        |(units, next, is_full, checkpoint)| {
            let since = (!is_full).then_some(next);
            Page { units, since, next, is_full, checkpoint }
        },
    )
}

fn hello() -> impl Strategy<Value = Hello> {
    let who = (node(), any::<(u32, u32)>(), (text(), any::<u8>()), option::of(node()), number());
    let what = (
        number(),
        any::<bool>(),
        vector(),
        root_vector(),
        option::of(cursor()),
        vec((node(), option::of(number())), 0..4),
        vec(node(), 0..3),
    );
    (who, what).prop_map(|((node, protocol, currency, root, root_epoch), what)| {
        let (incarnation, is_complete, chains, root_received, cursor, marks, other_roots) = what;
        Hello {
            node,
            incarnation,
            protocol,
            currency,
            root,
            root_epoch,
            is_complete,
            chains,
            root_received,
            cursor,
            marks,
            other_roots,
        }
    })
}

fn session() -> impl Strategy<Value = Session> {
    let who = (any::<u32>(), node(), node(), number());
    (who, vector(), root_vector(), vec(node(), 0..3), time()).prop_map(
        |((protocol, node, root, root_epoch), received, root_received, joined, server_time)| {
            Session {
                protocol,
                node,
                root,
                root_epoch,
                received,
                root_received,
                joined,
                server_time,
            }
        },
    )
}

fn received() -> impl Strategy<Value = Received> {
    let why = prop_oneof![
        operation_id().prop_map(Why::Gap),
        Just(Why::Fork),
        Just(Why::NotYours),
        text().prop_map(Why::UpgradeServer),
    ];
    let refused = (operation_id(), why).prop_map(|(id, why)| Refused { id, why });
    (vector(), root_vector(), vec(refused, 0..3), number(), time()).prop_map(
        |(received, root_received, refused, root_epoch, server_time)| Received {
            received,
            root_received,
            refused,
            root_epoch,
            server_time,
        },
    )
}

/// Every reader over `text`; what is refused is refused without repeating any of it.
fn read_all(text: &[u8]) {
    let errors = [
        read_batch(text).err(),
        read_hello(text).err(),
        read_protocol(text).err(),
        read_session(text).err(),
        read_received(text).err(),
        read_page(text).err(),
        read_digest(text).err(),
    ];
    for error in errors.into_iter().flatten() {
        let error = error.to_string();
        assert!(!error.contains("canary") && error.len() < 200, "{error}");
    }
    if let Ok(text) = std::str::from_utf8(text) {
        let _ = Cursor::parse(text);
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        operations in vec(operation(), 0..4),
        hello in hello(),
        session in session(),
        received in received(),
        page in page(),
        digest in digest(),
        cursor in cursor(),
    ) {
        let batch = Batch { operations };
        let text = write_batch(&batch);
        prop_assert_eq!(lines(&text).count(), batch.operations.len());
        prop_assert_eq!(read_batch(&text)?, batch);
        let text = write_hello(&hello);
        prop_assert_eq!(read_protocol(&text)?, hello.protocol);
        prop_assert_eq!(read_hello(&text)?, hello);
        prop_assert_eq!(read_session(&write_session(&session))?, session);
        prop_assert_eq!(read_received(&write_received(&received))?, received);
        let text = write_page(&page);
        prop_assert_eq!(lines(&text).count(), page.units.len() + 1);
        prop_assert_eq!(read_page(&text)?, (page, Vec::new()));
        prop_assert_eq!(read_digest(&write_digest(&digest))?, digest);
        prop_assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
    }

    #[test]
    fn a_page_that_was_cut_is_noticed(page in page(), at in any::<prop::sample::Index>()) {
        let text = write_page(&page);
        // The end of the last line alone may be missing.
        let cut = &text[..at.index(text.len() - 1)];
        prop_assert!(read_page(cut).is_err());
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in vec(any::<u8>(), 0..200)) {
        read_all(&bytes);
    }

    #[test]
    fn no_text_that_is_nearly_right_makes_a_reader_panic(
        batch in vec(operation(), 1..3).prop_map(|operations| Batch { operations }),
        hello in hello(),
        received in received(),
        page in page(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_usize), 1..4),
    ) {
        let texts =
            [write_batch(&batch), write_hello(&hello), write_received(&received), write_page(&page)];
        for mut text in texts {
            for (at, byte, n) in &changes {
                let at = at.index(text.len());
                match n {
                    0 => text[at] = *byte,
                    1 if text.len() > 1 => drop(text.remove(at)),
                    2 => text.insert(at, *byte),
                    _ => text.truncate(at.max(1)),
                }
            }
            read_all(&text);
        }
    }
}
