//! Search: what is found in memory is what a plain look at every customer finds.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use tillbook::fold::fold;
use tillbook::query::{Column, Filter, Nulls, Op, Page, Sort, TAKE_MAX};
use tillbook::{
    Company, CreditTransaction, Customer, Money, Options, Profile, ProfilePage, Query, Store,
    Timestamp,
};

use crate::cases::cases;
use crate::shop::{NOON_MS, Shop, customer, id, options, send};

/// Few people, so that they meet.
const PEOPLE: u8 = 9;

/// What happens between two searches.
#[derive(Debug, Clone)]
enum Step {
    /// Creates the customer or writes these fields.
    Write(u8, [Option<String>; 7]),
    /// Two customers in one SQL transaction, of which the second is undone.
    WriteAndUndo(u8, u8, [Option<String>; 7]),
    Delete(u8),
    Undelete(u8),
    Erase(u8),
    Merge(u8, u8),
    Sell(u8),
    /// Another till has made the customer long ago, and its operations arrive.
    Receive(u8, i64, [Option<String>; 7]),
    Ask(Query),
    Find(String),
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[abáÁB]{0,4}",
        2 => "[ab č\\-]{1,6}",
        1 => select(&["Novák", "novak & synovia", "žena 100%", "straße", "_", "山田"][..])
            .prop_map(str::to_owned),
    ]
}

fn fields() -> impl Strategy<Value = [Option<String>; 7]> {
    let field = || option::weighted(0.7, word());
    [field(), field(), field(), field(), field(), field(), field()]
}

fn query() -> impl Strategy<Value = Query> {
    let columns =
        [Customer::LAST_NAME, Customer::FIRST_NAME, Customer::CREATED_AT, Customer::CREDIT];
    let sort = (select(columns.to_vec()), any::<bool>());
    let sort = prop_oneof![
        2 => Just(Vec::new()),
        3 => any::<bool>().prop_map(|down| vec![(Customer::LAST_NAME, down)]),
        2 => vec(sort, 1..3),
    ];
    let sort = sort.prop_map(|sort: Vec<(Column, bool)>| {
        sort.into_iter()
            .map(|(column, descending)| Sort { column, descending, nulls: Nulls::Least })
            .collect()
    });
    let filter = select(vec![
        Filter { column: Customer::LAST_NAME, ops: vec![Op::Neq("ab".into())] },
        Filter { column: Customer::CREDIT, ops: vec![Op::Gt(0.into())] },
        Filter { column: Customer::CARD_SERIAL, ops: vec![Op::Nin(vec!["1".into()])] },
    ]);
    let filters = prop_oneof![2 => Just(Vec::new()), 1 => vec(filter, 1..2)];
    let needle = prop_oneof![9 => "[abAá]{1,3}", 1 => word()];
    let page = (0..4_u64, prop_oneof![Just(TAKE_MAX), 0..4_u32]);
    (needle, filters, sort, page, any::<(bool, bool)>()).prop_map(
        |(needle, filters, sort, (skip, take), (items, total))| Query {
            filters,
            search: Some(needle),
            sort,
            page: Page { skip, take },
            items,
            total,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..PEOPLE;
    prop_oneof![
        6 => (who(), fields()).prop_map(|(who, fields)| Step::Write(who, fields)),
        1 => (who(), who(), fields()).prop_map(|(a, b, fields)| Step::WriteAndUndo(a, b, fields)),
        1 => who().prop_map(Step::Delete),
        1 => who().prop_map(Step::Undelete),
        1 => who().prop_map(Step::Erase),
        1 => (who(), who()).prop_map(|(from, into)| Step::Merge(from, into)),
        2 => who().prop_map(Step::Sell),
        1 => (who(), -3..3_i64, fields()).prop_map(|(who, at, f)| Step::Receive(who, at, f)),
        8 => query().prop_map(Step::Ask),
        2 => word().prop_map(Step::Find),
    ]
}

fn filled(who: u8, fields: &[Option<String>; 7]) -> Customer {
    let mut made = customer(&who.to_string());
    fill(&mut made, fields);
    made
}

fn fill(customer: &mut Customer, fields: &[Option<String>; 7]) {
    let [first, last, full, company, tax_id, note, email] = fields.clone();
    (customer.first_name, customer.last_name, customer.full_name) = (first, last, full);
    let company = Company { name: company, tax_id, ..Company::default() };
    customer.company = Some(company).filter(|company| *company != Company::default());
    (customer.note, customer.email) = (note, email);
}

/// Writes; what is refused, such as a change to who was erased, is another way to write nothing.
fn write(shop: &Shop, who: u8, fields: &[Option<String>; 7]) {
    if shop.edit_customer(&id(&who.to_string()), |known| fill(known, fields)).is_err() {
        let _ = shop.create_customer(&filled(who, fields));
    }
}

fn run(shop: &Shop, n: usize, step: &Step) {
    let name = |who: &u8| id(&who.to_string());
    match step {
        Step::Write(who, fields) => write(shop, *who, fields),
        Step::WriteAndUndo(kept, undone, fields) => {
            let _ = shop.write(|tx| {
                let _ = tx.create_customer(&filled(*kept, fields));
                tx.nested(|tx| {
                    let _ = tx.edit_customer(&name(undone), |known| fill(known, fields));
                    tx.customer(&id("nobody"))
                })
                .unwrap_err();
                Ok(())
            });
        }
        Step::Delete(who) => drop(shop.delete_customer(&name(who), None)),
        Step::Undelete(who) => drop(shop.undelete_customer(&name(who))),
        Step::Erase(who) => drop(shop.erase_customer(&name(who))),
        Step::Merge(from, into) => drop(shop.merge_customers(&name(from), &name(into))),
        Step::Sell(who) => {
            let amount = Money::from_minor(i64::from(*who) + 1);
            drop(shop.record(&CreditTransaction::deposit(shop.stamp(), &name(who), amount)));
        }
        Step::Receive(who, at, fields) => {
            let other = Shop::in_memory(100 + n as u64);
            other.clock.set(Timestamp::from_ms(NOON_MS + at));
            other.create_customer(&filled(*who, fields)).unwrap();
            send(&other, shop);
        }
        Step::Ask(query) => assert_eq!(shop.list_profiles(query).unwrap(), plain(shop, query)),
        Step::Find(text) => {
            let found = shop.find_customers(text, 20).unwrap();
            let expected = wholly_found(shop, text);
            let ids: Vec<_> = found.iter().map(|found| &found.profile).collect();
            assert_eq!(ids, expected.iter().collect::<Vec<_>>(), "{text:?}");
        }
    }
}

/// The answer without the search of the store: everybody, and whose fields hold the needle.
fn plain(store: &Store, query: &Query) -> ProfilePage {
    let page = Page { skip: 0, take: TAKE_MAX };
    let all = Query { search: None, page, items: true, total: false, ..query.clone() };
    let mut items = store.list_profiles(&all).unwrap().items.unwrap();
    let needle = fold(query.search.as_deref().unwrap());
    items.retain(|profile| holds(profile, &needle));
    let total = items.len() as u64;
    let skip = usize::try_from(query.page.skip).unwrap();
    let items = items.into_iter().skip(skip).take(query.page.take as usize);
    let items: Vec<Profile> = items.collect();
    ProfilePage {
        count: items.len() as u64,
        items: query.items.then_some(items),
        total_count: (query.total || !query.items).then_some(total),
    }
}

fn holds(Profile { customer, .. }: &Profile, needle: &str) -> bool {
    let company = customer.company.clone().unwrap_or_default();
    let fields = [
        &customer.first_name,
        &customer.last_name,
        &company.name,
        &company.vat_id,
        &company.tax_id,
        &customer.note,
    ];
    needle.is_empty() || fields.into_iter().flatten().any(|field| fold(field).contains(needle))
}

/// What a store finds that has nothing in memory: on a file, one that is only just opened.
fn wholly_found(shop: &Shop, text: &str) -> Vec<Profile> {
    if shop.is_on_file() {
        let beside = Store::open_beside(shop.path(), options(9).0).unwrap();
        let found = beside.find_customers(text, 20).unwrap();
        return found.into_iter().map(|found| found.profile).collect();
    }
    let fresh = Shop::in_memory(77);
    send(shop, &fresh);
    let found = fresh.find_customers(text, 20).unwrap().into_iter();
    // Versions and local order are this shop's own.
    found.map(|found| shop.profile(&found.profile.customer.id).unwrap()).collect()
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn memory_finds_what_a_plain_look_finds(steps in vec(step(), 1..40)) {
        let shop = Shop::in_memory(1);
        steps.iter().enumerate().for_each(|(n, step)| run(&shop, n, step));
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn on_a_file_too_and_beside_it(steps in vec(step(), 1..30)) {
        let shop = Shop::on_file(1);
        let beside = Store::open_beside(shop.path(), options(3).0).unwrap();
        for (n, step) in steps.iter().enumerate() {
            run(&shop, n, step);
            if let Step::Ask(query) = step {
                // The first call answers from the file, the second reads the texts.
                for _ in 0..3 {
                    let answer = beside.list_profiles(query).unwrap();
                    assert_eq!(answer, shop.list_profiles(query).unwrap());
                }
            }
        }
    }
}

fn ask(needle: &str, sort: &[(Column, bool)], skip: u64, take: u32) -> Query {
    let sort = sort
        .iter()
        .map(|&(column, descending)| Sort { column, descending, nulls: Nulls::Least })
        .collect();
    let page = Page { skip, take };
    Query { search: Some(needle.to_owned()), sort, page, ..Query::default() }
}

fn named(n: usize, last_name: &str) -> Customer {
    let mut made = customer(&format!("c{n:04}"));
    (made.last_name, made.note) = (Some(last_name.to_owned()), Some(format!("no {n}")));
    made
}

/// More than the tail takes, then a few, then more than it takes again.
#[test]
fn many_changes_between_two_searches() {
    let shop = Shop::on_file(1);
    let orders: [&[(Column, bool)]; 3] =
        [&[], &[(Customer::LAST_NAME, false)], &[(Customer::LAST_NAME, true)]];
    let mut n = 0;
    for n_more in [900, 3, 40, 290, 10] {
        shop.write(|tx| {
            for _ in 0..n_more {
                n += 1;
                tx.create_customer(&named(n, &format!("Novák{}", n * 7 % 13)))?;
            }
            let changed = id(&format!("c{:04}", n / 2));
            tx.edit_customer(&changed, |known| known.last_name = Some("Nováková".into()))?;
            tx.delete_customer(&id(&format!("c{:04}", n / 3)), None)
        })
        .unwrap();
        for (sort, needle) in orders.into_iter().flat_map(|sort| NEEDLES.map(|n| (sort, n))) {
            [0, 5, 400].into_iter().for_each(|skip| compare(&shop, &ask(needle, sort, skip, 50)));
        }
    }
}

const NEEDLES: [&str; 6] = ["o", "no", "novak1", "novakova", "no 77", "x"];

/// As [`plain`], for more customers than a page takes.
fn compare(shop: &Shop, query: &Query) {
    let mut all = Vec::new();
    for skip in [0, 1000] {
        let page = Page { skip, take: 1000 };
        let rest = Query { search: None, page, ..query.clone() };
        all.extend(shop.list_profiles(&rest).unwrap().items.unwrap());
    }
    all.retain(|profile| holds(profile, query.search.as_deref().unwrap()));
    let answer = shop.list_profiles(query).unwrap();
    assert_eq!(answer.total_count, Some(all.len() as u64));
    let skip = usize::try_from(query.page.skip).unwrap();
    let page: Vec<Profile> = all.into_iter().skip(skip).take(50).collect();
    assert_eq!(answer.items.unwrap(), page, "{query:?}");
}

/// A mark moves from one customer to another within one SQL transaction: it is never seen twice,
/// never missing, and every writer sees its own write at once.
#[test]
fn an_answer_is_of_one_moment() {
    for shop in [Shop::on_file(1), Shop::in_memory(1)] {
        let note = |who: &str, text: &str| {
            shop.write(|tx| {
                let who = id(who);
                tx.edit_customer(&who, |known| known.note = Some(text.to_owned())).map(drop)
            })
        };
        for n in 0..40 {
            shop.create_customer(&named(n, "Novák")).unwrap();
        }
        note("c0000", "the mark").unwrap();
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let look = || {
                while !is_over.load(Ordering::SeqCst) {
                    look_for_the_mark(&shop);
                }
            };
            (0..2).for_each(|_| drop(scope.spawn(look)));
            let own = scope.spawn(|| {
                for n in 0..60 {
                    let text = format!("own {n};");
                    note("c0039", &text).unwrap();
                    let found = shop.list_profiles(&ask(&text, &[], 0, 50)).unwrap();
                    assert_eq!(found.total_count, Some(1), "{text}");
                }
            });
            for n in 0..120 {
                shop.write(|tx| {
                    let [from, to] = [n % 30, (n + 1) % 30].map(|n| id(&format!("c{n:04}")));
                    tx.edit_customer(&from, |known| known.note = None)?;
                    tx.edit_customer(&to, |known| known.note = Some("the mark".into()))
                })
                .unwrap();
            }
            own.join().unwrap();
            is_over.store(true, Ordering::SeqCst);
        });
    }
}

fn look_for_the_mark(shop: &Shop) {
    let query = ask("the mark", &[(Customer::LAST_NAME, false)], 0, 50);
    let answer = shop.list_profiles(&query).unwrap();
    let items = answer.items.unwrap();
    assert_eq!((items.len(), answer.total_count), (1, Some(1)));
    assert_eq!(items[0].customer.note.as_deref(), Some("the mark"));
}

#[test]
fn a_file_beside_is_searched_as_it_is_now() {
    let shop = Shop::on_file(1);
    let beside = Store::open_beside(shop.path(), Options::default()).unwrap();
    let total = |needle| beside.list_profiles(&ask(needle, &[], 0, 50)).unwrap().total_count;
    for n in 0..5 {
        shop.create_customer(&named(n, "Novák")).unwrap();
        for _ in 0..3 {
            assert_eq!(total("novak"), Some(n as u64 + 1));
        }
    }
    shop.erase_customer(&id("c0000")).unwrap();
    assert_eq!(total("novak"), Some(4));
}
