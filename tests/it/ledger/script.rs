//! A day at the till as text: a line is a call, `told` writes what it answered behind it.

use std::collections::BTreeMap;
use std::fmt::Write;

use tillbook::{
    Ban, CardSerial, CardStatus, CreditKind, CreditTransaction, Customer, Error, Money, Rate,
    Replacement, Result, Standing, Timestamp, TransactionId,
};

use crate::shop::{NOON_MS, Shop, card, customer, id};

/// Runs the lines of `script` in a fresh shop and returns each with its answer and the balance of
/// the customer it is about.
pub(super) fn told(script: &str) -> String {
    let mut till = Till { shop: Shop::in_memory(7), recorded: BTreeMap::new() };
    let mut told = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = till.call(&words).map_or_else(|error| error.to_string(), |()| "ok".into());
        let balance = match till.shop.balance(&id(words[1])) {
            Ok(balance) => format!("; {}", till.shop.currency().display(balance)),
            Err(_) => String::new(),
        };
        writeln!(told, "{line} -> {answer}{balance}").unwrap();
    }
    let report = till.shop.check(|_| ()).unwrap();
    assert!(report.is_sound(), "{report:?}");
    told
}

struct Till {
    shop: Shop,
    recorded: BTreeMap<String, CreditTransaction>,
}

impl Till {
    fn call(&mut self, words: &[&str]) -> Result<()> {
        let who = id(words[1]);
        match words {
            ["create", _] => self.shop.create_customer(&customer(words[1])).map(drop),
            ["delete", _] => self.shop.delete_customer(&who, None),
            ["undelete", _] => self.shop.undelete_customer(&who),
            ["erase", _] => self.shop.erase_customer(&who),
            ["merge", _, "into", into] => self.shop.merge_customers(&who, &id(into)),
            ["card", _, serial] => self.shop.set_card(&who, &card(serial)),
            ["card", _, serial, state] => self.card_in_state(words[1], serial, state),
            ["set", _, field, value] => {
                self.shop.edit_customer(&who, |customer| set(customer, field, value)).map(drop)
            }
            ["earn", _, "for", paid, "as", name] => self.earn(words[1], minor(paid), name),
            ["replace", _, "credit", amount, version] => self.replace(words[1], amount, version),
            ["retry", _, name] => self.shop.record(&self.recorded[*name]).map(drop),
            ["use", _, serial, kind, amount, "as", name] => {
                let made = self.made(kind, words[1], amount, name);
                let serial = CardSerial::new(serial).unwrap();
                self.shop.record_with_card(&serial, &made).map(drop)
            }
            [kind, _, amount, "as", name] => {
                let made = self.made(kind, words[1], amount, name);
                self.shop.record(&made).map(drop)
            }
            _ => panic!("not a line of a script: {words:?}"),
        }
    }

    /// The transaction of this name; `amount` is the target of a reversal.
    fn made(&mut self, kind: &str, who: &str, amount: &str, name: &str) -> CreditTransaction {
        let (stamp, who) = (self.shop.stamp(), id(who));
        let mut made = match kind {
            "deposit" => CreditTransaction::deposit(stamp, &who, minor(amount)),
            "withdrawal" => CreditTransaction::withdrawal(stamp, &who, minor(amount)),
            "spend" => CreditTransaction::spend(stamp, &who, minor(amount)),
            "earning" => CreditTransaction::earn(stamp, &who, minor(amount)),
            "refund" => CreditTransaction::refund(stamp, &who, minor(amount)),
            "correction" => CreditTransaction::correction(stamp, &who, minor(amount)),
            "expiry" => CreditTransaction::expiry(stamp, &who, minor(amount)),
            "other" => CreditTransaction::other(stamp, &who, minor(amount)),
            "aimless" => CreditTransaction::new(stamp, &who, CreditKind::Reversal, minor(amount)),
            "reversal" => {
                CreditTransaction::reversal(stamp, &who, &TransactionId::new(amount).unwrap())
            }
            _ => panic!("not a kind of transaction: {kind}"),
        };
        made.id = TransactionId::new(name).unwrap();
        self.recorded.entry(name.to_owned()).or_insert_with(|| made.clone());
        made
    }

    /// A name that is known earns again with its first stamp.
    fn earn(&mut self, who: &str, paid: Money, name: &str) -> Result<()> {
        let mut stamp = self.shop.stamp();
        if let Some(known) = self.recorded.get(name) {
            stamp.id = known.id.as_str().parse().unwrap();
            stamp.at = known.at;
        }
        let earned = self.shop.earn(stamp, &id(who), paid)?;
        self.recorded.insert(name.to_owned(), earned);
        Ok(())
    }

    fn card_in_state(&self, who: &str, serial: &str, state: &str) -> Result<()> {
        let mut card = card(serial);
        match state.split_once('=') {
            None if state == "off" => card.is_active = false,
            None => card.status = CardStatus::parse(state).unwrap(),
            Some(("from", at)) => card.activation_at = Some(instant(at)),
            Some((_, at)) => card.expiration_at = Some(instant(at)),
        }
        self.shop.set_card(&id(who), &card)
    }

    fn replace(&self, who: &str, credit: &str, version: &str) -> Result<()> {
        let mut customer = self.shop.customer(&id(who))?;
        customer.version = match version {
            "unversioned" => None,
            "stale" => customer.version.map(|version| version - 1),
            _ => customer.version,
        };
        let credit = Some(minor(credit));
        self.shop.replace(&Replacement { credit, ..customer.into() }).map(drop)
    }
}

fn set(customer: &mut Customer, field: &str, value: &str) {
    match field {
        "standing" => customer.standing = Standing::parse(value).unwrap(),
        "ban" => customer.ban = Ban::parse(value).unwrap(),
        "line" => customer.credit_line = minor(value),
        "rate" => customer.credit_rate = Rate::parse(value).unwrap(),
        "from" => customer.activation_at = Some(instant(value)),
        "until" => customer.expiration_at = Some(instant(value)),
        _ => panic!("not a field of a script: {field}"),
    }
}

/// Hundredths, beyond every limit too.
fn minor(text: &str) -> Money {
    Money::from_minor(text.replace('.', "").parse().unwrap())
}

/// Milliseconds from noon, when the shop's clock stands.
fn instant(text: &str) -> Timestamp {
    Timestamp::from_ms(NOON_MS + text.parse::<i64>().unwrap())
}

/// What overflow answers cannot be reached by recording: nine million greatest amounts.
#[test]
fn a_balance_at_the_end_of_the_range_answers_overflow() {
    let shop = Shop::on_file(1);
    let ada = shop.create_customer(&customer("ada")).unwrap().id;
    let beside = rusqlite::Connection::open(shop.path()).unwrap();
    let sql = "update customer set credit_minor = ?1, credit_line = ?2";
    let answer = |balance: i64, line: i64, amount: i64| {
        beside.execute(sql, [balance, line]).unwrap();
        let amount = Money::from_minor(amount);
        let answer = shop.record(&CreditTransaction::other(shop.stamp(), &ada, amount));
        answer.map(Money::minor).map_err(|error| matches!(error, Error::Overflow))
    };
    assert_eq!(answer(i64::MAX, 0, 1), Err(true));
    assert_eq!(answer(i64::MIN, 0, -1), Err(true));
    assert_eq!(answer(i64::MAX - 1, 2, 1), Err(true), "what is available overflows too");
    assert_eq!(answer(i64::MAX - 1, 0, 1), Ok(i64::MAX));
}
