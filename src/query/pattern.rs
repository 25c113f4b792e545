//! A text with gaps: what a filter may leave open of a name, an e-mail address or a number.

use crate::fold::fold;

/// A pattern has at most this many bytes.
pub const PATTERN_BYTES_MAX: usize = 1_024;

/// A pattern has at most this many texts between its asterisks.
pub const PATTERN_PIECES_MAX: usize = 16;

/// A text in which every `*` stands for any run of characters, none included.
///
/// The whole value must be like it: without an asterisk it must equal. There is no escape for a
/// literal asterisk, and no other character means anything but itself.
///
/// ```
/// use tillbook::query::{Filter, Op, Pattern};
/// use tillbook::{Customer, Query, Store};
///
/// let store = Store::open_in_memory()?;
/// let mut zofia = Customer::new(store.stamp());
/// zofia.last_name = Some("Nováková".into());
/// store.create_customer(&zofia)?;
///
/// let found = |pattern| {
///     let ops = vec![Op::Like(Pattern::new(pattern)?)];
///     let filters = vec![Filter { column: Customer::LAST_NAME, ops }];
///     let page = store.list_profiles(&Query { filters, ..Query::default() })?;
///     Ok::<_, Box<dyn std::error::Error>>(page.count)
/// };
/// assert_eq!(found("NOV*va")?, 1);
/// assert_eq!(found("nov")?, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

/// Why a text is no [`Pattern`]; displayed as what is to be said of the parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// More than [`PATTERN_BYTES_MAX`] bytes.
    #[error("must have at most {PATTERN_BYTES_MAX} bytes")]
    TooLong,
    /// More than [`PATTERN_PIECES_MAX`] texts.
    #[error("must have at most {PATTERN_PIECES_MAX} texts between asterisks")]
    TooManyPieces,
    /// A control character, which no name and no number holds.
    #[error("must not hold control characters")]
    Control,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// - [`PatternError`]: it is too long, has too many gaps, or holds a control character.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        if text.len() > PATTERN_BYTES_MAX {
            return Err(PatternError::TooLong);
        }
        if text.split('*').filter(|piece| !piece.is_empty()).count() > PATTERN_PIECES_MAX {
            return Err(PatternError::TooManyPieces);
        }
        // SQLite reads a pattern up to its first NUL.
        if text.chars().any(char::is_control) {
            return Err(PatternError::Control);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text it was made of.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What must stand at the beginning, in between in this order, and at the end. One piece alone
    /// is the whole value.
    pub(super) fn pieces(&self, is_folded: bool) -> Vec<String> {
        let texts: Vec<&str> = self.0.split('*').collect();
        let last = texts.len() - 1;
        let pieces = texts.into_iter().enumerate().map(|(at, text)| {
            let piece = if is_folded { fold(text) } else { text.to_owned() };
            (piece, at == 0 || at == last)
        });
        let told = pieces.filter(|(piece, is_outer)| *is_outer || !piece.is_empty());
        told.map(|(piece, _)| piece).collect()
    }
}

/// The pieces as a pattern of SQLite's `glob`, which compares byte for byte.
pub(super) fn glob(pieces: &[String]) -> String {
    let mut glob = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        if at > 0 {
            glob.push('*');
        }
        for c in piece.chars() {
            match c {
                '*' | '?' | '[' => glob.extend(['[', c, ']']),
                c => glob.push(c),
            }
        }
    }
    glob
}

/// The least text that comes after all that begin with `start`, byte for byte; `None` when there is
/// none.
pub(super) fn end_of(start: &str) -> Option<String> {
    let mut end = start.to_owned();
    while let Some(last) = end.pop() {
        // A range of characters passes over the surrogates, as UTF-8 does.
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_kept_and_named() {
        let cases = [
            (String::new(), Ok(())),
            ("*".repeat(PATTERN_BYTES_MAX), Ok(())),
            ("a".repeat(PATTERN_BYTES_MAX), Ok(())),
            ("a".repeat(PATTERN_BYTES_MAX + 1), Err("must have at most 1024 bytes")),
            ("*a".repeat(PATTERN_PIECES_MAX), Ok(())),
            (
                "*a".repeat(PATTERN_PIECES_MAX + 1),
                Err("must have at most 16 texts between asterisks"),
            ),
            ("a\0*".to_owned(), Err("must not hold control characters")),
            ("a\n".to_owned(), Err("must not hold control characters")),
        ];
        for (text, expected) in cases {
            let made = Pattern::new(&text).map(drop).map_err(|error| error.to_string());
            assert_eq!(made, expected.map_err(str::to_owned), "{text:?}");
        }
    }

    #[test]
    fn a_pattern_is_taken_to_pieces() {
        let cases: &[(&str, &[&str], &str)] = &[
            ("", &[""], ""),
            ("Novák", &["novak"], "novak"),
            ("*", &["", ""], "*"),
            ("**", &["", ""], "*"),
            ("Br*", &["br", ""], "br*"),
            ("*Á**b*", &["", "a", "b", ""], "*a*b*"),
            ("a*\u{301}*b", &["a", "b"], "a*b"),
            ("50%_?[a-z]^*]", &["50%_?[a-z]^", "]"], "50%_[?][[]a-z]^*]"),
        ];
        for (text, expected, expected_glob) in cases {
            let pieces = Pattern::new(text).expect("a pattern").pieces(true);
            assert_eq!(pieces, *expected, "{text:?}");
            assert_eq!(glob(&pieces), *expected_glob, "{text:?}");
        }
    }

    #[test]
    fn the_end_of_a_beginning() {
        let cases = [
            ("br", Some("bs")),
            ("\u{7f}", Some("\u{80}")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("a\u{10ffff}\u{10ffff}", Some("b")),
            ("\u{10ffff}", None),
            ("", None),
        ];
        for (start, end) in cases {
            assert_eq!(end_of(start).as_deref(), end, "{start:?}");
        }
    }
}
