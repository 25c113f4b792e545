//! Frames of zstd, honest ones and others.
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets an error it did not ask for is over, and the panic shows where"
)]

use std::io::Write;

use expect_test::expect;
use zstd::stream::write::Encoder;

use super::*;
use crate::http::SYNC_BODY_BYTES_MAX;

/// As many bytes as are unpacked here.
const MAX: usize = 1 << 20;

/// The most that one block unpacks to.
const BLOCK_BYTES: usize = 128 << 10;

/// A frame that says how long it is and has a sum at its end.
fn frame(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new(), 3).unwrap();
    encoder.set_pledged_src_size(Some(bytes.len() as u64)).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A frame that does not say how long it is, with a window of `(8 + eighths) << (log - 3)` bytes: as
/// many zeros as `n_blocks` blocks of four bytes unpack to.
pub(in crate::http) fn zeros(log: u8, eighths: u8, n_blocks: usize) -> Vec<u8> {
    let block = |n: usize| {
        let is_last = u32::from(n + 1 == n_blocks);
        let size = u32::try_from(BLOCK_BYTES).unwrap() << 3;
        let [a, b, c, _] = (size | 1 << 1 | is_last).to_le_bytes();
        [a, b, c, 0]
    };
    let head = [0x28, 0xB5, 0x2F, 0xFD, 0, (log - 10) << 3 | eighths];
    head.into_iter().chain((0..n_blocks).flat_map(block)).collect()
}

/// A frame that decoders pass over.
fn skipped(n_bytes: u32) -> Vec<u8> {
    let head = [0x184D_2A50_u32.to_le_bytes(), n_bytes.to_le_bytes()].concat();
    [head, vec![7; n_bytes as usize]].concat()
}

fn told(packed: &[u8]) -> String {
    match unpack(packed, MAX) {
        Ok(unpacked) => format!("{} bytes", unpacked.len()),
        Err(Failure::Violations(broken)) => format!("body {}", broken[0].rule),
        Err(failure) => format!("{failure:?}"),
    }
}

#[test]
fn frames_unpack_to_the_limit_and_no_further() {
    let text = b"{\"id\":\"ada\"}\n".repeat(1000);
    let whole = frame(&text);
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    let cases: &[(&str, Vec<u8>)] = &[
        ("nothing", vec![]),
        ("nothing in a frame", frame(b"")),
        ("one frame", whole.clone()),
        ("two frames", [whole.clone(), whole.clone()].concat()),
        ("a frame to pass over", [skipped(3), whole.clone(), skipped(0)].concat()),
        ("no frame", text.clone()),
        ("half a head", whole[..5].to_vec()),
        ("one byte less", whole[..whole.len() - 1].to_vec()),
        ("one byte more", [whole.clone(), vec![0]].concat()),
        ("one bit changed", changed),
        ("a frame that wants a dictionary", [&[0x28, 0xB5, 0x2F, 0xFD, 3][..], &[9; 30]].concat()),
        ("the limit, said", frame(&vec![0; MAX])),
        ("one more, said", frame(&vec![0; MAX + 1])),
        ("the limit, not said", zeros(20, 0, MAX / BLOCK_BYTES)),
        ("the limit in two frames", frame(&vec![0; MAX / 2]).repeat(2)),
        ("one more in two frames", [frame(&vec![0; MAX]), frame(b"0")].concat()),
        ("10 GiB", zeros(20, 0, (10 << 30) / BLOCK_BYTES)),
        ("10 GiB in many frames", zeros(20, 0, 8).repeat((10 << 30) / MAX)),
        ("10 GiB, packed twice", frame(&zeros(20, 0, (10 << 30) / BLOCK_BYTES))),
        ("a window of 8 MiB", zeros(23, 0, 1)),
        ("a window of 9 MiB", zeros(23, 1, 1)),
        ("a window of 1 TiB", zeros(40, 0, 1)),
        ("nothing, very often", frame(b"").repeat(SYNC_BODY_BYTES_MAX / 13)),
    ];
    let lines = cases.iter().map(|(name, packed)| format!("{name}: {}\n", told(packed)));
    expect![[r#"
        nothing: body must be whole frames of zstd, with windows of at most 8388608 bytes
        nothing in a frame: 0 bytes
        one frame: 13000 bytes
        two frames: 26000 bytes
        a frame to pass over: 13000 bytes
        no frame: body must be whole frames of zstd, with windows of at most 8388608 bytes
        half a head: body must be whole frames of zstd, with windows of at most 8388608 bytes
        one byte less: body must be whole frames of zstd, with windows of at most 8388608 bytes
        one byte more: body must be whole frames of zstd, with windows of at most 8388608 bytes
        one bit changed: body must be whole frames of zstd, with windows of at most 8388608 bytes
        a frame that wants a dictionary: body must be whole frames of zstd, with windows of at most 8388608 bytes
        the limit, said: 1048576 bytes
        one more, said: BodyTooLarge(1048576)
        the limit, not said: 1048576 bytes
        the limit in two frames: 1048576 bytes
        one more in two frames: BodyTooLarge(1048576)
        10 GiB: BodyTooLarge(1048576)
        10 GiB in many frames: BodyTooLarge(1048576)
        10 GiB, packed twice: 327686 bytes
        a window of 8 MiB: 131072 bytes
        a window of 9 MiB: body must be whole frames of zstd, with windows of at most 8388608 bytes
        a window of 1 TiB: body must be whole frames of zstd, with windows of at most 8388608 bytes
        nothing, very often: 0 bytes
    "#]].assert_eq(&lines.collect::<String>());
}

/// What is kept is what came out and no room beside it that a bomb could have asked for.
#[test]
fn room_grows_with_what_comes() {
    for n_bytes in [1, UNPACKED_BYTES_MIN, UNPACKED_BYTES_MIN + 1, MAX - 1, MAX] {
        let unpacked = unpack(&frame(&vec![0; n_bytes]), MAX).unwrap();
        assert_eq!(unpacked.len(), n_bytes);
        let most = (2 * n_bytes).clamp(UNPACKED_BYTES_MIN, MAX + 1);
        assert!(unpacked.capacity() <= most, "{n_bytes}: {}", unpacked.capacity());
    }
}
