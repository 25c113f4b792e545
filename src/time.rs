//! Instants and dates: what the columns hold and the contracts write.

use std::fmt;

use jiff::SignedDuration;
use jiff::civil;
const EPOCH: civil::DateTime = civil::date(1970, 1, 1).at(0, 0, 0, 0);

/// Why a text is no instant or no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// The text has not the shape `2024-01-02T03:04:05Z`, fraction and offset included.
    #[error("is not a date and time such as 2024-01-02T03:04:05Z")]
    NotATime,
    /// The text has not the shape `2024-01-02`.
    #[error("is not a date such as 2024-01-02")]
    NotADate,
    /// Neither `Z` nor an offset says which instant is meant.
    #[error("needs a zone: Z or an offset such as +01:00")]
    NoZone,
    /// The calendar has no such day, hour, minute or second, or the year is not 1 to 9999.
    #[error("is not in the calendar")]
    NotInCalendar,
    /// More than seven digits of a second.
    #[error("has more than 7 fraction digits")]
    TooFine,
}

/// An instant: milliseconds since 1970-01-01 UTC, within the years 1 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 0001-01-01T00:00:00.000Z.
    pub const MIN: Self = Self(-62_135_596_800_000);
    /// 9999-12-31T23:59:59.999Z.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// The instant `ms` milliseconds after 1970 began, moved into the years 1 to 9999.
    pub const fn from_ms(ms: i64) -> Self {
        match ms {
            _ if ms < Self::MIN.0 => Self::MIN,
            _ if ms > Self::MAX.0 => Self::MAX,
            _ => Self(ms),
        }
    }

    /// Milliseconds since 1970 began, UTC.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Reads ISO 8601 with `T`, seconds, 0 to 7 fraction digits and `Z` or an offset; digits below
    /// a millisecond are cut off (portos.md, section 1).
    ///
    /// # Errors
    ///
    /// - [`TimeError`]: the shape is another, the zone is missing, or the calendar has no such
    ///   time. A leap second is none of ours.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let (date, rest) = text.split_once('T').ok_or(TimeError::NotATime)?;
        let date = Date::parse(date).map_err(|error| match error {
            TimeError::NotADate => TimeError::NotATime,
            other => other,
        })?;
        let zone_at = rest.find(['Z', '+', '-']).ok_or(TimeError::NoZone)?;
        let (clock, zone) = rest.split_at(zone_at);
        let (clock, ms) = match clock.split_once('.') {
            Some((clock, fraction)) => (clock, fraction_ms(fraction)?),
            None => (clock, 0),
        };
        let [hour, minute, second] = two_digits(clock).ok_or(TimeError::NotATime)?;
        if hour > 23 || minute > 59 || second > 59 {
            return Err(TimeError::NotInCalendar);
        }
        let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        let ms = date.midnight().0 + (seconds - offset_seconds(zone)?) * 1000 + ms;
        if !(Self::MIN.0..=Self::MAX.0).contains(&ms) {
            return Err(TimeError::NotInCalendar);
        }
        Ok(Self(ms))
    }

    /// The day in UTC.
    pub fn date(self) -> Date {
        let day = self.civil().date();
        Date { year: day.year(), month: day.month(), day: day.day() }
    }

    fn civil(self) -> civil::DateTime {
        // Within the years 1 to 9999 by construction, so the sum never leaves the calendar.
        EPOCH.saturating_add(SignedDuration::from_millis(self.0))
    }
}

/// `2024-01-02T03:04:05.678Z`: always UTC, always three fraction digits.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.civil().time();
        let (hour, minute, second, ms) = (t.hour(), t.minute(), t.second(), t.millisecond());
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z", self.date())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn fraction_ms(digits: &str) -> Result<i64, TimeError> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(TimeError::NotATime);
    }
    if digits.len() > 7 {
        return Err(TimeError::TooFine);
    }
    let thousandths = digits.bytes().chain(*b"00").take(3);
    Ok(thousandths.fold(0, |ms, digit| ms * 10 + i64::from(digit - b'0')))
}

fn offset_seconds(zone: &str) -> Result<i64, TimeError> {
    let (sign, rest) = match zone.split_at(1) {
        ("Z", "") => return Ok(0),
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return Err(TimeError::NotATime),
    };
    let [hours, minutes] = two_digits(rest).ok_or(TimeError::NotATime)?;
    if hours > 23 || minutes > 59 {
        return Err(TimeError::NotInCalendar);
    }
    Ok(sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60))
}

/// Reads `N` numbers of exactly two digits with colons between them.
fn two_digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut numbers = [0; N];
    let mut parts = text.split(':');
    for number in &mut numbers {
        let part = parts.next()?;
        if part.len() != 2 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// A day of the calendar, years 1 to 9999: a birth date.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i16,
    month: i8,
    day: i8,
}

impl Date {
    /// Reads `yyyy-MM-dd`.
    ///
    /// # Errors
    ///
    /// - [`TimeError::NotADate`]: the shape is another.
    /// - [`TimeError::NotInCalendar`]: there is no such day, as 30 February.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let bytes = text.as_bytes();
        let shape = bytes.len() == 10
            && bytes.iter().enumerate().all(|(i, b)| match i {
                4 | 7 => *b == b'-',
                _ => b.is_ascii_digit(),
            });
        if !shape {
            return Err(TimeError::NotADate);
        }
        let number = |part: &str| part.parse::<i16>().map_err(|_| TimeError::NotADate);
        Self::new(number(&text[..4])?, number(&text[5..7])?, number(&text[8..])?)
    }

    /// The day `day` (1 to 31) of `month` (1 to 12) in `year` (1 to 9999).
    ///
    /// # Errors
    ///
    /// - [`TimeError::NotInCalendar`]: there is no such day.
    pub fn new(year: i16, month: i16, day: i16) -> Result<Self, TimeError> {
        let (month, day) = (i8::try_from(month).unwrap_or(0), i8::try_from(day).unwrap_or(0));
        match civil::Date::new(year, month, day) {
            Ok(_) if year >= 1 => Ok(Self { year, month, day }),
            _ => Err(TimeError::NotInCalendar),
        }
    }

    /// The instant this day begins in UTC.
    pub fn midnight(self) -> Timestamp {
        let day = civil::date(self.year, self.month, self.day).at(0, 0, 0, 0);
        Timestamp::from_ms(day.duration_since(EPOCH).as_secs() * 1000)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, TimeError> {
        Timestamp::parse(text).map(|t| t.to_string())
    }

    #[test]
    fn instants_are_read_strictly() {
        use TimeError::{NoZone, NotATime, NotInCalendar, TooFine};
        let cases: &[(&str, Result<&str, TimeError>)] = &[
            ("2024-01-02T03:04:05Z", Ok("2024-01-02T03:04:05.000Z")),
            ("2024-01-02T03:04:05.6Z", Ok("2024-01-02T03:04:05.600Z")),
            ("2024-01-02T03:04:05.6789999Z", Ok("2024-01-02T03:04:05.678Z")),
            ("2024-01-02T00:30:00+01:00", Ok("2024-01-01T23:30:00.000Z")),
            ("2024-02-29T23:59:59-02:30", Ok("2024-03-01T02:29:59.000Z")),
            ("1969-12-31T23:59:59.999Z", Ok("1969-12-31T23:59:59.999Z")),
            ("2024-01-02T03:04:05", Err(NoZone)),
            ("2024-01-02T03:04:05.123456789Z", Err(TooFine)),
            ("2024-01-02T03:04:60Z", Err(NotInCalendar)),
            ("2024-01-02T24:00:00Z", Err(NotInCalendar)),
            ("2024-01-02T03:04:05+25:00", Err(NotInCalendar)),
            ("2024-02-30T00:00:00Z", Err(NotInCalendar)),
            ("0000-01-01T00:00:00Z", Err(NotInCalendar)),
            ("0001-01-01T00:00:00+01:00", Err(NotInCalendar)),
            ("10000-01-01T00:00:00Z", Err(NotATime)),
            ("2024-01-02 03:04:05Z", Err(NotATime)),
            ("2024-01-02T3:04:05Z", Err(NotATime)),
            ("2024-01-02T03:04:05.Z", Err(NotATime)),
            ("2024-01-02T03:04:05Zulu", Err(NotATime)),
            ("2024-01-02", Err(NotATime)),
            ("", Err(NotATime)),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn dates_are_read_strictly() {
        for good in ["0001-01-01", "2024-02-29", "9999-12-31"] {
            assert_eq!(Date::parse(good).map(|d| d.to_string()).as_deref(), Ok(good));
        }
        for missing in ["2024-02-30", "2100-02-29", "0000-01-01", "2024-13-01", "2024-00-10"] {
            assert_eq!(Date::parse(missing), Err(TimeError::NotInCalendar), "{missing}");
        }
        for other in ["", "2024-1-02", "2024/01/02", "10000-01-01", "2024-01-02T", "２024-01-02"] {
            assert_eq!(Date::parse(other), Err(TimeError::NotADate), "{other}");
        }
    }

    #[test]
    fn every_instant_prints_and_reads_back() {
        for ms in [i64::MIN, -1, 0, 1, 951_782_399_999, 4_102_444_800_000, i64::MAX] {
            let instant = Timestamp::from_ms(ms);
            assert_eq!(Timestamp::parse(&instant.to_string()), Ok(instant));
            assert!(instant.date().midnight() <= instant);
        }
    }
}
