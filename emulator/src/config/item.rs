//! A name with its value and the place where they stand, whether they came as TOML, as JSON or as a flag.

use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::ConfigError;
use crate::json::Json;

/// A name with its value.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub name: String,
    pub value: Json,
    /// A file and line, or a flag.
    place: Option<String>,
}

/// All entries of one table.
pub(crate) type Items = Vec<Item>;

impl Item {
    /// Reads the members of a JSON object.
    pub(crate) fn of_json(value: &Json) -> Result<Items, ConfigError> {
        let members = value.as_object().ok_or_else(|| ConfigError::new("a JSON object is wanted here"))?;
        let item = |(name, value): &(String, Json)| Self { name: name.clone(), value: value.clone(), place: None };
        Ok(members.iter().map(item).collect())
    }

    /// Reads a TOML table; `place` knows the place of a byte.
    pub(crate) fn of_toml(table: &DeTable<'_>, place: &dyn Fn(usize) -> String) -> Items {
        let mut items: Vec<(usize, Self)> = Vec::new();
        for (name, value) in table {
            let at = name.span().start;
            let item = Self { name: name.get_ref().to_string(), value: json(value.get_ref()), place: Some(place(at)) };
            items.push((at, item));
        }
        // In the order of the text, so that the first mistake is told first.
        items.sort_by_key(|(at, _)| *at);
        items.into_iter().map(|(_, item)| item).collect()
    }

    /// Reads the inside of a TOML table that was written on one line.
    pub(crate) fn of_line(text: &str) -> Result<Items, ConfigError> {
        let line = format!("fault = {{ {text} }}");
        let table = DeTable::parse(&line).map_err(|error| {
            ConfigError::new(format!("{text:?} is not the inside of a TOML table: {}", error.message()))
        })?;
        match table.get_ref().values().next().map(|value| json(value.get_ref())) {
            Some(value) => Self::of_json(&value),
            None => Ok(Items::new()),
        }
    }

    /// The error with the place of this item.
    pub(crate) fn placed(&self, error: ConfigError) -> ConfigError {
        match &self.place {
            Some(place) => error.at(place.clone()),
            None => error,
        }
    }

    /// The error that the value is not of this kind.
    pub(crate) fn refused(&self, allowed: &str) -> ConfigError {
        self.placed(ConfigError::value(&self.name, &self.shown(), allowed))
    }

    /// The value as a person would write it in a flag.
    pub(crate) fn shown(&self) -> String {
        match &self.value {
            Json::Text(text) => text.clone(),
            Json::List(entries) => {
                let shown = |entry: &Json| entry.as_text().map_or_else(|| entry.to_text(), str::to_owned);
                entries.iter().map(shown).collect::<Vec<_>>().join(",")
            }
            other => other.to_text(),
        }
    }

    pub(crate) fn text(&self) -> Result<&str, ConfigError> {
        self.value.as_text().ok_or_else(|| self.refused("texts in quotes"))
    }

    pub(crate) fn texts(&self) -> Result<Vec<String>, ConfigError> {
        let texts = self.value.as_list().and_then(|entries| {
            entries.iter().map(|entry| entry.as_text().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        texts.ok_or_else(|| self.refused("lists of texts like [\"a\", \"b\"]"))
    }

    pub(crate) fn flag(&self) -> Result<bool, ConfigError> {
        match self.value {
            Json::Bool(flag) => Ok(flag),
            _ => Err(self.refused("true, false")),
        }
    }

    /// A whole number of a smaller type.
    pub(crate) fn whole<T: TryFrom<i64>>(&self, allowed: &str) -> Result<T, ConfigError> {
        match self.value {
            Json::Int(number) => T::try_from(number).map_err(|_| self.refused(allowed)),
            _ => Err(self.refused(allowed)),
        }
    }

    /// A time that passes: seconds, or text with a unit.
    pub(crate) fn time(&self) -> Result<Duration, ConfigError> {
        let time = match &self.value {
            Json::Int(seconds) => u64::try_from(*seconds).ok().map(Duration::from_secs),
            Json::Float(seconds) => Duration::try_from_secs_f64(*seconds).ok(),
            Json::Text(text) => time(text),
            _ => None,
        };
        time.ok_or_else(|| self.refused("seconds like 1.5, and texts like \"200ms\", \"30s\", \"5m\", \"2h\", \"1d\""))
    }

    /// A distance in time of whole seconds: a number, or text with a sign and a unit.
    pub(crate) fn offset(&self) -> Result<i64, ConfigError> {
        let offset = match &self.value {
            Json::Int(seconds) => within(*seconds),
            Json::Text(text) => offset(text),
            _ => None,
        };
        offset.ok_or_else(|| self.refused(OFFSETS))
    }

    /// The members of a table, with their values as text.
    pub(crate) fn pairs(&self) -> Result<Vec<(String, Json)>, ConfigError> {
        let members = self.value.as_object().ok_or_else(|| self.refused("tables like { name = \"value\" }"))?;
        Ok(members.to_vec())
    }
}

/// A distance in time as a flag says it.
///
/// # Errors
/// When it is none, or too far.
pub(crate) fn clock_offset(text: &str) -> Result<i64, ConfigError> {
    offset(text).ok_or_else(|| ConfigError::value("clock", text, OFFSETS))
}

/// What an offset can be.
pub(crate) const OFFSETS: &str =
    "whole seconds like -90, and texts like \"+1h\", \"-5m\", up to 100 years (13 digits are milliseconds)";

/// The furthest that a clock can be moved: 100 years.
pub(crate) const FURTHEST: i64 = 3_155_760_000;

/// The distance, if it is not too far.
fn within(seconds: i64) -> Option<i64> {
    (-FURTHEST..=FURTHEST).contains(&seconds).then_some(seconds)
}

/// A time that passes, like `200ms`.
fn time(text: &str) -> Option<Duration> {
    let unit = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(unit);
    let factor = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.trim().parse::<f64>().ok()? * factor).ok()
}

/// A distance in time, like `-5m` or `+90`.
pub(crate) fn offset(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let seconds = match rest.parse::<i64>() {
        Ok(seconds) => seconds,
        Err(_) => i64::try_from(time(rest)?.as_secs()).ok()?,
    };
    within(sign * seconds)
}

fn json(value: &DeValue<'_>) -> Json {
    match value {
        DeValue::String(text) => Json::Text(text.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Json::Int(number),
            Err(_) => Json::Text(number.to_string()),
        },
        DeValue::Float(number) => number.as_str().parse().map_or(Json::Null, Json::Float),
        DeValue::Boolean(flag) => Json::Bool(*flag),
        DeValue::Datetime(moment) => Json::Text(moment.to_string()),
        DeValue::Array(entries) => Json::List(entries.iter().map(|entry| json(entry.get_ref())).collect()),
        DeValue::Table(table) => Json::Object(
            table.iter().map(|(name, value)| (name.get_ref().to_string(), json(value.get_ref()))).collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, expected) in [("200ms", 0.2), ("1.5s", 1.5), ("2m", 120.0), ("1h", 3600.0), ("1 d", 86_400.0)] {
            assert_eq!(time(text), Some(Duration::from_secs_f64(expected)), "{text}");
        }
        for text in ["", "5", "s", "-1s", "5 weeks"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn offsets_have_signs() {
        for (text, expected) in [("90", 90), ("+90", 90), ("-90", -90), ("-5m", -300), ("+1h", 3600)] {
            assert_eq!(offset(text), Some(expected), "{text}");
        }
        for text in ["", "--5", "+-5m", "later"] {
            assert_eq!(offset(text), None, "{text}");
        }
    }
}
