//! The description of the routes as files: `openapi.json` is made once, and the page of it is whole.

use super::openapi::operations;
use super::served::Served;

#[test]
fn the_description_is_made_once_and_has_a_tag() {
    let served = Served::start();
    for path in ["/openapi.json", "/docs"] {
        let told = served.get(path, None);
        let tag = told.header("etag").unwrap();
        assert_eq!(told.body, served.get(path, None).body);
        let known = served.ask("GET", path, None, &[&format!("If-None-Match: {tag}")], "");
        assert_eq!((known.status, known.body.len()), (304, 0), "{path}");
    }
}

/// Every element of the page is closed where it belongs, and every place it refers to is on it.
#[test]
fn the_page_is_whole() {
    let served = Served::start();
    let told = served.get("/docs", None);
    assert_eq!(told.header("content-type"), Some("text/html; charset=utf-8"));
    let page = told.text();
    assert!(!page.contains("{{"), "a part is missing");
    assert!(!page.contains("<script") && !page.contains("src="), "it fetches or runs something");
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        let name = tag.split([' ', '\n']).next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "</{name}>"),
            None if ["!DOCTYPE", "meta", "link", "br"].contains(&name) => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?} are open at the end");
    for place in page.split("href=\"#").skip(1) {
        let place = place.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{place}\"")), "#{place} is nowhere");
    }
    let document = served.get("/openapi.json", None).json();
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("id=\"shape-{name}\"")), "{name} is not on the page");
    }
    for (path, ..) in operations(&document) {
        assert!(page.contains(&format!("<code>{path}</code>")), "{path} is not on the page");
    }
}
