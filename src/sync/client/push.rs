//! Push: what the parent lacks goes up, batch by batch.

use std::collections::BTreeMap;

use super::fault::ClientError;
use super::round::{HELLOS_MAX, Run, grown};
use crate::id::OperationId;
use crate::sync::{Batch, Chain, Limit, Received, Refused, Why};

impl Run<'_> {
    /// Pushes until the parent has all that it takes of what is there now. Where more is written all
    /// the time than a way to the parent and back brings up, there would be no end, and nothing would
    /// ever be pulled.
    pub(super) fn push(&mut self) -> Result<(), ClientError> {
        let until = self.round.n_pushed.saturating_add(self.store().n_pending()?);
        while self.round.n_pushed < until {
            let waiting = self.talk.waiting.keys().copied().collect();
            let Some(batch) = self.store().pending(self.talk.batch, &waiting)? else {
                return Ok(());
            };
            let received = match self.asker().push(&batch) {
                Ok(received) => {
                    self.talk.batch = grown(self.talk.batch, Limit::BATCH);
                    received
                }
                Err(error) => match self.answer_for(&batch, error)? {
                    Some(received) => received,
                    None => continue,
                },
            };
            self.store().note_received(&received)?;
            let n_taken = n_taken(&batch, &received);
            if n_taken == 0 && received.refused.is_empty() {
                let why = "it neither takes nor refuses what it is sent".to_owned();
                return Err(ClientError::Answer(why));
            }
            self.round.n_pushed += n_taken;
            (self.watch)(&self.round);
            self.weigh(received)?;
        }
        Ok(())
    }

    /// What the answer to a batch means for the rest of the session.
    fn weigh(&mut self, received: Received) -> Result<(), ClientError> {
        let known = self.talk.session.map_or(0, |session| session.root_epoch);
        let mut wants_hello = received.root_epoch > known;
        for Refused { id, why } in received.refused {
            let is_at_odds = matches!(why, Why::Gap(_) | Why::Fork);
            if is_at_odds && self.n_hellos < HELLOS_MAX {
                // A hello tells where the parent is, and what it has instead.
                wants_hello = true;
            } else {
                self.talk.waiting.insert(Chain::of(id), why);
            }
        }
        if wants_hello && self.n_hellos < HELLOS_MAX {
            self.greet()?;
        }
        Ok(())
    }

    /// What stands for an answer to a batch that as a whole brought none: its chains wait. `None` when
    /// less is to be tried at once.
    fn answer_for(
        &mut self,
        batch: &Batch,
        error: ClientError,
    ) -> Result<Option<Received>, ClientError> {
        let n = batch.operations.len();
        let why = match &error {
            ClientError::Refused { code, .. } if code == "not-yours" => Why::NotYours,
            ClientError::Refused { status: 413, .. } if n == 1 => {
                Why::UpgradeServer("it is larger than the parent takes".to_owned())
            }
            _ if error.wants_less() => {
                self.talk.batch = Limit { items: n, ..self.talk.batch }.halved();
                // A line that was lost may be at fault, and is not tried again at once.
                let is_lost = matches!(error, ClientError::Link(_));
                return if is_lost { Err(error) } else { Ok(None) };
            }
            _ => return Err(error),
        };
        let mut firsts = BTreeMap::new();
        for operation in &batch.operations {
            firsts.entry(Chain::of(operation.id)).or_insert(operation.id);
        }
        let refused = firsts.into_values().map(|id| Refused { id, why: why.clone() }).collect();
        Ok(Some(Received {
            received: BTreeMap::new(),
            root_received: BTreeMap::new(),
            refused,
            root_epoch: self.talk.session.map_or(0, |session| session.root_epoch),
            server_time: self.store().now(),
        }))
    }
}

/// How many operations of the batch the parent has now.
fn n_taken(batch: &Batch, received: &Received) -> u64 {
    let is_taken = |id: OperationId| {
        let reach = received.received.get(&Chain::of(id));
        let refused = received
            .refused
            .iter()
            .any(|refused| Chain::of(refused.id) == Chain::of(id) && refused.id.seq <= id.seq);
        !refused && reach.is_some_and(|reach| reach.seq >= id.seq)
    };
    batch.operations.iter().filter(|operation| is_taken(operation.id)).count() as u64
}
