//! The ledger against a plain model: a list of what was recorded, and a balance that is added up
//! from the definition each time it is asked for.

use proptest::prelude::*;
use proptest::sample::Index;
use tillbook::{
    CreditKind, CreditTransaction, Error, Money, Page, Posting, Rate, Replacement, Result,
    Standing, Timestamp, TransactionId,
};

use super::oracle::{Answer, Model, PEOPLE, same};
use crate::cases::cases;
use crate::shop::{Shop, customer, id};

/// Few enough that a name is often drawn twice: retries and reused ids come by themselves.
const NAMES: usize = 24;

#[derive(Debug, Clone)]
pub(super) enum Step {
    Record { name: usize, who: usize, kind: CreditKind, minor: i64 },
    Reverse { name: usize, who: usize, target: usize },
    Retry(Index),
    RetryLater { which: Index, by_ms: i64 },
    Earn { who: usize, paid: i64 },
    Correct { who: usize, credit: i64, version: Option<bool> },
    Line { who: usize, minor: i64 },
    Rate { who: usize, millionths: i64 },
    Standing { who: usize, standing: Standing },
    Until { who: usize, in_ms: Option<i64> },
    Wait(i64),
    Delete(usize),
    Undelete(usize),
}

fn step() -> impl Strategy<Value = Step> {
    use CreditKind::{Correction, Deposit, Earn, Expiry, Other, Refund, Spend, Withdrawal};
    let raising = prop::sample::select(vec![Deposit, Earn, Refund, Correction, Other]);
    let lowering = prop::sample::select(vec![Spend, Withdrawal, Expiry, Correction, Other]);
    let who = 0..PEOPLE.len();
    let standing =
        prop::sample::select(vec![Standing::Active, Standing::Prospect, Standing::Frozen]);
    let fresh = || 0..NAMES;
    prop_oneof![
        8 => (fresh(), who.clone(), raising, 1..2_000_i64)
            .prop_map(|(name, who, kind, minor)| Step::Record { name, who, kind, minor }),
        8 => (fresh(), who.clone(), lowering, -1_500..0_i64)
            .prop_map(|(name, who, kind, minor)| Step::Record { name, who, kind, minor }),
        1 => (fresh(), who.clone(), prop::sample::select(CreditKind::ALL), odd_amount())
            .prop_map(|(name, who, kind, minor)| Step::Record { name, who, kind, minor }),
        8 => (fresh(), who.clone(), fresh())
            .prop_map(|(name, who, target)| Step::Reverse { name, who, target }),
        4 => any::<Index>().prop_map(Step::Retry),
        1 => (any::<Index>(), 1..9_i64)
            .prop_map(|(which, by_ms)| Step::RetryLater { which, by_ms }),
        2 => (who.clone(), -1..3_000_i64).prop_map(|(who, paid)| Step::Earn { who, paid }),
        2 => (who.clone(), -500..2_000_i64, any::<Option<bool>>())
            .prop_map(|(who, credit, version)| Step::Correct { who, credit, version }),
        2 => (who.clone(), 0..1_000_i64).prop_map(|(who, minor)| Step::Line { who, minor }),
        1 => (who.clone(), 0..200_000_i64)
            .prop_map(|(who, millionths)| Step::Rate { who, millionths }),
        1 => (who.clone(), standing).prop_map(|(who, standing)| Step::Standing { who, standing }),
        1 => (who.clone(), prop::option::of(-5..5_i64))
            .prop_map(|(who, in_ms)| Step::Until { who, in_ms }),
        2 => (-5..9_i64).prop_map(Step::Wait),
        1 => who.clone().prop_map(Step::Delete),
        1 => who.prop_map(Step::Undelete),
    ]
}

/// Amounts at which a rule begins or ends.
fn odd_amount() -> impl Strategy<Value = i64> {
    const MOST: i64 = tillbook::money::AMOUNT_MINOR_MAX;
    prop::sample::select(vec![0, 1, -1, MOST, -MOST, MOST + 1, -MOST - 1, i64::MAX, i64::MIN])
}

proptest! {
    #![proptest_config(cases(192))]

    #[test]
    fn the_ledger_equals_a_plain_model(
        steps in prop::collection::vec(step(), 1..60),
        page in 1..7_u32,
    ) {
        let shop = Shop::in_memory(11);
        let mut model = Model::default();
        for name in PEOPLE {
            shop.create_customer(&customer(name)).unwrap();
        }
        let mut tried: Vec<CreditTransaction> = Vec::new();
        for step in &steps {
            let (expected, answer) = take(&shop, &mut model, &mut tried, step);
            prop_assert_eq!(&expected, &answer, "{:?}", step);
            equal(&shop, &model, page)?;
        }
        let report = shop.check(|_| ()).unwrap();
        prop_assert!(report.is_sound(), "{:?}", report);
    }
}

/// Takes one step in the shop and in the model; returns what the model and what the shop answered.
fn take(
    shop: &Shop,
    model: &mut Model,
    tried: &mut Vec<CreditTransaction>,
    step: &Step,
) -> (Answer, Answer) {
    let person = |who: &usize| id(PEOPLE[*who]);
    let ms = |ms: i64| Timestamp::from_ms(shop.now().ms() + ms);
    let named = |name: &usize, mut made: CreditTransaction| {
        made.id = TransactionId::new(&format!("t{name}")).unwrap();
        made
    };
    let edit = |who: &usize, edit: &dyn Fn(&mut tillbook::Customer)| {
        said(shop.edit_customer(&person(who), |customer| edit(customer)).map(|_| Money::ZERO))
    };
    let made = match step {
        Step::Record { name, who, kind, minor } => {
            let amount = Money::from_minor(*minor);
            named(name, CreditTransaction::new(shop.stamp(), &person(who), *kind, amount))
        }
        Step::Reverse { name, who, target } => {
            let target = TransactionId::new(&format!("t{target}")).unwrap();
            named(name, CreditTransaction::reversal(shop.stamp(), &person(who), &target))
        }
        Step::Retry(which) if !tried.is_empty() => which.get(tried).clone(),
        Step::RetryLater { which, by_ms } if !tried.is_empty() => {
            let known = which.get(tried).clone();
            CreditTransaction { at: Timestamp::from_ms(known.at.ms() + by_ms), ..known }
        }
        Step::Retry(_) | Step::RetryLater { .. } => return (Ok(0), Ok(0)),
        Step::Earn { who, paid } => return earn(shop, model, *who, *paid),
        Step::Correct { who, credit, version } => {
            return correct(shop, model, *who, *credit, *version);
        }
        Step::Line { who, minor } => {
            let expected = model.edit(*who, |account| account.line = *minor);
            return (expected, edit(who, &|c| c.credit_line = Money::from_minor(*minor)));
        }
        Step::Rate { who, millionths } => {
            let expected = model.edit(*who, |account| account.rate = *millionths);
            return (expected, edit(who, &|c| c.credit_rate = Rate::from_millionths(*millionths)));
        }
        Step::Standing { who, standing } => {
            let expected = model.edit(*who, |account| account.standing = *standing);
            return (expected, edit(who, &|c| c.standing = *standing));
        }
        Step::Until { who, in_ms } => {
            let until = in_ms.map(ms);
            let expected = model.edit(*who, |account| account.until = until);
            return (expected, edit(who, &|c| c.expiration_at = until));
        }
        Step::Wait(by_ms) => {
            shop.clock.advance(*by_ms);
            return (Ok(0), Ok(0));
        }
        Step::Delete(who) => {
            let answer = shop.delete_customer(&person(who), None);
            return (model.delete(*who), said(answer.map(|()| Money::ZERO)));
        }
        Step::Undelete(who) => {
            let answer = shop.undelete_customer(&person(who));
            return (model.undelete(*who), said(answer.map(|()| Money::ZERO)));
        }
    };
    tried.push(made.clone());
    (model.record(&made, shop.now()), said(shop.record(&made)))
}

/// Earns by the customer's rate, and once more with the same stamp and another sum.
fn earn(shop: &Shop, model: &mut Model, who: usize, paid: i64) -> (Answer, Answer) {
    let (stamp, person) = (shop.stamp(), id(PEOPLE[who]));
    let expected = model.earn(stamp, who, paid, shop.now());
    let answer = shop.earn(stamp, &person, Money::from_minor(paid));
    if let Ok(earned) = &answer {
        let again = shop.earn(stamp, &person, Money::from_minor(paid));
        assert_eq!(again.unwrap(), *earned, "an earning is made once");
        let other = shop.earn(stamp, &person, Money::from_minor(paid + 1));
        assert!(matches!(other, Err(Error::IdReused(_))), "{other:?}");
    }
    let balance = answer.and_then(|_| shop.balance(&person));
    (expected, said(balance))
}

/// Replaces the balance; `version` is none, the current or a stale one.
fn correct(
    shop: &Shop,
    model: &mut Model,
    who: usize,
    credit: i64,
    version: Option<bool>,
) -> (Answer, Answer) {
    let person = id(PEOPLE[who]);
    let Ok(mut customer) = shop.customer(&person) else { return (Ok(0), Ok(0)) };
    let current = customer.version.unwrap();
    customer.version = version.map(|is_current| if is_current { current } else { current + 1 });
    let new = Replacement { credit: Some(Money::from_minor(credit)), ..customer.into() };
    let answer = said(shop.replace(&new).map(|profile| profile.credit));
    // The store draws the id of a correction itself.
    let last = shop.latest_credit_transactions(&person).unwrap();
    let last = last.into_iter().next().map(|posting| posting.transaction);
    (model.correct(who, credit, version, last), answer)
}

/// Balance, what is available, and both ends of the ledger, on pages and at once.
fn equal(shop: &Shop, model: &Model, page: u32) -> Result<(), TestCaseError> {
    for (who, name) in PEOPLE.iter().enumerate() {
        let person = id(name);
        let (balance, line) = (model.balance(who), model.accounts[who].line);
        let expected = match model.accounts[who].deleted {
            true => (Err("not found"), Err("not found")),
            false => (Ok(balance), Ok(balance + line)),
        };
        prop_assert_eq!(expected, (said(shop.balance(&person)), said(shop.available(&person))));
        let expected = model.postings(who);
        let seen = |posting: &Posting| {
            let moved = (posting.effect.minor(), posting.balance.minor());
            (posting.transaction.id.clone(), moved, posting.balance_after.minor())
        };
        let listed: Vec<_> = paged(shop, name, page).iter().map(seen).collect();
        prop_assert_eq!(&listed, &expected);
        let latest = shop.latest_credit_transactions(&person).unwrap();
        let latest: Vec<_> = latest.iter().map(seen).collect();
        let newest: Vec<_> = expected.into_iter().rev().take(20).collect();
        prop_assert_eq!(latest, newest);
    }
    for known in &model.known {
        let found = shop.find_credit_transaction(&known.transaction.id).unwrap();
        prop_assert!(found.is_some_and(|found| same(&found, &known.transaction)));
    }
    Ok(())
}

fn paged(shop: &Shop, name: &str, take: u32) -> Vec<Posting> {
    let mut all = Vec::new();
    loop {
        let page = Page { skip: all.len() as u64, take };
        let more = shop.list_credit_transactions(&id(name), page).unwrap();
        if more.is_empty() {
            return all;
        }
        all.extend(more);
    }
}

/// The balance that was answered, or the kind of the refusal.
fn said(answer: Result<Money>) -> Answer {
    answer.map(Money::minor).map_err(|error| match error {
        Error::Invalid { .. } => "invalid",
        Error::NotFound { .. } => "not found",
        Error::IdReused(_) => "reused",
        Error::NotUsable(_) => "not usable",
        Error::NotReversible { .. } => "not reversible",
        Error::InsufficientCredit { .. } => "insufficient",
        Error::BalanceNotZero { .. } => "not zero",
        Error::VersionMismatch { .. } => "stale",
        Error::VersionRequired { .. } => "no version",
        Error::Overflow => "overflow",
        other => panic!("{other}"),
    })
}
