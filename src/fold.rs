//! Fold: text as it is compared, searched and sorted, without case and accents.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Folds `text` for comparison: lower case, no accents, one space for any run of white space.
///
/// Letters that no accent explains have plain spellings (`ß` is `ss`, `ø` is `o`), and wide or
/// joined forms become the usual ones. Marks that a script cannot be read without stay: the
/// voicing of kana, the vowels of Thai and of the scripts of India. White space at the ends is
/// kept, as one space. Folding folded text changes nothing.
///
/// A part of `text` need not fold to a part of the folded text: half of a letter, such as the
/// first piece of a Hangul syllable or a kana without its voicing mark, is lost in the whole.
///
/// ```
/// use tillbook::fold::fold;
///
/// assert_eq!(fold("Žofia  NOVÁKOVÁ"), "zofia novakova");
/// assert_eq!(fold("STRASSE"), fold("Straße"));
/// ```
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    if text.is_ascii() {
        for letter in text.chars() {
            push(&mut folded, letter.to_ascii_lowercase());
        }
        return folded;
    }
    // Lower case comes after NFKD, which brings capitals of its own (`™` is `TM`); NFC puts
    // together what is left in pieces, which is Hangul and kana, not Latin.
    let bare = text.nfkd().filter(|&c| !is_accent(c));
    for letter in bare.flat_map(char::to_lowercase).nfc() {
        match plain(letter) {
            Some(spelling) => folded.push_str(spelling),
            None => push(&mut folded, letter),
        }
    }
    folded
}

/// The ASCII digits of a phone number, in order: `+421 905/123` is `421905123`.
pub fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn push(folded: &mut String, letter: char) {
    match letter.is_whitespace() {
        true if folded.ends_with(' ') => {}
        true => folded.push(' '),
        false => folded.push(letter),
    }
}

/// Whether `c` is a mark that a letter can do without: strokes through it (1), the points of
/// Hebrew, Arabic and Syriac (10 to 36), and whatever stands above, below or beside (200 to 240).
fn is_accent(c: char) -> bool {
    matches!(canonical_combining_class(c), 1 | 10..=36 | 200..=240)
}

/// The usual spelling of a lower-case letter that Unicode does not take apart.
fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ħ' => "h",
        'ŧ' => "t",
        'ı' => "i",
        'þ' => "th",
        'ς' => "σ", // the same letter at the end of a word
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_folded_for_comparison() {
        let cases = [
            ("", ""),
            ("Ada", "ada"),
            ("Novák", "novak"),
            ("Nova\u{301}k", "novak"),
            ("Žluťoučký KŮŇ", "zlutoucky kun"),
            ("STRASSE", "strasse"),
            ("straße", "strasse"),
            ("STRAẞE", "strasse"),
            ("İstanbul", "istanbul"),
            ("Iğdır", "igdir"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευσ"),
            ("Ὀδυσσεύς", "οδυσσευσ"),
            ("οδυσσευσ", "οδυσσευσ"),
            ("Nguyễn Thị Đào", "nguyen thi dao"),
            ("Ærøskøbing", "aeroskobing"),
            ("ŒUVRE", "oeuvre"),
            ("Łódź", "lodz"),
            ("Ħamrun Ŧ", "hamrun t"),
            ("Þórður", "thordur"),
            ("Ǿ", "o"),
            ("山田太郎", "山田太郎"),
            ("ガラス パン", "ガラス パン"),
            ("김민준", "김민준"),
            ("Ёлкин", "елкин"),
            ("क्षत्रिय", "क्षत्रिय"),
            ("น้ำ ที่", "น้ํา ที่"), // NFKD takes sara am apart
            ("ＡＢＣ１２", "abc12"),
            ("ﬁﬂ ™ ℃", "fifl tm °c"),
            (" \t Ada \u{a0}\n Novák\r\n", " ada novak "),
            ("a \u{301} b", "a b"),
        ];
        for (text, expected) in cases {
            assert_eq!(fold(text), expected, "{text:?}");
        }
    }

    #[test]
    fn every_character_is_folded_once_and_for_all() {
        for c in '\0'..=char::MAX {
            let once = fold(&c.to_string());
            assert_eq!(fold(&once), once, "{c:?}");
        }
    }

    #[test]
    fn digits_of_a_phone_number() {
        let cases =
            [("+421 905/123-456", "421905123456"), ("(02) 5555", "025555"), ("٠١٢", ""), ("", "")];
        for (text, expected) in cases {
            assert_eq!(digits(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn folding_again_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        /// Letters, marks of every kind, kana, Hangul in pieces and white space, close together.
        #[test]
        fn folding_marks_again_changes_nothing(
            text in "[a-cA-CİıΣςßøカ\u{3099}\u{300}-\u{36f}\u{93c}\u{94d}\u{e38}\u{e48}\u{1100}-\u{11ff}\u{9c7}\u{9be} \u{a0}\t]{0,12}",
        ) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn the_short_way_for_ascii_leads_to_the_same(text in "[ -~\t\n\r\x0b\x0c]{0,24}") {
            let long_way = fold(&format!("{text}é"));
            prop_assert_eq!(format!("{}e", fold(&text)), long_way);
        }
    }
}
