//! Pages behind a place: what they hold together is what one list holds.

use tillbook::query::{Column, Filter, Op, Pattern, RowKey, Sort};
use tillbook::{Customer, CustomerId, Error, Page, Query, Store, Timestamp};

use crate::shop::{NOON_MS, Shop, customer, id};

/// Names that fold alike, that are missing, and that SQL could take for more than names.
fn shop() -> Shop {
    let shop = Shop::in_memory(1);
    let people = [
        ("c1", Some("Novák"), Some("Ada"), Some("ADA@Example.sk"), Some("+421905123456")),
        ("c2", Some("novak"), None, Some("eva_1@example.sk"), Some("+421905123457")),
        ("c3", None, Some("Žofia"), None, None),
        ("c4", Some("Nováková"), Some("Zofia"), Some("evax1@example.sk"), Some("+12025550147")),
        ("c5", None, None, None, Some("+1%")),
        ("c6", Some("Novák"), Some("Ada"), None, None),
        ("c7", Some("[a]%"), Some("ada"), Some("žofia@example.com"), None),
    ];
    for (at, (name, last_name, first_name, email, phone)) in (NOON_MS..).zip(people) {
        shop.clock.set(Timestamp::from_ms(at));
        let mut made = customer(name);
        let owned = |text: Option<&str>| text.map(str::to_owned);
        (made.last_name, made.first_name) = (owned(last_name), owned(first_name));
        (made.email, made.phone) = (owned(email), owned(phone));
        shop.create_customer(&made).unwrap();
    }
    shop
}

fn ids(items: &[tillbook::Profile]) -> String {
    let ids: Vec<_> = items.iter().map(|profile| profile.customer.id.as_str()).collect();
    ids.join(" ")
}

/// Who is found, page by page; for each size of a page the same.
fn walk(store: &Store, query: &Query) -> String {
    let walked = [1, 2, 3, 100].map(|take| {
        let query = Query { page: Page { skip: 0, take }, ..query.clone() };
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = store.list_profiles_after(&query, after.as_ref()).unwrap();
            assert!(page.items.len() == take as usize || page.next.is_none());
            all.extend(page.items);
            after = page.next;
            if after.is_none() {
                return ids(&all);
            }
        }
    });
    assert!(walked.iter().all(|one| *one == walked[0]), "{walked:?}");
    let whole = store.list_profiles(query).unwrap();
    assert_eq!(ids(&whole.items.unwrap()), walked[0]);
    walked[0].clone()
}

#[test]
fn orders_put_nulls_where_they_are_told_to() {
    let shop = shop();
    let (last, first) = (Customer::LAST_NAME, Customer::FIRST_NAME);
    let cases: &[(&[Sort], &str)] = &[
        (&[], "c1 c2 c3 c4 c5 c6 c7"),
        (&[Sort::descending(Customer::CREATED_AT)], "c7 c6 c5 c4 c3 c2 c1"),
        (&[Sort::descending(Customer::CHANGED_AT)], "c7 c6 c5 c4 c3 c2 c1"),
        (&[Sort::ascending(last)], "c3 c5 c7 c1 c6 c2 c4"),
        (&[Sort::ascending(last).nulls_greatest()], "c7 c1 c6 c2 c4 c3 c5"),
        (&[Sort::descending(last)], "c4 c2 c1 c6 c7 c3 c5"),
        (&[Sort::descending(last).nulls_greatest()], "c3 c5 c4 c2 c1 c6 c7"),
        (
            &[Sort::descending(first).nulls_greatest(), Sort::ascending(last)],
            "c5 c2 c3 c4 c7 c1 c6",
        ),
    ];
    for (sort, expected) in cases {
        let query = Query { sort: sort.to_vec(), ..Query::default() };
        assert_eq!(walk(&shop, &query), *expected, "{sort:?}");
    }
}

#[test]
fn filters_find_what_is_like_a_pattern() {
    let shop = shop();
    let cases: &[(Column, &str, &str)] = &[
        (Customer::LAST_NAME, "NOVAK", "c1 c2 c6"),
        (Customer::LAST_NAME, "nov*", "c1 c2 c4 c6"),
        (Customer::LAST_NAME, "*ová", "c4"),
        (Customer::LAST_NAME, "*", "c1 c2 c4 c6 c7"),
        (Customer::LAST_NAME, "[A]*%", "c7"),
        (Customer::LAST_NAME, "%", ""),
        (Customer::FIRST_NAME, "zof*a", "c3 c4"),
        (Customer::EMAIL, "eva_1@*", "c2"),
        (Customer::EMAIL, "*@EXAMPLE.*", "c1 c2 c4 c7"),
        (Customer::EMAIL, "zofia@example.com", "c7"),
        (Customer::PHONE, "+421905123456", "c1"),
        (Customer::PHONE, "+421*45*", "c1 c2"),
        (Customer::PHONE, "+1*", "c4 c5"),
        (Customer::PHONE, "+1%", "c5"),
        (Customer::DISPLAY_NAME, "ada novak", "c1 c6"),
    ];
    for (column, pattern, expected) in cases {
        let ops = vec![Op::Like(Pattern::new(pattern).unwrap())];
        let filters = vec![Filter { column: *column, ops }];
        let query = Query { filters, ..Query::default() };
        assert_eq!(walk(&shop, &query), *expected, "{column:?} {pattern}");
    }
    let longest =
        ["?", "[", "\u{fdfa}"].map(|text| format!("*{}*", text.repeat(1_022 / text.len())));
    for text in &longest {
        let ops = vec![Op::Like(Pattern::new(text).unwrap())];
        let filters = vec![Filter { column: Customer::LAST_NAME, ops }];
        assert_eq!(walk(&shop, &Query { filters, ..Query::default() }), "");
    }
}

#[test]
fn search_and_ids_go_along() {
    let shop = shop();
    let among = |ids: &[&str]| Filter {
        column: Customer::ID,
        ops: vec![Op::In(ids.iter().map(|id| (*id).into()).collect())],
    };
    let sort = vec![Sort::ascending(Customer::LAST_NAME).nulls_greatest()];
    let query = Query { filters: vec![among(&["c5", "c4", "x"])], sort, ..Query::default() };
    assert_eq!(walk(&shop, &query), "c4 c5");
    let query = Query { filters: vec![], search: Some("zof".to_owned()), ..query };
    assert_eq!(walk(&shop, &query), "c4 c3");
}

#[test]
fn a_place_outlives_its_row() {
    let shop = shop();
    let sort = vec![Sort::ascending(Customer::LAST_NAME).nulls_greatest()];
    let query = Query { sort, page: Page { skip: 0, take: 2 }, ..Query::default() };
    let page = |after: Option<&RowKey>| shop.list_profiles_after(&query, after).unwrap();
    let first = page(None);
    assert_eq!(ids(&first.items), "c7 c1");
    shop.delete_customer(&id("c1"), None).unwrap();
    let renamed = |who: &CustomerId, name: &str| {
        shop.edit_customer(who, |known| known.last_name = Some(name.to_owned())).unwrap();
    };
    renamed(&id("c7"), "Zeman");
    renamed(&id("c4"), "Abel");
    let second = page(first.next.as_ref());
    assert_eq!(ids(&second.items), "c6 c2");
    let third = page(second.next.as_ref());
    assert_eq!((ids(&third.items), third.next.is_some()), ("c7 c3".to_owned(), true));
    // A page takes one at least, or it would lead nowhere.
    let none = Query { page: Page { skip: 0, take: 0 }, ..query.clone() };
    assert_eq!(shop.list_profiles_after(&none, None).unwrap().items.len(), 1);

    let other = Query { sort: vec![], ..query.clone() };
    let refused = shop.list_profiles_after(&other, first.next.as_ref()).unwrap_err();
    assert!(matches!(refused, Error::Invalid { .. }));
    assert_eq!(refused.to_string(), "after must be a place in the order of this query");
}
