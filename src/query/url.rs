//! What follows `?` in a URL, taken apart: `name=value` joined by `&`, percent-encoded.

/// One `name=value`; the value is empty when there is no `=`.
pub(crate) struct Pair<'a> {
    pub(crate) name: Encoded<'a>,
    pub(crate) value: Encoded<'a>,
}

/// Percent-encoded text and the byte of the URL's query where it begins.
#[derive(Clone, Copy)]
pub(crate) struct Encoded<'a> {
    pub(crate) raw: &'a str,
    pub(crate) at: usize,
}

/// The pairs of `text` in their order; nothing between two `&` is no pair.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = Pair<'_>> {
    let mut next_at = 0;
    text.split('&')
        .map(move |raw| {
            let at = next_at;
            next_at += raw.len() + 1;
            let (name, value) = raw.split_once('=').unwrap_or((raw, ""));
            let value_at = at + raw.len() - value.len();
            let value = Encoded { raw: value, at: value_at };
            Pair { name: Encoded { raw: name, at }, value }
        })
        .filter(|pair| pair.value.at > pair.name.at)
}

impl Encoded<'_> {
    /// The text, decoded once, `+` as a space. The error is the byte of the query where it stops
    /// being percent-encoded UTF-8.
    pub(crate) fn decode(self) -> Result<String, usize> {
        let mut bytes = Vec::with_capacity(self.raw.len());
        let mut rest = self.raw.as_bytes();
        while let [first, tail @ ..] = rest {
            let byte = match first {
                b'%' => escaped(tail).ok_or(self.at + self.raw.len() - rest.len())?,
                b'+' => b' ',
                plain => *plain,
            };
            bytes.push(byte);
            rest = if *first == b'%' { &tail[2..] } else { tail };
        }
        String::from_utf8(bytes).map_err(|error| self.offset(error.utf8_error().valid_up_to()))
    }

    /// The byte of the query that became the byte `decoded` of the decoded text.
    pub(super) fn offset(self, decoded: usize) -> usize {
        let raw = self.raw.as_bytes();
        let width = |at: usize| if raw.get(at) == Some(&b'%') { 3 } else { 1 };
        let at = (0..decoded).fold(0, |at, _| at + width(at));
        self.at + at.min(raw.len())
    }
}

fn escaped(after_percent: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*after_percent.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// Appends `text` so that [`Encoded::decode`] gives it back. What NData is written with stays
/// legible.
pub(super) fn encode(text: &str, url: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~$:;,".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(raw: &str) -> Result<String, usize> {
        Encoded { raw, at: 100 }.decode()
    }

    #[test]
    fn escapes_are_read_strictly() {
        let cases: &[(&str, Result<&str, usize>)] = &[
            ("", Ok("")),
            ("a+b%20c%2B", Ok("a b c+")),
            ("%C5%beluť", Ok("žluť")),
            ("%2500", Ok("%00")),
            ("a%", Err(101)),
            ("a%2", Err(101)),
            ("ab%2x", Err(102)),
            ("%+1", Err(100)),
            ("%41%C5%41", Err(103)),
            ("%ED%A0%80", Err(100)),
        ];
        for (raw, expected) in cases {
            assert_eq!(decode(raw), expected.map(str::to_owned), "{raw}");
        }
    }

    #[test]
    fn pairs_know_where_they_begin() {
        let pairs: Vec<_> = pairs("&a=1&&b=2=3&c&=4")
            .map(|pair| (pair.name.raw, pair.name.at, pair.value.raw, pair.value.at))
            .collect();
        assert_eq!(
            pairs,
            [("a", 1, "1", 3), ("b", 6, "2=3", 8), ("c", 12, "", 13), ("", 14, "4", 15)]
        );
    }

    proptest! {
        #[test]
        fn encoded_text_decodes(text in "\\PC*|[ %+&=#\"\\x00-\\x1f]*") {
            let mut raw = String::new();
            encode(&text, &mut raw);
            prop_assert!(raw.is_ascii() && !raw.contains(['&', '=', '+', '#', ' ', '"']));
            prop_assert_eq!(decode(&raw), Ok(text));
        }
    }
}
