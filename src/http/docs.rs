//! Docs.
use super::door::Mount;
use serde_json::Value;
pub(crate) fn page(_: &[Mount], _: &Value) -> String {
    String::new()
}
