//! Countries: which codes there are, of ISO 3166-1 for addresses and of the ITU for phone numbers.

/// The alpha-2 codes of ISO 3166-1.
const ALPHA_2: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS \
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE \
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM \
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC \
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA \
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW \
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO \
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// Whether ISO 3166-1 knows a country of this code, in capital letters.
pub(super) fn is_country(code: &str) -> bool {
    code.len() == 2 && ALPHA_2.split(' ').any(|known| known == code)
}

/// The country codes of E.164 that are assigned, from and to, both included. None is the beginning
/// of another.
const CALLING: &[(u16, u16)] = &[
    (1, 1),
    (7, 7),
    (20, 20),
    (27, 27),
    (30, 34),
    (36, 36),
    (39, 41),
    (43, 49),
    (51, 58),
    (60, 66),
    (81, 82),
    (84, 84),
    (86, 86),
    (90, 95),
    (98, 98),
    (211, 213),
    (216, 216),
    (218, 218),
    (220, 258),
    (260, 269),
    (290, 291),
    (297, 299),
    (350, 359),
    (370, 383),
    (385, 387),
    (389, 389),
    (420, 421),
    (423, 423),
    (500, 509),
    (590, 599),
    (670, 670),
    (672, 683),
    (685, 692),
    (800, 800),
    (808, 808),
    (850, 850),
    (852, 853),
    (855, 856),
    (870, 870),
    (878, 878),
    (880, 883),
    (886, 886),
    (960, 968),
    (970, 977),
    (979, 979),
    (992, 996),
    (998, 998),
];

/// Whether `text` is a number of E.164 with its plus sign and a country code that is assigned; of
/// what follows only the length is looked at.
pub(super) fn is_phone(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else { return false };
    let is_number = (2..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let code = |n: usize| digits.get(..n).and_then(|code| code.parse::<u16>().ok());
    let is_assigned =
        |code: u16| CALLING.iter().any(|(first, last)| (*first..=*last).contains(&code));
    is_number && !digits.starts_with('0') && (1..=3).filter_map(code).any(is_assigned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_so_many_countries_each_once() {
        let codes: Vec<&str> = ALPHA_2.split(' ').collect();
        assert_eq!(codes.len(), 249);
        assert!(codes.windows(2).all(|two| two[0] < two[1]), "in order, each once");
        for (code, expected) in
            [("US", true), ("SK", true), ("sk", false), ("XK", false), ("UK", false), ("", false)]
        {
            assert_eq!(is_country(code), expected, "{code}");
        }
        assert!(!is_country("U") && !is_country("S US") && !is_country("AD AE"));
    }

    #[test]
    fn no_calling_code_is_the_beginning_of_another() {
        let all: Vec<String> =
            CALLING.iter().flat_map(|(a, b)| *a..=*b).map(|n| n.to_string()).collect();
        for one in &all {
            let longer: Vec<_> =
                all.iter().filter(|other| *other != one && other.starts_with(one)).collect();
            assert!(longer.is_empty(), "{one} begins {longer:?}");
        }
    }

    #[test]
    fn a_phone_number_has_a_country_that_there_is() {
        for (text, expected) in [
            ("+12025550147", true),
            ("+421905123456", true),
            ("+12", true),
            ("+1", false),
            ("+123456789012345", true),
            ("+1234567890123456", false),
            ("+0421905", false),
            ("421905123456", false),
            ("+421 905", false),
            ("+210123456", false),
            ("+999123456", false),
            ("+83123456", false),
            ("+2", false),
            ("+٣٣٣٣", false),
            ("", false),
        ] {
            assert_eq!(is_phone(text), expected, "{text}");
        }
    }
}
