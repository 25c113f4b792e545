//! Synctera over a socket: each rule of its contract as a line, and everything that is heard.

mod across;
mod addresses;
mod again;
mod entry;
mod list;
mod page;
mod refusal;
mod same;
mod spelling;
mod state;
mod tratta;
mod write;

use std::sync::Arc;

use tillbook::ManualClock;

use super::served::{Served, Told};

/// A served file and the ids that were heard so far, which differ from one version to the next.
pub(super) struct Desk {
    pub(super) served: Served,
    pub(super) clock: Arc<ManualClock>,
    ids: Vec<String>,
}

impl Desk {
    pub(super) fn new() -> Self {
        let (served, clock) = Served::at_noon();
        Self { served, clock, ids: Vec::new() }
    }

    /// `line` as in [`Served::hear`], below `/v0` unless it begins with another dialect's base; `#1`
    /// is the first id that was heard.
    pub(super) fn ask(&mut self, line: &str, head: &[&str]) -> Told {
        let mut line = line.replace(" /customers", " /v0/customers").replace(" portos:", " ");
        line = line.replace(" tratta:", " /api/v1");
        for (n, id) in self.ids.iter().enumerate().rev() {
            line = line.replace(&format!("#{}", n + 1), id);
        }
        self.served.hear(&line, head)
    }

    /// Asks line by line, and tells the status and the body of each answer; a line that begins with
    /// `+` is a header of the one that follows.
    pub(super) fn tell(&mut self, script: &str) -> String {
        let (mut told, mut head) = (String::new(), Vec::new());
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match line.strip_prefix("+ ") {
                Some(header) => head.push(header),
                None => {
                    let heard = self.ask(line, &std::mem::take(&mut head));
                    let body = self.named(heard.text());
                    let body = if body.is_empty() { String::new() } else { format!(" {body}") };
                    told += &format!("> {line}\n{}{body}\n", heard.status);
                }
            }
        }
        told
    }

    /// `text` with every id as the number of its first appearance.
    pub(super) fn named(&mut self, text: &str) -> String {
        let mut named = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let piece = rest.get(..36).filter(|piece| uuid::Uuid::try_parse(piece).is_ok());
            let Some(id) = piece else {
                let width = rest.chars().next().map_or(1, char::len_utf8);
                named += &rest[..width];
                rest = &rest[width..];
                continue;
            };
            let known = self.ids.iter().position(|known| known == id).unwrap_or_else(|| {
                self.ids.push(id.to_owned());
                self.ids.len() - 1
            });
            named += &format!("#{}", known + 1);
            rest = &rest[36..];
        }
        named
    }
}

/// Asks `script` of a fresh file, after `before`.
pub(super) fn check(before: &str, script: &str, expected: expect_test::Expect) {
    let mut desk = Desk::new();
    desk.tell(before);
    expected.assert_eq(&desk.tell(script));
}

/// The customer of the example in synctera.md section 8.
pub(super) const OTTILIE: &str = r#"admin POST /customers {"status":"ACTIVE","first_name":"Ottilie","last_name":"Brandt","dob":"1988-11-30","phone_number":"+12025550147","ssn":"219-09-9999","legal_address":{"address_line_1":"12 Quay Rd","city":"Albany","state":"NY","postal_code":"12207","country_code":"US"},"metadata":{"loyalty_tier":"blue"}}"#;
