//! The header `Retry-After` (RFC 9110, section 10.2.3), read strictly: one value, digits or a date, nothing else.

use std::time::Duration;

use http::{HeaderMap, header};

use crate::Timestamp;

/// The most digits of a number of seconds: more cannot be meant as a wait.
const DIGITS: usize = 10;

/// When a server wants to be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAfter {
    /// After this time.
    Seconds(u64),
    /// At this moment of the server's clock.
    At(Timestamp),
}

impl RetryAfter {
    /// The one value of the header. Two values, signs, blanks inside, hexadecimal numbers and fractions are none.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(header::RETRY_AFTER).iter();
        let value = values.next()?.to_str().ok()?;
        if values.next().is_some() { None } else { RetryAfter::parse(value) }
    }

    /// Reads a value.
    pub fn parse(value: &str) -> Option<Self> {
        let value = value.trim_matches([' ', '\t']);
        if value.bytes().all(|byte| byte.is_ascii_digit()) {
            let fits = (1..=DIGITS).contains(&value.len());
            return fits.then(|| value.parse().ok().map(RetryAfter::Seconds))?;
        }
        date(value).map(RetryAfter::At)
    }

    /// How long that is from now on. A moment in the past is no wait.
    pub fn wait(self, now: Timestamp) -> Duration {
        match self {
            RetryAfter::Seconds(seconds) => Duration::from_secs(seconds),
            RetryAfter::At(moment) => {
                let seconds = moment.as_unix().saturating_sub(now.as_unix());
                Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
            }
        }
    }

    /// How long an answer asks to wait. A date is compared with the date of the same answer, so that clocks that differ do not
    /// matter; without one, with `now`.
    pub fn wait_of(headers: &HeaderMap, now: Option<Timestamp>) -> Option<Duration> {
        match RetryAfter::of(headers)? {
            RetryAfter::Seconds(seconds) => Some(Duration::from_secs(seconds)),
            at @ RetryAfter::At(_) => Some(at.wait(sent(headers).or(now)?)),
        }
    }
}

/// What the clock of the server said when it answered: the header `Date`.
#[doc(hidden)]
pub fn sent(headers: &HeaderMap) -> Option<Timestamp> {
    date(headers.get(header::DATE)?.to_str().ok()?)
}

/// A date in one of the three forms of RFC 9110, section 5.6.7.
fn date(text: &str) -> Option<Timestamp> {
    imf(text).or_else(|| rfc850(text)).or_else(|| asctime(text))
}

const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn imf(text: &str) -> Option<Timestamp> {
    let [weekday, day, month, year, time, zone] = words(text, ' ')?;
    let weekday = weekday.strip_suffix(',')?;
    let date = (number(year, 4)?, month, number(day, 2)?);
    if zone == "GMT" { moment(date, time, |name| name.get(..3) == Some(weekday)) } else { None }
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`. Two digits of a year are those between 1970 and 2069.
fn rfc850(text: &str) -> Option<Timestamp> {
    let [weekday, date, time, zone] = words(text, ' ')?;
    let [day, month, year] = words(date, '-')?;
    let weekday = weekday.strip_suffix(',')?;
    let year = number(year, 2)?;
    let date = (if year < 70 { 2000 + year } else { 1900 + year }, month, number(day, 2)?);
    if zone == "GMT" { moment(date, time, |name| name == weekday) } else { None }
}

/// `Sun Nov  6 08:49:37 1994`
fn asctime(text: &str) -> Option<Timestamp> {
    let is_short = text.as_bytes().get(8) == Some(&b' ');
    let spread = if is_short { text.replacen("  ", " 0", 1) } else { text.to_owned() };
    let [weekday, month, day, time, year] = words(&spread, ' ')?;
    moment((number(year, 4)?, month, number(day, 2)?), time, |name| name.get(..3) == Some(weekday))
}

fn words<const N: usize>(text: &str, between: char) -> Option<[&str; N]> {
    let words: Vec<&str> = text.split(between).collect();
    words.try_into().ok()
}

/// A number of exactly so many digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    let fits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok())?
}

/// The moment, if there is such a date and it is on that day of the week.
fn moment((year, month, day): (i64, &str, i64), time: &str, is_weekday: impl Fn(&str) -> bool) -> Option<Timestamp> {
    let month = MONTHS.iter().position(|name| *name == month)? as i64 + 1;
    let [hour, minute, second] = words(time, ':')?;
    let (hour, minute, second) = (number(hour, 2)?, number(minute, 2)?, number(second, 2)?);
    // A leap second is the first one of the next minute.
    if hour > 23 || minute > 59 || second > 60 || day < 1 || day > length(year, month) {
        return None;
    }
    let days = days(year, month, day);
    let name = DAYS[usize::try_from(days.rem_euclid(7)).ok()?];
    is_weekday(name).then(|| Timestamp::from_unix(days * 86_400 + hour * 3600 + minute * 60 + second))
}

fn length(year: i64, month: i64) -> i64 {
    let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days(next.0, next.1, 1) - days(year, month, 1)
}

/// Days since 1970-01-01, reckoned in years that begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_seconds() {
        assert_eq!(RetryAfter::parse("0"), Some(RetryAfter::Seconds(0)));
        assert_eq!(RetryAfter::parse(" 120\t"), Some(RetryAfter::Seconds(120)));
        assert_eq!(RetryAfter::parse("1000000000"), Some(RetryAfter::Seconds(1_000_000_000)));
    }

    #[test]
    fn the_three_forms_of_a_date_are_the_same_moment() {
        let moment = Some(RetryAfter::At(Timestamp::from_unix(784_111_777)));
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(RetryAfter::parse(text), moment, "{text}");
        }
        assert_eq!(
            RetryAfter::parse("Tue, 29 Feb 2028 23:59:60 GMT"),
            Some(RetryAfter::At(Timestamp::from_unix(1_835_481_600)))
        );
    }

    #[test]
    fn anything_else_is_no_value() {
        for odd in [
            "",
            "-1",
            "+1",
            "1.5",
            "0x10",
            "1e3",
            "1 2",
            "1,2",
            "1;2",
            "soon",
            "12345678901",
            "١",
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Wed, 30 Feb 2028 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT x",
            "Sun,  06 Nov 1994 08:49:37 GMT",
            "sun, 06 nov 1994 08:49:37 gmt",
        ] {
            assert_eq!(RetryAfter::parse(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn one_value_counts_two_are_none() {
        let mut headers = HeaderMap::new();
        assert_eq!(RetryAfter::of(&headers), None);
        headers.append(header::RETRY_AFTER, "5".parse().unwrap());
        assert_eq!(RetryAfter::of(&headers), Some(RetryAfter::Seconds(5)));
        headers.append(header::RETRY_AFTER, "5".parse().unwrap());
        assert_eq!(RetryAfter::of(&headers), None);
    }

    #[test]
    fn a_date_is_compared_with_the_date_of_the_answer() {
        let mut headers = HeaderMap::new();
        headers.append(header::RETRY_AFTER, "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
        assert_eq!(RetryAfter::wait_of(&headers, None), None);
        let now = Timestamp::from_unix(784_111_770);
        assert_eq!(RetryAfter::wait_of(&headers, Some(now)), Some(Duration::from_secs(7)));
        headers.append(header::DATE, "Sun, 06 Nov 1994 08:49:07 GMT".parse().unwrap());
        assert_eq!(RetryAfter::wait_of(&headers, Some(now)), Some(Duration::from_secs(30)));
        assert_eq!(RetryAfter::At(now).wait(Timestamp::from_unix(i64::MAX)), Duration::ZERO);
    }
}
