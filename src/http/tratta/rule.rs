//! Rules: the rule words of the pages as checks of one text each (tratta.md sections 3, 4 and 8). An
//! error is the rule, to be read after the field's name.

use crate::error::Error;
use crate::http::json::{Json, Object};
use crate::id::CustomerId;
use crate::rule::check_line;

/// What a text must be.
pub(super) type Rule = fn(&str) -> Result<(), String>;

/// Any text of one line.
pub(super) fn line(text: &str) -> Result<(), String> {
    match check_line("", Some(text)) {
        Err(Error::Invalid { rule, .. }) => Err(rule),
        _ => Ok(()),
    }
}

/// Something before and behind one `@`, without white space.
pub(super) fn email(text: &str) -> Result<(), String> {
    let is_email = text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !host.split('.').any(str::is_empty)
            && !text.contains(char::is_whitespace)
    });
    holds(is_email, "must be an e-mail address")
}

/// Ten digits, or eleven that begin with 1, in the usual spellings of the United States.
pub(super) fn us_phone(text: &str) -> Result<(), String> {
    let (plus, rest) = match text.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let is_spelled = rest.bytes().all(|byte| byte.is_ascii_digit() || b" ()-.".contains(&byte));
    let digits: Vec<u8> = rest.bytes().filter(u8::is_ascii_digit).collect();
    let is_us = match digits.as_slice() {
        [b'1', rest @ ..] if rest.len() == 10 => true,
        digits => digits.len() == 10 && !plus,
    };
    holds(is_spelled && is_us, "must be a phone number of the United States")
}

/// `55401`.
pub(super) fn five_digits(text: &str) -> Result<(), String> {
    holds(is_digits(text, 5), "must be 5 digits")
}

/// `55401` or `55401-8914`.
pub(super) fn zip(text: &str) -> Result<(), String> {
    let is_zip = match text.split_once('-') {
        Some((five, four)) => is_digits(five, 5) && is_digits(four, 4),
        None => is_digits(text, 5),
    };
    holds(is_zip, "must be 5 digits, or 5 and 4 with a hyphen between them")
}

fn is_digits(text: &str, n: usize) -> bool {
    text.len() == n && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn holds(yes: bool, rule: &str) -> Result<(), String> {
    if yes { Ok(()) } else { Err(rule.to_owned()) }
}

/// An id in an outside system by which a customer or a location can be named in a path.
pub(super) fn id(text: &str) -> Result<(), String> {
    CustomerId::new(text).map(|_| ()).map_err(|rule| rule.to_string())
}

/// Writes the member `name` into `field`, if it was sent; null clears it. What is as it is stored
/// already breaks no rule: another vocabulary may know others.
pub(super) fn set(body: &Object<'_>, name: &str, field: &mut Option<String>, rule: Rule) {
    if body.has(name) {
        put(body, name, body.text(name), field, rule);
    }
}

/// The same of a text that may come in several lines, which commas part from then on.
pub(super) fn set_lines(body: &Object<'_>, name: &str, field: &mut Option<String>) {
    if body.has(name) {
        let lines = |text: String| text.lines().map(str::trim).collect::<Vec<_>>().join(", ");
        put(body, name, body.text(name).map(lines), field, line);
    }
}

fn put(
    body: &Object<'_>,
    name: &str,
    sent: Option<String>,
    field: &mut Option<String>,
    rule: Rule,
) {
    let stored = field.as_deref().map(str::trim).filter(|stored| !stored.is_empty());
    if sent.as_deref() == stored {
        return;
    }
    if let Some(text) = &sent
        && let Err(rule) = line(text).and_then(|()| rule(text))
    {
        body.wrong(name, rule);
    }
    *field = sent;
}

/// `true`, `false`, 1 or 0, as such or as a text in any case.
pub(super) fn flag(body: &Object<'_>, name: &str) -> Option<bool> {
    let word = match body.member(name)? {
        Json::Bool(flag) => return Some(*flag),
        Json::Text(text) | Json::Number(text) => text.to_ascii_lowercase(),
        _ => String::new(),
    };
    match word.as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => {
            body.wrong(name, "must be true or false");
            None
        }
    }
}

/// Four digits; a number that has fewer gets zeros before it.
pub(super) fn last4(body: &Object<'_>, name: &str) -> Option<String> {
    let digits = match body.member(name)? {
        Json::Number(number) => format!("{number:0>4}"),
        Json::Text(text) => text.clone(),
        _ => String::new(),
    };
    if !is_digits(&digits, 4) {
        body.wrong(name, "must be 4 digits");
        return None;
    }
    Some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: Rule, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(rule(text), Ok(()), "{text}");
        }
        for text in bad {
            assert!(rule(text).is_err(), "{text}");
        }
    }

    #[test]
    fn phones_of_the_united_states_in_their_spellings() {
        check(
            us_phone,
            &[
                "+1-489-899-2182",
                "(202) 555-0147",
                "12025550147",
                "2025550147",
                "202.555.0147",
                "+1 (202) 555-0147",
            ],
            &[
                "",
                "555-0147",
                "+421 905 123 456",
                "22025550147",
                "+2025550147",
                "120255501471",
                "202555o147",
                "1+2025550147",
                "2025550147 x1",
                "٢025550147",
            ],
        );
    }

    #[test]
    fn postal_codes() {
        check(five_digits, &["55401", "00485"], &["", "5540", "554011", "55401-8914", "5540a"]);
        check(
            zip,
            &["55401", "00485-8914"],
            &["", "55401-", "-8914", "55401-891", "55401-8914-1", "5540-18914", "040 01"],
        );
    }

    #[test]
    fn e_mail_addresses() {
        check(
            email,
            &["juno@example.org", "a+b@localhost", "ž@žito.sk"],
            &["", "@", "a@", "@b", "a@b@c", "a b@c", "a@b.", "a@.b", "a@b..c", "juno"],
        );
    }
}
