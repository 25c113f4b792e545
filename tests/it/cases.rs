//! How many cases a property runs.

use proptest::prelude::ProptestConfig;

/// `n` cases, or as many as `PROPTEST_CASES` says for a hunt. What a hunt finds becomes a test with
/// a name, so no seeds are kept.
pub(crate) fn cases(n: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = asked.unwrap_or(n);
    ProptestConfig {
        cases,
        // A property may pass over what does not apply as often in a hunt as in a short run.
        max_global_rejects: cases.saturating_mul(4).max(1024),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
