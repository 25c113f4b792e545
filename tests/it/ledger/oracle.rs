//! The plain model of the ledger.

use tillbook::{CreditKind, CreditTransaction, Money, Stamp, Standing, Timestamp, TransactionId};

use crate::shop::id;

/// Whose credit moves.
pub(super) const PEOPLE: [&str; 3] = ["ada", "bob", "eve"];

/// The balance after a call, or the kind of its refusal.
pub(super) type Answer = Result<i64, &'static str>;

#[derive(Debug)]
pub(super) struct Account {
    pub(super) line: i64,
    pub(super) rate: i64,
    pub(super) standing: Standing,
    pub(super) until: Option<Timestamp>,
    pub(super) deleted: bool,
}

#[derive(Debug)]
pub(super) struct Known {
    pub(super) transaction: CreditTransaction,
    effect: i64,
    balance_after: i64,
}

#[derive(Debug)]
pub(super) struct Model {
    pub(super) accounts: [Account; PEOPLE.len()],
    pub(super) known: Vec<Known>,
}

impl Default for Model {
    fn default() -> Self {
        let account = |_| Account {
            line: 0,
            rate: 0,
            standing: Standing::Active,
            until: None,
            deleted: false,
        };
        Self { accounts: PEOPLE.map(account), known: Vec::new() }
    }
}

impl Model {
    /// The definition: everything that no reversal of the same customer names.
    pub(super) fn balance(&self, who: usize) -> i64 {
        let theirs = |known: &&Known| known.transaction.customer_id == id(PEOPLE[who]);
        let reversed: Vec<_> =
            self.known.iter().filter(theirs).filter_map(|k| k.transaction.target.clone()).collect();
        let counts = |known: &&Known| !reversed.contains(&known.transaction.id);
        let counted = self.known.iter().filter(theirs).filter(counts);
        counted.map(|known| known.transaction.amount.minor()).sum()
    }

    /// Id, effect, balance here and balance as the author saw it, the oldest first.
    pub(super) fn postings(&self, who: usize) -> Vec<(TransactionId, (i64, i64), i64)> {
        let theirs = |known: &&Known| known.transaction.customer_id == id(PEOPLE[who]);
        let mut balance = 0;
        let running = self.known.iter().filter(theirs).map(|known| {
            balance += known.effect;
            (known.transaction.id.clone(), (known.effect, balance), known.balance_after)
        });
        running.collect()
    }

    pub(super) fn edit(&mut self, who: usize, edit: impl FnOnce(&mut Account)) -> Answer {
        if self.accounts[who].deleted {
            return Err("not found");
        }
        edit(&mut self.accounts[who]);
        Ok(0)
    }

    pub(super) fn delete(&mut self, who: usize) -> Answer {
        match (self.accounts[who].deleted, self.balance(who)) {
            (true, _) => Err("not found"),
            (_, 0) => {
                self.accounts[who].deleted = true;
                Ok(0)
            }
            _ => Err("not zero"),
        }
    }

    pub(super) fn undelete(&mut self, who: usize) -> Answer {
        match std::mem::replace(&mut self.accounts[who].deleted, false) {
            true => Ok(0),
            false => Err("not found"),
        }
    }

    pub(super) fn record(&mut self, made: &CreditTransaction, now: Timestamp) -> Answer {
        if !is_valid(made) || made.kind == CreditKind::Merge {
            return Err("invalid");
        }
        let who = PEOPLE.iter().position(|name| *name == made.customer_id.as_str()).unwrap();
        if let Some(known) = self.find(&made.id) {
            return if same(known, made) { Ok(self.balance(who)) } else { Err("reused") };
        }
        let account = &self.accounts[who];
        if account.deleted {
            return Err("not found");
        }
        let served = matches!(account.standing, Standing::Active | Standing::Prospect)
            && account.until.is_none_or(|until| now <= until);
        if matches!(made.kind, CreditKind::Spend | CreditKind::Earn) && !served {
            return Err("not usable");
        }
        if made.target.as_ref().is_some_and(|target| self.is_futile(made, target)) {
            return Err("not reversible");
        }
        self.add(who, made)
    }

    pub(super) fn earn(&mut self, stamp: Stamp, who: usize, paid: i64, now: Timestamp) -> Answer {
        if paid < 0 {
            return Err("invalid");
        }
        if self.accounts[who].deleted {
            return Err("not found");
        }
        // Neither is negative, so that half up is half away from zero.
        let earned = (self.accounts[who].rate * paid * 2 + 1_000_000) / 2_000_000;
        let earned = Money::from_minor(earned);
        self.record(&CreditTransaction::earn(stamp, &id(PEOPLE[who]), earned), now)
    }

    /// `last` is the customer's latest transaction, which the correction is if there was one.
    pub(super) fn correct(
        &mut self,
        who: usize,
        credit: i64,
        version: Option<bool>,
        last: Option<CreditTransaction>,
    ) -> Answer {
        let balance = self.balance(who);
        match version {
            Some(false) => return Err("stale"),
            None if credit != balance => return Err("no version"),
            _ if credit == balance => return Ok(balance),
            _ => {}
        }
        if (credit - balance).unsigned_abs() > 1_000_000_000_000 {
            return Err("invalid");
        }
        if credit < balance && credit + self.accounts[who].line < 0 {
            return Err("insufficient");
        }
        let made = last.filter(|last| self.find(&last.id).is_none()).ok_or("nothing recorded")?;
        let moved = (made.kind, made.amount.minor());
        assert_eq!(moved, (CreditKind::Correction, credit - balance));
        self.add(who, &made)
    }

    fn add(&mut self, who: usize, made: &CreditTransaction) -> Answer {
        let before = self.balance(who);
        self.known.push(Known { transaction: made.clone(), effect: 0, balance_after: 0 });
        let after = self.balance(who);
        if after < before && after + self.accounts[who].line < 0 {
            self.known.pop();
            return Err("insufficient");
        }
        let known = self.known.last_mut().unwrap();
        (known.effect, known.balance_after) = (after - before, after);
        Ok(after)
    }

    fn find(&self, id: &TransactionId) -> Option<&CreditTransaction> {
        self.known.iter().map(|known| &known.transaction).find(|known| known.id == *id)
    }

    fn is_futile(&self, made: &CreditTransaction, target: &TransactionId) -> bool {
        let again = |known: &Known| {
            let known = &known.transaction;
            known.target.as_ref() == Some(target) && known.customer_id == made.customer_id
        };
        let unfit = |target: &CreditTransaction| {
            target.target.is_some() || target.customer_id != made.customer_id
        };
        self.known.iter().any(again) || self.find(target).is_some_and(unfit)
    }
}

fn is_valid(made: &CreditTransaction) -> bool {
    use CreditKind::{Deposit, Earn, Expiry, Refund, Reversal, Spend, Withdrawal};
    let minor = made.amount.minor();
    let fits = match made.kind {
        Deposit | Refund => minor > 0,
        Withdrawal | Spend | Expiry => minor < 0,
        Earn => minor >= 0,
        Reversal => minor == 0,
        _ => minor != 0,
    };
    fits && minor.unsigned_abs() <= 1_000_000_000_000
        && (made.kind == Reversal) == made.target.is_some()
        && made.target.as_ref() != Some(&made.id)
}

/// Whether both say the same, in all that an erase would leave of them.
pub(super) fn same(one: &CreditTransaction, other: &CreditTransaction) -> bool {
    let facts = |t: &CreditTransaction| {
        (t.id.clone(), t.customer_id.clone(), t.kind, t.amount, t.target.clone(), t.at)
    };
    facts(one) == facts(other)
}
