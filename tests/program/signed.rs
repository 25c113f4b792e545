//! Requests that are signed with a key of `key add --nws4`, over a socket (portos.md 7.2).

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};
use tillbook::{Clock, SystemClock, Timestamp};

use super::client::{Answer, Serving};
use super::{Result, Shop};

const SCHEME: &str = "NWS4-HMAC-SHA256";
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A signer of its own, after the paper.
struct Signer {
    id: String,
    secret: String,
}

/// A request before it is signed.
#[derive(Clone, Copy)]
struct Plain<'a> {
    method: &'a str,
    path: &'a str,
    query: &'a str,
    body: &'a str,
    /// Seconds from now.
    late: i64,
}

impl Signer {
    /// The two halves of a key as `key add --nws4` prints them.
    fn new(shop: &Shop, right: &str) -> Result<Self> {
        let arguments = ["key", "add", "till 3", "--right", right, "--nws4"];
        let shown = String::from_utf8(shop.run(&arguments)?.stdout)?;
        let half = |name: &str| {
            let line = shown.lines().find_map(|line| line.strip_prefix(name));
            line.map(|text| text.trim().to_owned()).ok_or(format!("no {name}: {shown}"))
        };
        Ok(Self { id: half("public key")?, secret: half("private key")? })
    }

    /// The headers of the signed request, each ended by CR LF.
    fn sign(&self, plain: Plain<'_>) -> Result<String> {
        let now = SystemClock.now().ms() + plain.late * 1000;
        let at = Timestamp::from_ms(now).to_string();
        let hash = hex(&Sha256::digest(plain.body));
        let mut query: Vec<(&str, &str)> = plain
            .query
            .split('&')
            .filter(|piece| !piece.is_empty())
            .map(|piece| piece.split_once('=').unwrap_or((piece, "")))
            .collect();
        query.sort_unstable();
        let query: Vec<String> =
            query.iter().map(|(name, value)| format!("{}={}", enc(name), enc(value))).collect();
        let headers = format!("host:shop\nx-nd-content-sha256:{hash}\nx-nd-date:{at}");
        let names = "host;x-nd-content-sha256;x-nd-date";
        let canonical = [plain.method, plain.path, &query.join("&"), &headers, names, &hash];
        let request = hex(&Sha256::digest(canonical.join("\n")));
        let text = [SCHEME, &at, &self.id, &request].join("\n");
        let day = at.split('T').next().unwrap_or_default();
        let key = keyed(format!("NWS4{}", self.secret).as_bytes(), day)?;
        let signature = hex(&keyed(&key, &text)?);
        let claim = format!(
            "Credential={},SignedHeaders={},Timestamp={},Signature={signature}",
            self.id,
            enc(names),
            enc(&at)
        );
        Ok(format!(
            "x-nd-date: {at}\r\nx-nd-content-sha256: {hash}\r\nAuthorization: {SCHEME} {}\r\n",
            enc(&claim)
        ))
    }
}

fn enc(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

fn keyed(key: &[u8], text: &str) -> Result<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)?;
    mac.update(text.as_bytes());
    Ok(mac.finalize().into_bytes().to_vec())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sends a request as it is, with these headers.
fn ask(serving: &Serving, sent: Plain<'_>, headers: &str) -> Result<Answer> {
    let Plain { method, path, query, body, .. } = sent;
    let mark = if query.is_empty() { "" } else { "?" };
    let mut client = serving.client()?;
    client.send(
        format!(
            "{method} {path}{mark}{query} HTTP/1.1\r\nHost: shop\r\n{headers}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .as_bytes(),
    )?;
    client.answer()
}

#[test]
fn a_signed_request_is_let_in_and_an_altered_one_is_not() -> Result<()> {
    let shop = Shop::open()?;
    let signer = Signer::new(&shop, "CustomerCreate")?;
    let serving = Serving::start(&shop, &[])?;
    let list = Plain {
        method: "GET",
        path: "/customers",
        query: "$take=1&Search=nov%C3%A1k&DiscountRate=gte:0",
        body: "",
        late: 0,
    };
    let create = Plain {
        method: "POST",
        path: "/customers",
        query: "",
        body: r#"{"id":"ada","firstName":"Žofia"}"#,
        late: 0,
    };
    let read = Plain { path: "/customers/ada", query: "", ..list };
    let erase = Plain { method: "DELETE", ..read };
    let tampered = r#"{"id":"eve","firstName":"Žofia"}"#;
    let cases = [
        ("a read with a query", list, list, 200),
        ("a write with a body", create, create, 201),
        ("what it wrote", read, read, 200),
        ("a right it has not", erase, erase, 403),
        ("another body", create, Plain { body: tampered, ..create }, 401),
        ("no body", create, Plain { body: "", ..create }, 401),
        ("another query", list, Plain { query: "$take=2", ..list }, 401),
        ("another path", read, Plain { path: "/customers/bob", ..read }, 401),
        ("another method", read, erase, 401),
        ("149 s ago", Plain { late: -149, ..read }, read, 200),
        ("152 s ago", Plain { late: -152, ..read }, read, 401),
        ("152 s ahead", Plain { late: 152, ..read }, read, 401),
    ];
    for (name, signed, sent, expected) in cases {
        let answer = ask(&serving, sent, &signer.sign(signed)?)?;
        assert_eq!(answer.status, expected, "{name}: {}", answer.text());
    }
    let other = Signer { secret: reversed(&signer.secret), ..signer };
    assert_eq!(ask(&serving, read, &other.sign(read)?)?.status, 401, "another secret");
    // The id and the secret are no key that could be sent.
    let bearer = format!("Authorization: Bearer {}.{}\r\n", other.id, reversed(&other.secret));
    assert_eq!(ask(&serving, read, &bearer)?.status, 401);
    assert!(shop.run(&["key", "revoke", "till 3"])?.status.success());
    let revoked = Signer { secret: reversed(&other.secret), ..other };
    assert_eq!(ask(&serving, read, &revoked.sign(read)?)?.status, 401, "revoked");
    Ok(())
}

fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}
