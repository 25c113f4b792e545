//! Pull: the parent's state comes down, page by page, and is shown when all of it is there.

use super::fault::ClientError;
use super::round::{DIVERGED_MAX, Run, grown};
use crate::error::Error;
use crate::sync::{Limit, Page};

/// So often in a round a run begins anew whose stage went away.
const MOVED_MAX: u32 = 10;

impl Run<'_> {
    /// Pulls up to the parent's present state and shows it.
    pub(super) fn pull(&mut self) -> Result<(), ClientError> {
        let mut n_moved = 0;
        loop {
            let page = self.next_page()?;
            match self.store().take_page(&page) {
                Ok(None) => {}
                Ok(Some(published)) => {
                    self.talk.n_diverged = 0;
                    self.talk.repair = None;
                    self.round.n_pending = published.n_pending;
                    self.round.n_published = published.n_units;
                    self.round.digest = published.digest;
                    return Ok(());
                }
                Err(Error::StageMoved) if n_moved < MOVED_MAX => n_moved += 1,
                Err(Error::Diverged { told, found }) => self.mend(told, found)?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn next_page(&mut self) -> Result<Page, ClientError> {
        let cursor = self.store().cursor()?;
        let (n_units, repair) = (self.talk.page.items, self.talk.repair.clone());
        let told = self.asker().pull(cursor.as_ref(), repair.as_ref(), n_units);
        let (page, unknown) = match told {
            Ok(told) => told,
            Err(error) => {
                if error.wants_less() {
                    self.talk.page = self.talk.page.halved();
                }
                if matches!(&error, ClientError::Refused { code, .. } if code == "reset") {
                    self.talk.repair = None;
                    self.store().forget_stage()?;
                }
                return Err(error);
            }
        };
        self.talk.page = grown(self.talk.page, Limit::PAGE);
        if page.checkpoint.is_none() && cursor == Some(page.next) {
            return Err(ClientError::Answer("its pages have no end".to_owned()));
        }
        self.round.n_pulled += page.units.len() as u64;
        self.round.n_unknown += unknown.len() as u64;
        (self.watch)(&self.round);
        Ok(page)
    }

    /// After a state was not what the parent had told of: at first those units are read anew among
    /// which the difference lies, then everything, then a person is needed, and it begins again.
    pub(super) fn mend(&mut self, told: String, found: String) -> Result<(), ClientError> {
        let n = self.talk.n_diverged.saturating_add(1);
        // Again and again: only this finds rows that have changed on the disk.
        if n % DIVERGED_MAX == 1 {
            match self.asker().buckets() {
                Ok(theirs) => {
                    self.talk.n_diverged = n;
                    self.talk.repair = Some(self.store().begin_repair(&theirs)?);
                    return Ok(());
                }
                // The next round asks once more.
                Err(error) if error.is_passing() => return Err(error),
                Err(_) => {}
            }
        }
        self.talk.n_diverged = n;
        self.talk.repair = None;
        self.store().forget_stage()?;
        if n >= DIVERGED_MAX {
            // The next round begins with a hello.
            self.talk.session = None;
            return Err(ClientError::Diverged { n, told, found });
        }
        self.greet()?;
        self.push()
    }
}
