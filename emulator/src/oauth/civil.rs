//! Calendar dates from Unix seconds. Nothing else about time.

const DAY: i64 = 86_400;

/// The date of a moment in UTC as `YYYY-MM-DD`; none outside the years 0 to 9999, which that form cannot show.
pub(crate) fn date(seconds: i64) -> Option<String> {
    // Howard Hinnant's days-to-civil: years begin in March, so that the leap day comes last.
    let days = seconds.div_euclid(DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (0..=9999).contains(&year).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments_have_their_dates() {
        assert_eq!(date(0).as_deref(), Some("1970-01-01"));
        assert_eq!(date(-1).as_deref(), Some("1969-12-31"));
        assert_eq!(date(951_782_400).as_deref(), Some("2000-02-29"));
        assert_eq!(date(1_767_225_599).as_deref(), Some("2025-12-31"));
    }

    #[test]
    fn moments_without_such_a_date_have_none() {
        assert_eq!(date(i64::MAX), None);
        assert_eq!(date(i64::MIN), None);
    }
}
