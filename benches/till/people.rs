//! Synthetic customers, the same in every run.

use std::fmt::Write;

const FIRST: [&str; 16] = [
    "Ján",
    "Mária",
    "Peter",
    "Anna",
    "Jozef",
    "Zuzana",
    "Tomáš",
    "Katarína",
    "Jiří",
    "Eva",
    "Karl",
    "Žofia",
    "Ľubomír",
    "Jürgen",
    "Štěpán",
    "Ada",
];
const STEMS: [&str; 40] = [
    "Novák",
    "Kováč",
    "Horvát",
    "Varga",
    "Tóth",
    "Nagy",
    "Baláž",
    "Molnár",
    "Szabó",
    "Balog",
    "Lukáč",
    "Kollár",
    "Poliak",
    "Polák",
    "Šimko",
    "Hudák",
    "Gajdoš",
    "Ďuriš",
    "Vaško",
    "Hruška",
    "Svoboda",
    "Novotný",
    "Dvořák",
    "Černý",
    "Procházka",
    "Kučera",
    "Veselý",
    "Krejčí",
    "Müller",
    "Schmidt",
    "Schneider",
    "Fischer",
    "Weber",
    "Wagner",
    "Becker",
    "Krüger",
    "Hofman",
    "Urban",
    "Oravec",
    "Bielik",
];
const ENDINGS: [&str; 12] =
    ["", "ová", "ík", "íková", "ec", "ecová", "ský", "ská", "ovič", "ko", "ková", "in"];
const TOWNS: [&str; 6] = ["Bratislava", "Košice", "Praha", "Brno", "Wien", "Žilina"];

/// One in this many bears a rare name.
pub(crate) const RARE: u64 = 20_000;

/// A number that looks random and follows from `seed` (SplitMix64).
pub(crate) fn dice(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The card of customer `i`.
pub(crate) fn serial(i: u64) -> String {
    format!("{:010}", i * 7_368_787 % 9_999_999_967)
}

/// Customers `range` as a CSV file.
pub(crate) fn csv(range: std::ops::Range<u64>) -> Result<String, std::fmt::Error> {
    let mut text = "ExternalId,CardSerialNumber,FirstName,LastName,Email,Phone,BirthDate,IsActive,\
                    DiscountRate,CreditRate,CompanyName,Note\n"
        .to_owned();
    for i in range {
        let (d, e) = (dice(i), dice(!i));
        let pick = |of: &[&'static str], by: u64| of[usize::try_from(by).unwrap_or(0) % of.len()];
        let first = pick(&FIRST, d >> 56);
        let stem = if i % RARE == RARE - 1 { "Xylander" } else { pick(&STEMS, (d >> 32) & 0xffff) };
        let last = format!("{stem}{}", pick(&ENDINGS, (d >> 16) & 0xffff));
        let active = if e % 10 == 0 { "false" } else { "true" };
        let rate = ["0", "5", "10", "15"][usize::try_from(d % 4).unwrap_or(0)];
        let company = if e % 20 == 1 { format!("{stem} a synovia s.r.o.") } else { String::new() };
        let note = match e % 8 {
            2 => format!("{} - volať po {}. hodine", pick(&TOWNS, e >> 20), e % 12),
            _ => String::new(),
        };
        writeln!(
            text,
            "C{i},{},{first},{last},zakaznik.{i}@example.sk,+421 9{:02} {:03} {:03},19{}-0{}-1{},{active},{rate},\
             0.0{},{company},{note}",
            serial(i),
            e % 100,
            (e >> 10) % 1000,
            (e >> 20) % 1000,
            40 + d % 60,
            1 + d % 9,
            e % 10,
            e % 6,
        )?;
    }
    Ok(text)
}
