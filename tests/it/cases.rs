//! How many cases a property runs.

use proptest::prelude::ProptestConfig;

/// `n` cases, or as many as `PROPTEST_CASES` says for a hunt. What a hunt finds becomes a test with
/// a name, so no seeds are kept.
pub(crate) fn cases(n: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: asked.unwrap_or(n),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
