//! Debt: customers owe on account, under external ids that are few, so that they clash, and one account
//! below another.

use tillbook::{DebtAccount, Money, Page, Store};

use super::world::World;
use crate::operation::history::PEOPLE;
use crate::shop::{id, said};

const EXTERNAL_IDS: [&str; 3] = ["D-1", "D-2", "D-3"];

impl World {
    /// Somebody places a debt, changes one, or takes one away.
    pub(super) fn owe(&self, store: &Store) -> String {
        let who = id(self.pick(&PEOPLE).unwrap());
        let Ok(known) = store.debt_accounts(&who) else {
            return format!("knows no {who} who owes");
        };
        let amount = Money::from_minor(self.pick(&[0, 70, 900]).unwrap());
        let external_id = self.pick(&EXTERNAL_IDS).map(str::to_owned);
        let (what, above) = (self.pick(&known), self.pick(&known).map(|one| one.id));
        let locations = store.list_locations(Page::default()).unwrap().0;
        let location_id = self.pick(&locations).map(|one| one.id);
        match (self.pick(&["new", "new", "change", "remove"]), what) {
            (Some("change"), Some(what)) => {
                let changed = DebtAccount { external_id, current_balance: amount, ..what };
                format!("changes a debt of {who}: {}", said(store.set_debt_account(&who, &changed)))
            }
            (Some("remove"), Some(what)) => {
                format!(
                    "clears a debt of {who}: {}",
                    said(store.remove_debt_account(&who, &what.id))
                )
            }
            _ => {
                let new = DebtAccount::new(store.stamp(), amount);
                let new = DebtAccount { external_id, parent_id: above, location_id, ..new };
                format!("places a debt of {who}: {}", said(store.set_debt_account(&who, &new)))
            }
        }
    }

    /// A node shows what the root shows, and every external id that is used has an owner.
    pub(super) fn compare_debts(&self, name: &str, store: &Store) -> Result<(), String> {
        let root = self.nodes[0].store.as_ref().unwrap();
        for who in PEOPLE {
            let shown = |store: &Store| store.debt_accounts(&id(who)).unwrap_or_default();
            let own = shown(store);
            if own != shown(root) {
                return Err(format!("I2: {name} shows other debts of {who} than the root"));
            }
            for external_id in own.iter().filter_map(|one| one.external_id.as_deref()) {
                if store.find_debt_account(external_id).unwrap().is_none() {
                    return Err(format!("I11: {name}: nobody owns the debt {external_id}"));
                }
            }
        }
        Ok(())
    }
}
