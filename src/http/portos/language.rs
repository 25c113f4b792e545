//! The language of messages (portos.md 5.5): English of Great Britain unless Slovak is preferred.

use super::slovak;
use crate::money::Rate;

/// A language that messages come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Slovak,
}

impl Language {
    /// The one that the header `Accept-Language` prefers; English where it names neither, and where
    /// it is no such header.
    pub(super) fn of(accepted: Option<&str>) -> Self {
        let mut best = (Rate::ZERO, Self::English);
        for one in accepted.unwrap_or_default().split(',') {
            let (tag, weight) = one.split_once(';').unwrap_or((one, "q=1"));
            let language = match tag.trim().split('-').next() {
                Some(primary) if primary.eq_ignore_ascii_case("sk") => Self::Slovak,
                Some(primary) if primary.eq_ignore_ascii_case("en") || primary == "*" => {
                    Self::English
                }
                _ => continue,
            };
            let weight = weight.trim().strip_prefix("q=").and_then(|q| Rate::parse(q).ok());
            // Of equal ones the first counts.
            if weight.is_some_and(|weight| weight > best.0) {
                best = (weight.unwrap_or_default(), language);
            }
        }
        best.1
    }

    /// What a broken rule is to be read as, with its place.
    pub(super) fn rule(self, place: &str, rule: &str) -> String {
        match self {
            Self::English => format!("{place} {rule}."),
            Self::Slovak => {
                let rule = slovak::phrase(rule);
                format!("{place}: {}.", rule.as_deref().unwrap_or(slovak::SOME_RULE))
            }
        }
    }

    /// A title or a sentence.
    pub(super) fn say(self, english: &str) -> String {
        match self {
            Self::English => english.to_owned(),
            Self::Slovak => {
                slovak::phrase(english).unwrap_or_else(|| slovak::SOME_REFUSAL.to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_language_is_spoken() {
        for (accepted, expected) in [
            ("", Language::English),
            ("sk", Language::Slovak),
            ("sk-SK", Language::Slovak),
            ("SK-sk;q=0.5", Language::Slovak),
            ("de, sk;q=0.8, en;q=0.7", Language::Slovak),
            ("en-GB,sk;q=0.9", Language::English),
            ("sk;q=0.1, en-US;q=0.9", Language::English),
            ("sk;q=0", Language::English),
            ("sk;q=0, *", Language::English),
            ("sk, en", Language::Slovak),
            ("skr", Language::English),
            ("de", Language::English),
            ("sk;q=x, en;q=", Language::English),
            ("sk ; q=0.3", Language::Slovak),
            (",;,;q", Language::English),
        ] {
            assert_eq!(Language::of(Some(accepted)), expected, "{accepted}");
        }
        assert_eq!(Language::of(None), Language::English);
    }
}
