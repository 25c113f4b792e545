//! Pages of long names and long filters, and of customers who go in between.

use super::Desk;
use super::list::pages;

/// Folded, this sign is eighteen letters: the place of a page must not grow with it.
#[test]
fn a_name_is_never_too_long_for_the_next_page() {
    let mut desk = Desk::new();
    for name in ["\u{fdfa}".repeat(200), "\u{1f600}".repeat(255), "z".to_owned()] {
        let body = format!(r#"{{"status":"ACTIVE","first_name":"{name}","last_name":"{name}"}}"#);
        assert_eq!(desk.ask(&format!("admin POST /customers {body}"), &[]).status, 201);
        desk.clock.advance(1000);
    }
    for (sort, expected) in [
        ("creation_time:asc", ["#1", "#2", "#3"]),
        ("last_name:desc", ["#2", "#1", "#3"]),
        ("first_name:asc,last_name:desc", ["#3", "#1", "#2"]),
    ] {
        let mut desk_pages =
            pages(&mut desk, &format!("?limit=1&sort_by={sort}"), "limit=1", |_, _| {});
        desk_pages.retain(|page| !page.is_empty());
        assert_eq!(desk_pages, expected, "{sort}");
    }
}
