//! What says the same of a list in other words.

use super::Desk;

/// The order that is meant where none is named, and the same ids in another order, are no other question.
#[test]
fn what_says_the_same_is_the_same() {
    let mut desk = Desk::new();
    for id in ["a", "b", "c"] {
        desk.tell(&format!("admin POST portos:/customers {{\"id\":\"{id}\"}}"));
    }
    let mut check = |first: &str, next: &str, status: u16| {
        let page = desk.ask(&format!("reader GET /customers?limit=1&{first}"), &[]);
        let page: serde_json::Value = serde_json::from_str(page.text()).unwrap();
        let token = page["next_page_token"].as_str().unwrap();
        let line = format!("reader GET /customers?limit=1&page_token={token}&{next}");
        assert_eq!(desk.ask(&line, &[]).status, status, "{first} {next}");
    };
    check("", "sort_by=creation_time:asc", 200);
    check("sort_by=creation_time:asc", "", 200);
    check("sort_by=creation_time:asc", "sort_by=creation_time:asc", 200);
    check("sort_by=creation_time:desc", "", 200);
    check("sort_by=creation_time:desc", "sort_by=creation_time:asc", 400);
    check("", "sort_by=creation_time:desc", 400);
    check("id=a,b", "id=b,a", 200);
    check("id=a,b", "id=b,c", 400);
}
