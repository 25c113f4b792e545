//! The vector of the scheme, refusals one by one, and a signer whose requests are changed at random.

use proptest::prelude::*;

use super::*;

const SECRET: &str = "demo-secret";

/// A request that owns its parts, so that a test can change them.
#[derive(Debug, Clone, PartialEq)]
struct Sent {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Sent {
    /// What the verifier says of it at `now`; the one key there is has the public half `demo-client`.
    fn verdict(&self, now: &str, trusts_forwarded_host: bool) -> Result<(), Refusal> {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        let request = Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &headers,
            body: &self.body,
            trusts_forwarded_host,
        };
        let known = |id: &str| (id == "demo-client").then(|| ((), Secret::from(SECRET.to_owned())));
        let now = Timestamp::parse(now).expect("a time");
        verify(&request, now, |id| Ok(known(id))).expect("the look-up does not fail")
    }

    fn header(&mut self, name: &str) -> &mut String {
        let found = self.headers.iter_mut().find(|(other, _)| other.eq_ignore_ascii_case(name));
        &mut found.expect("the header").1
    }

    fn push(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }
}

const NOON: &str = "2024-01-02T03:04:05.678Z";

/// The request of the vector.
fn vector() -> Sent {
    let mut sent = Sent {
        method: "GET".into(),
        path: "/api/v1/customers".into(),
        query: "$take=10&DiscountRate=gt:5".into(),
        headers: vec![],
        body: vec![],
    };
    sent.push("Accept", "application/json");
    sign(&mut sent, "pos.local:4000");
    sent
}

/// Signs as a client does, written apart from the verifier: every header there is, letter by letter.
fn sign(sent: &mut Sent, host: &str) {
    let encoded = |text: &str, kept: &str| -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || "-_.~".contains(b as char);
        let one = |b: u8| match plain(b) || kept.contains(b as char) {
            true => (b as char).to_string(),
            false => format!("%{b:02X}"),
        };
        text.bytes().map(one).collect()
    };
    let body_hash = hex(&Sha256::digest(&sent.body));
    sent.push("Host", host);
    sent.push("x-nd-date", NOON);
    sent.push("x-nd-content-sha256", &body_hash);
    let mut headers: Vec<(String, String)> =
        sent.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect();
    headers.sort();
    let lines: Vec<String> =
        headers.iter().map(|(name, value)| format!("{name}:{}", value.trim())).collect();
    // As the scheme's clients order the list: by capital letters, so `_` comes last.
    headers.sort_by_key(|(name, _)| name.to_uppercase());
    let names: Vec<&str> = headers.iter().map(|(name, _)| &**name).collect();
    let names = names.join(";");
    let mut pairs: Vec<(&str, &str)> =
        sent.query.split('&').map(|piece| piece.split_once('=').unwrap_or((piece, ""))).collect();
    pairs.sort_by_key(|(name, _)| *name);
    let query: Vec<String> = pairs
        .iter()
        .map(|(name, value)| {
            let value = value.trim_end_matches('=');
            format!("{}={}", encoded(name, ""), encoded(value, ""))
        })
        .collect();
    let query = if sent.query.is_empty() { String::new() } else { query.join("&") };
    let canonical = format!(
        "{}\n{}\n{query}\n{}\n{names}\n{body_hash}",
        sent.method,
        encoded(&sent.path, "/:"),
        lines.join("\n")
    );
    let to_sign = format!("{SCHEME}\n{NOON}\ndemo-client\n{}", hex(&Sha256::digest(canonical)));
    let key = keyed_hash(format!("NWS4{SECRET}").as_bytes(), &NOON[..10]);
    let signature = hex(&keyed_hash(&key, &to_sign));
    let (names, time) = (encoded(&names, ""), encoded(NOON, ""));
    let claim = format!(
        "Credential=demo-client,SignedHeaders={names},Timestamp={time},Signature={signature}"
    );
    sent.push("Authorization", &format!("{SCHEME} {}", encoded(&claim, "")));
}

#[test]
fn the_vector_is_reproduced() {
    let sent = vector();
    let headers: Vec<(&str, &str)> =
        sent.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let request = Request {
        method: &sent.method,
        path: &sent.path,
        query: &sent.query,
        headers: &headers,
        body: &sent.body,
        trusts_forwarded_host: false,
    };
    assert_eq!(canonical_query(&sent.query), Ok("%24take=10&DiscountRate=gt%3A5".to_owned()));
    let now = Timestamp::parse(NOON).expect("a time");
    let (claim, canonical) = read(&request, now).map_err(|r| r.to_string()).expect("it reads");
    assert_eq!(claim.signed_headers, "accept;host;x-nd-content-sha256;x-nd-date");
    assert_eq!(
        hex(&Sha256::digest(&canonical)),
        "5c26dc20734e2118034576517e574a14768485c8943943769bb03beefbb8649f"
    );
    let expected = "c7911883f8a441251c8e30fbb5d91c12452292758970e994a44a333bac215523";
    assert_eq!(signature(SECRET, &claim, &canonical), expected);
    assert_eq!(claim.signature, expected);
    assert_eq!(sent.verdict(NOON, false), Ok(()));
}

#[test]
fn parameters_are_sorted_and_encoded_but_never_decoded() {
    let cases = [
        ("", Ok("")),
        ("a=1", Ok("a=1")),
        ("b=2&a=1", Ok("a=1&b=2")),
        ("a=2&B=1&a=1", Ok("B=1&a=2&a=1")),
        ("a=%20+", Ok("a=%2520%2B")),
        ("a", Ok("a=")),
        ("a=", Ok("a=")),
        ("a=1=", Ok("a=1")),
        ("a=1=2", Err(Refusal::Query)),
        ("a=1==", Err(Refusal::Query)),
        ("a=1&&b", Ok("=&a=1&b=")),
    ];
    for (query, expected) in cases {
        assert_eq!(canonical_query(query), expected.map(str::to_owned), "{query}");
    }
}

/// Each case changes the request of the vector and says when it arrives.
#[test]
fn what_was_not_signed_is_refused() {
    type Change = fn(&mut Sent);
    let same: Change = |_| ();
    let other_time = "2024-01-02T03:04:05.679Z";
    let cases: &[(&str, Change, &str, Result<(), Refusal>)] = &[
        ("on time", same, NOON, Ok(())),
        ("as early as may be", same, "2024-01-02T03:01:35.678Z", Ok(())),
        ("too early", same, "2024-01-02T03:01:35.677Z", Err(Refusal::Time)),
        ("as late as may be", same, "2024-01-02T03:06:35.678Z", Ok(())),
        ("too late", same, "2024-01-02T03:06:35.679Z", Err(Refusal::Time)),
        ("method", |s| s.method = "DELETE".into(), NOON, Err(Refusal::Signature)),
        ("method in small letters", |s| s.method = "get".into(), NOON, Ok(())),
        ("path", |s| s.path.push('/'), NOON, Err(Refusal::Signature)),
        ("query", |s| s.query.push('0'), NOON, Err(Refusal::Signature)),
        ("order of the query", |s| s.query = "DiscountRate=gt:5&$take=10".into(), NOON, Ok(())),
        ("second =", |s| s.query.push_str("=0"), NOON, Err(Refusal::Query)),
        ("body", |s| s.body.push(b' '), NOON, Err(Refusal::Signature)),
        ("host", |s| *s.header("host") = "pos.local".into(), NOON, Err(Refusal::Signature)),
        ("white space", |s| *s.header("accept") = " application/json\t".into(), NOON, Ok(())),
        ("a header that is not signed", |s| s.push("User-Agent", "x"), NOON, Ok(())),
        ("forwarded host, untrusted", |s| s.push("X-Forwarded-Host", "evil"), NOON, Ok(())),
        ("signed header twice", |s| s.push("accept", "*/*"), NOON, Err(Refusal::Header)),
        ("signed header gone", |s| drop(s.headers.remove(0)), NOON, Err(Refusal::Header)),
        ("two claims", |s| s.push("authorization", "Bearer x"), NOON, Err(Refusal::Scheme)),
        ("no claim", |s| drop(s.headers.pop()), NOON, Err(Refusal::Scheme)),
        ("bearer", |s| *s.header("authorization") = "Bearer x".into(), NOON, Err(Refusal::Scheme)),
        (
            "nothing said",
            |s| *s.header("authorization") = SCHEME.into(),
            NOON,
            Err(Refusal::Scheme),
        ),
        (
            "no parts",
            |s| *s.header("authorization") = format!("{SCHEME} x"),
            NOON,
            Err(Refusal::Form),
        ),
        (
            "another part",
            |s| s.header("authorization").push_str(",Signature=0"),
            NOON,
            Err(Refusal::Form),
        ),
        ("key", |s| replace(s, "demo-client", "demo-clienT"), NOON, Err(Refusal::Key)),
        ("time", |s| replace(s, "05.678", "05.679"), other_time, Err(Refusal::Signature)),
        ("no time", |s| replace(s, "05.678Z", "05.678"), NOON, Err(Refusal::Time)),
        ("time otherwise", |s| replace(s, "05.678Z", "05.6780Z"), NOON, Err(Refusal::Time)),
        ("fewer headers", |s| replace(s, "accept%253B", ""), NOON, Err(Refusal::Signature)),
        ("no host", |s| replace(s, "host%253B", ""), NOON, Err(Refusal::Header)),
        ("capitals", |s| replace(s, "c7911883", "C7911883"), NOON, Err(Refusal::Signature)),
        ("shorter", |s| replace(s, "c7911883", "c791188"), NOON, Err(Refusal::Signature)),
    ];
    for (name, change, now, expected) in cases {
        let mut sent = vector();
        change(&mut sent);
        assert_eq!(sent.verdict(now, false), *expected, "{name}");
    }
}

/// Changes the header `Authorization`.
fn replace(sent: &mut Sent, from: &str, to: &str) {
    let claim = sent.header("authorization");
    assert!(claim.contains(from), "{from}");
    *claim = claim.replace(from, to);
}

#[test]
fn a_trusted_proxy_says_which_host_was_meant() {
    let mut sent = vector();
    *sent.header("host") = "10.0.0.1:8080".into();
    sent.push("X-Forwarded-Host", "pos.local:4000");
    assert_eq!(sent.verdict(NOON, true), Ok(()));
    assert_eq!(sent.verdict(NOON, false), Err(Refusal::Signature));
    assert_eq!(vector().verdict(NOON, true), Ok(()), "a proxy that says nothing");
}

/// Clients put a name that begins with `_` last in the list, though its line comes first.
#[test]
fn the_list_of_names_is_taken_as_it_was_signed() {
    let mut sent = Sent { headers: vec![], ..vector() };
    sent.push("__tenant", "39fd0386");
    sign(&mut sent, "pos.local");
    assert!(sent.header("authorization").contains("x-nd-date%253B__tenant"));
    assert_eq!(sent.verdict(NOON, false), Ok(()));
}

fn any_sent() -> impl Strategy<Value = Sent> {
    let method = prop::sample::select(vec!["GET", "POST", "PUT", "PATCH", "DELETE"]);
    let path = "(/[a-zA-Z0-9._~:%-]{1,8}){1,3}";
    let query = "([$a-z]{1,5}=[a-zA-Z0-9:;%+,.-]{0,8}(&[$a-z]{1,5}=[a-zA-Z0-9:;%+,.-]{0,8}){0,3})?";
    let body = prop::collection::vec(any::<u8>(), 0..40);
    let accept = "[a-z]{1,8}/[a-z]{1,8}";
    (method, path, query, body, accept).prop_map(|(method, path, query, body, accept)| {
        let headers = vec![("Accept".to_owned(), accept)];
        let mut sent = Sent { method: method.into(), path, query, headers, body };
        sign(&mut sent, "pos.local:4000");
        sent
    })
}

/// Another text of the same length: the letter at `at` becomes another one.
fn other(text: &str, at: usize) -> String {
    let at = at % text.len().max(1);
    let swap = |c: char| if c == '7' { '8' } else { '7' };
    text.chars().enumerate().map(|(n, c)| if n == at { swap(c) } else { c }).collect()
}

proptest! {
    #[test]
    fn what_is_signed_is_accepted(sent in any_sent()) {
        prop_assert_eq!(sent.verdict(NOON, false), Ok(()));
    }

    #[test]
    fn a_letter_changed_anywhere_is_noticed(sent in any_sent(), part in 0..9_usize, at: usize) {
        let mut changed = sent.clone();
        match part {
            0 => changed.method = other(&sent.method, at),
            1 => changed.path = other(&sent.path, at),
            2 => changed.query = other(&sent.query, at),
            3 => changed.body.push(b'a'),
            4 if !sent.body.is_empty() => changed.body[at % sent.body.len()] ^= 1,
            // A letter of what follows the scheme's name.
            5 => {
                let claim = changed.header("authorization");
                let (scheme, rest) = claim.split_at(SCHEME.len() + 1);
                *claim = format!("{scheme}{}", other(rest, at));
            }
            n => {
                let names = ["accept", "host", "x-nd-date", "x-nd-content-sha256"];
                let value = changed.header(names[n % names.len()]);
                *value = other(value, at);
            }
        }
        // `%2C` written `%2c` is no change.
        let is_same = |a: &Sent, b: &Sent| {
            let said = |sent: &Sent| decode(&sent.clone().header("authorization").clone());
            Sent { headers: vec![], ..a.clone() } == Sent { headers: vec![], ..b.clone() }
                && a.headers[..a.headers.len() - 1] == b.headers[..b.headers.len() - 1]
                && said(a) == said(b)
        };
        if !is_same(&sent, &changed) {
            prop_assert!(changed.verdict(NOON, false).is_err(), "{:?}", changed);
        }
    }
}
