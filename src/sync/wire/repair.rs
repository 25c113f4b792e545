//! The sums of buckets, and which of them a child reads anew.

use serde::{Deserialize, Serialize};

use super::text::{Text, Word};
use super::{line, parse};
use crate::error::{Error, Result};
use crate::sync::{BUCKETS, Buckets, Cursor, Repair};

/// The sums of all buckets.
#[derive(Debug, Serialize, Deserialize)]
#[serde(expecting = "an object")]
#[cfg_attr(feature = "http", derive(schemars::JsonSchema), schemars(rename = "SyncBuckets"))]
pub(crate) struct BucketsBody {
    /// How far the feed was when they were added up.
    head: Text<Cursor>,
    /// Of each of the 1,024 buckets, the sum of the hashes of its units modulo 2^128. A unit is in the
    /// bucket that the first ten bits of BLAKE3 over its kind, a line feed and its id make up.
    sums: Vec<Text<u128>>,
}

/// The sums of all buckets as a body.
pub fn write_buckets(buckets: &Buckets) -> Vec<u8> {
    let mut text = Vec::new();
    let sums = buckets.sums.iter().copied().map(Text).collect();
    line(&mut text, &BucketsBody { head: Text(buckets.head), sums });
    text
}

/// Reads what [`write_buckets`] wrote.
///
/// # Errors
///
/// - [`Error::Invalid`]: the text is something else.
pub fn read_buckets(text: &[u8]) -> Result<Buckets> {
    let body: BucketsBody = parse(1, "the sums of buckets", text)?;
    if body.sums.len() != BUCKETS {
        return Err(Error::invalid("sums", format!("must be {BUCKETS}")));
    }
    let sums = body.sums.into_iter().map(|sum| sum.0).collect();
    Ok(Buckets { head: body.head.0, sums })
}

/// A repair as the parameter of a pull: a hex digit for every four buckets, a point, a number.
pub fn write_repair(repair: &Repair) -> String {
    let digits: String = repair.buckets.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{digits}.{}", repair.since)
}

/// Reads what [`write_repair`] wrote.
///
/// # Errors
///
/// - The rule that the text breaks, to be read after its name.
pub fn read_repair(text: &str) -> std::result::Result<Repair, String> {
    let read = || {
        let (digits, since) = text.split_once('.')?;
        let is_hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != BUCKETS / 4 || !digits.bytes().all(is_hex) {
            return None;
        }
        let pairs = digits.as_bytes().chunks(2);
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        Some(Repair { buckets: pairs.map(byte).collect::<Option<_>>()?, since: u64::read(since)? })
    };
    read().ok_or_else(|| format!("must be {} hex digits, a point, and a number", BUCKETS / 4))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::NodeId;

    #[test]
    fn buckets_and_repairs_read_back() {
        let head = Cursor { node: NodeId([7; 16]), incarnation: 3, number: 12, began_at: None };
        let sums = (0..BUCKETS).map(|n| u128::MAX - n as u128).collect();
        let buckets = Buckets { head, sums };
        assert_eq!(read_buckets(&write_buckets(&buckets)).ok(), Some(buckets));
        let short = write_buckets(&Buckets { head, sums: vec![1] });
        assert!(read_buckets(&short).is_err());
        let bytes = (0..BUCKETS / 8).map(|n| n.to_le_bytes()[0]).collect();
        let repair = Repair { buckets: bytes, since: 12 };
        let text = write_repair(&repair);
        assert_eq!(read_repair(&text), Ok(repair));
        for wrong in ["", ".", "00.1", &text.replace('0', "g"), &text[1..], &format!("{text}x")] {
            assert!(read_repair(wrong).is_err(), "{wrong}");
        }
    }
}
