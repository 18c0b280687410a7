//! Dates and times (RFC 3339).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::text_format;

/// A day: `2026-02-28`.
///
/// ```
/// use zeyos_core::Date;
///
/// let due: Date = "2026-02-28".parse()?;
/// assert_eq!(due.parts(), Some((2026, 2, 28)));
/// assert_eq!(Date::new(2026, 2, 29), None);
/// # Ok::<(), zeyos_core::FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Date(Box<str>);

text_format!(Date, "date as 2026-02-28", |text| date(text).is_some());

impl Date {
    /// The day of this year (0 to 9999), month (1 to 12) and day (1 to 31); `None` where there is none.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let text = format!("{year:04}-{month:02}-{day:02}");
        date(&text).map(|_| Date(text.into()))
    }

    /// Year, month and day; `None` for a text that is not a date.
    pub fn parts(&self) -> Option<(u16, u8, u8)> {
        date(&self.0)
    }
}

/// A moment, with the offset from UTC that it was written with: `2026-02-28T12:30:00+01:00`. Two are equal if their texts are;
/// [`unix`](DateTime::unix) compares moments.
///
/// ```
/// use zeyos_core::DateTime;
///
/// let sent: DateTime = "2026-02-28T12:30:00.5+01:00".parse()?;
/// assert_eq!(sent.unix(), Some(1_772_278_200));
/// assert_eq!(DateTime::from_unix(1_772_278_200).map(|time| time.to_string()).as_deref(), Some("2026-02-28T11:30:00Z"));
/// # Ok::<(), zeyos_core::FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DateTime(Box<str>);

text_format!(DateTime, "time as 2026-02-28T12:30:00Z", |text| moment(text).is_some());

impl DateTime {
    /// The moment that many seconds after 1970-01-01T00:00:00Z; `None` before the year 0 and after the year 9999.
    pub fn from_unix(seconds: i64) -> Option<Self> {
        let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let (year, month, day) = civil(days);
        let year = u16::try_from(year).ok().filter(|year| *year <= 9999)?;
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        Some(DateTime(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z").into()))
    }

    /// Whole seconds since 1970-01-01T00:00:00Z; `None` for a text that is no time.
    pub fn unix(&self) -> Option<i64> {
        moment(&self.0).map(|(seconds, _)| seconds)
    }

    /// The nanoseconds beyond whole seconds; further digits are cut off.
    pub fn nanoseconds(&self) -> Option<u32> {
        moment(&self.0).map(|(_, nanoseconds)| nanoseconds)
    }

    /// The moment as the standard library has it; `None` for a text that is no time.
    pub fn to_system_time(&self) -> Option<SystemTime> {
        let (seconds, nanoseconds) = moment(&self.0)?;
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let time = if seconds < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
        time?.checked_add(Duration::from_nanos(nanoseconds.into()))
    }
}

const DAY: i64 = 86_400;

/// So many digits as a number.
fn digits(text: &str, count: usize) -> Option<u16> {
    let is_number = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn two(text: &str, from: u8, to: u8) -> Option<u8> {
    digits(text, 2).and_then(|number| u8::try_from(number).ok()).filter(|number| (from..=to).contains(number))
}

fn date(text: &str) -> Option<(u16, u8, u8)> {
    let mut parts = text.split('-');
    let (year, month, day) = (digits(parts.next()?, 4)?, two(parts.next()?, 1, 12)?, two(parts.next()?, 1, 31)?);
    (parts.next().is_none() && day <= days_in(year, month)).then_some((year, month, day))
}

fn days_in(year: u16, month: u8) -> u8 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Seconds since 1970 and nanoseconds beyond them.
fn moment(text: &str) -> Option<(i64, u32)> {
    let (day, rest) = text.split_once(['T', 't'])?;
    let (year, month, day) = date(day)?;
    let (clock, offset) = match rest.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, 0),
        None => {
            let at = rest.rfind(['+', '-'])?;
            let (clock, offset) = rest.split_at(at);
            let sign = if offset.starts_with('-') { -1 } else { 1 };
            let (hours, minutes) = offset[1..].split_once(':')?;
            (clock, sign * (i64::from(two(hours, 0, 23)?) * 3600 + i64::from(two(minutes, 0, 59)?) * 60))
        }
    };
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let mut parts = clock.split(':');
    let (hour, minute, second) = (two(parts.next()?, 0, 23)?, two(parts.next()?, 0, 59)?, two(parts.next()?, 0, 60)?);
    if parts.next().is_some() {
        return None;
    }
    let of_day = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    Some((days(year, month, day) * DAY + of_day - offset, nanoseconds(fraction)?))
}

fn nanoseconds(fraction: Option<&str>) -> Option<u32> {
    let Some(fraction) = fraction else { return Some(0) };
    let is_number = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let nine: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    is_number.then(|| nine.parse().ok()).flatten()
}

/// Days since 1970-01-01 in the calendar of Gregory, which begins its years in March here, so that a leap day is the last one.
fn days(year: u16, month: u8, day: u8) -> i64 {
    let (year, month) = (i64::from(year) - i64::from(month < 3), i64::from(month));
    let (era, month) = (year.div_euclid(400), (month + 9) % 12);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month < 3), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for good in ["0000-02-29", "1970-01-01", "2000-02-29", "2024-12-31", "9999-12-31"] {
            assert!(good.parse::<Date>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "1900-02-29",
            "2023-02-29",
            "2024-13-01",
            "2024-00-01",
            "2024-01-00",
            "24-01-01",
            "2024-1-1",
            "2024-01-01T",
            "2024-04-31",
            "2024-01-01-",
        ] {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
    }

    /// The examples of RFC 3339, section 5.8.
    #[test]
    fn the_examples_of_the_specification() {
        let unix = |text: &str| text.parse::<DateTime>().unwrap().unix().unwrap();
        assert_eq!(unix("1985-04-12T23:20:50.52Z"), 482_196_050);
        assert_eq!(unix("1996-12-19T16:39:57-08:00"), unix("1996-12-20T00:39:57Z"));
        assert_eq!(unix("1990-12-31T23:59:60Z"), unix("1990-12-31T15:59:60-08:00"));
        assert_eq!(unix("1937-01-01T12:00:27.87+00:20"), -1_041_337_173);
        let part: DateTime = "1985-04-12t23:20:50.52z".parse().unwrap();
        assert_eq!(part.nanoseconds(), Some(520_000_000));
        assert_eq!(part.to_system_time(), Some(UNIX_EPOCH + Duration::from_millis(482_196_050_520)));
        for bad in [
            "",
            "2024-01-01",
            "2024-01-01 10:00:00Z",
            "2024-01-01T10:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T10:00:00",
            "2024-01-01T10:00:00+1",
            "2024-01-01T10:00:00.Z",
            "2024-01-01T10:00:61Z",
            "2024-01-01T10:00:00+01:60",
        ] {
            assert!(bad.parse::<DateTime>().is_err(), "{bad}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_comes_back() {
        let first = days(1800, 1, 1);
        for day in first..first + 146_097 + 400 {
            let time = DateTime::from_unix(day * DAY + 3661).unwrap();
            assert_eq!(time.unix(), Some(day * DAY + 3661), "{time}");
        }
        assert_eq!(DateTime::from_unix(-62_167_219_200).unwrap().as_str(), "0000-01-01T00:00:00Z");
        assert_eq!(DateTime::from_unix(-62_167_219_201), None);
        assert_eq!(DateTime::from_unix(253_402_300_799).unwrap().as_str(), "9999-12-31T23:59:59Z");
        assert_eq!(DateTime::from_unix(i64::MAX), None);
    }
}
