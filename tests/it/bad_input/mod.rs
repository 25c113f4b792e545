//! Bad inputs: every row of the catalogue that reaches the library, with its exact error, and the
//! proof that nothing changed. Rows 37 and 39 to 47 stand in the tests of claims and versions too.

mod identity;
mod number;
mod text;

use expect_test::Expect;
use tillbook::{Customer, Replacement, Result, Store};

use crate::shop::{Shop, card, customer, id, operations, said};

/// What is tried: the number in the catalogue, if it has one, what it is, and the call.
type Row<'a> = (u8, &'a str, &'a dyn Fn(&Store) -> Result<()>);

/// Tries each row on a shop with a customer and prints the answer. A refusal changes nothing.
fn check(rows: &[Row<'_>], expected: &Expect) {
    let mut lines = String::new();
    for (number, name, call) in rows {
        let shop = Shop::in_memory(1);
        let ada = Customer { external_id: Some("A".into()), ..customer("ada") };
        shop.create(&Replacement { cards: Some(vec![card("1")]), ..ada.into() }).unwrap();
        let before = (operations(&shop), shop.profile(&id("ada")).unwrap());
        let answer = call(&shop);
        let after = (operations(&shop), shop.profile(&id("ada")).unwrap());
        assert!(answer.is_ok() || before == after, "{name}: something changed");
        let note = if answer.is_ok() && before == after { ", as it was" } else { "" };
        lines += &format!("{number} {name}: {}{note}\n", said(answer));
    }
    expected.assert_eq(&lines);
}

/// A value that the types refuse never reaches the store; this is how a door would say so.
fn refused(parameter: &str, rule: impl ToString) -> tillbook::Error {
    tillbook::Error::Invalid { parameter: parameter.to_owned(), rule: rule.to_string() }
}

/// Changes ada, as she is, by `edit`.
fn edit(edit: impl Fn(&mut Customer)) -> impl Fn(&Store) -> Result<()> {
    move |shop| shop.edit_customer(&id("ada"), &edit).map(|_| ())
}
