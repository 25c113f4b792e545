//! Slovak states: the words for why a customer or a card may not be used.

/// What a customer or a card is that may not be used.
pub(super) fn state(english: &str) -> &str {
    let known = STATES.iter().find(|(word, _)| word.replace('_', " ") == english);
    known.map_or(english, |(_, slovak)| slovak)
}

/// The words of standings and bans, then those of cards.
const STATES: &[(&str, &str)] = &[
    ("frozen", "zmrazený"),
    ("inactive", "neaktívny"),
    ("dormant", "nečinný"),
    ("denied", "odmietnutý"),
    ("sanction", "na sankčnom zozname"),
    ("deceased", "zosnulý"),
    ("escheat", "zaniknutý, jeho majetok prešiel na štát"),
    ("suspended", "pozastavený"),
    ("banned", "zablokovaný"),
    ("not_issued", "nevydaná"),
    ("issue_failed", "nevydaná, vydanie zlyhalo"),
    ("issue_canceled", "nevydaná, vydanie bolo zrušené"),
    ("issue_skipped", "nevydaná, vydanie bolo vynechané"),
    ("reissue_requested", "určená na nové vydanie"),
    ("blocked", "zablokovaná"),
    ("dispose_requested", "určená na likvidáciu"),
    ("disposed", "zlikvidovaná"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::CardStatus;
    use crate::customer::{Ban, Standing};

    /// Nobody hears the words of the file.
    #[test]
    fn every_state_that_refuses_has_a_word() {
        let open = [Standing::Active, Standing::Prospect];
        let timed = [CardStatus::Valid, CardStatus::NotYetValid, CardStatus::Expired];
        let standings = Standing::ALL.iter().filter(|one| !open.contains(one));
        let bans = Ban::ALL.iter().filter(|one| **one != Ban::Allowed);
        let cards = CardStatus::ALL.iter().filter(|one| !timed.contains(one));
        let words = standings.map(|one| one.as_str()).chain(bans.map(|one| one.as_str()));
        for word in words.chain(cards.map(|one| one.as_str())) {
            let shown = word.replace('_', " ");
            assert_ne!(state(&shown), shown);
        }
    }
}
