//! Tally: what other nodes have brought and fetched since the door was opened.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::http::meters::Text;
use crate::sync::{Page, Received, Why};

/// The words of [`Why`].
const REASONS: [&str; 4] = ["gap", "fork", "not-yours", "upgrade-server"];

/// What is counted.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    n_pushed: AtomicU64,
    n_pulled: AtomicU64,
    refused: [AtomicU64; REASONS.len()],
}

impl Tally {
    /// Takes note of a batch of `n_operations` and what became of it.
    pub(super) fn note_pushed(&self, n_operations: usize, received: &Received) {
        self.n_pushed.fetch_add(n_operations as u64, Ordering::Relaxed);
        for refused in &received.refused {
            self.refused[reason(&refused.why)].fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn note_pulled(&self, page: &Page) {
        self.n_pulled.fetch_add(page.units.len() as u64, Ordering::Relaxed);
    }

    pub(crate) fn write(&self, text: &mut Text) {
        text.counter(
            "tillbook_sync_pushed_operations_total",
            "Operations that children have sent, those that were known already among them.",
            self.n_pushed.load(Ordering::Relaxed),
        );
        text.counter(
            "tillbook_sync_pulled_units_total",
            "Customers, credit transactions and other units that children have fetched.",
            self.n_pulled.load(Ordering::Relaxed),
        );
        let name = "tillbook_sync_refused_total";
        text.head(name, "counter", "Chains of batches that were not taken whole, by reason.");
        for (reason, count) in REASONS.iter().zip(&self.refused) {
            text.line(name, &format!("reason=\"{reason}\""), count.load(Ordering::Relaxed));
        }
    }
}

fn reason(why: &Why) -> usize {
    match why {
        Why::Gap(_) => 0,
        Why::Fork => 1,
        Why::NotYours => 2,
        Why::UpgradeServer(_) => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{NodeId, OperationId};

    #[test]
    fn every_reason_is_counted_under_its_word() {
        let id = OperationId { node: NodeId([0; 16]), incarnation: 1, seq: 1 };
        for why in [Why::Gap(id), Why::Fork, Why::NotYours, Why::UpgradeServer(String::new())] {
            assert_eq!(REASONS[reason(&why)], why.as_str());
        }
    }
}
