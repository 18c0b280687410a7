//! Reads a fault from a table of names and values: the words of the configuration file, the flag and the control route.
//! What comes out is the same fault that the builder makes.

use axum::http::{HeaderName, HeaderValue, header};

use super::member::Member;
use super::{BodyChange, Effect, Fault, HeaderText, INJECTED, PLAIN, TokenEnd};
use crate::config::{ConfigError, Item};
use crate::json::Json;

/// The parts of a fault, in the order in which they are documented.
const PARTS: [&str; 27] = [
    "method",
    "path",
    "member",
    "after",
    "times",
    "every_n",
    "probability",
    "seed",
    "during",
    "status",
    "body",
    "media_type",
    "truncate",
    "values",
    "cut_body",
    "close",
    "token",
    "latency",
    "answer_latency",
    "trickle",
    "clock",
    "carried_out",
    "reset",
    "retry_after",
    "retry_after_date",
    "location",
    "headers",
];

const COUNT: &str = "whole numbers from 0 on";

impl Fault {
    /// Reads a fault.
    pub(crate) fn from_items(items: &[Item]) -> Result<Self, ConfigError> {
        let mut table =
            Table { fault: Self::new(Effect::Nothing), effect: None, status: None, body: None, media_type: None };
        for item in items {
            let known = table.when(item)? || table.manner(item)? || table.header(item)? || table.effect(item)?;
            if !known {
                return Err(item.placed(ConfigError::name("part of a fault", &item.name, &PARTS)));
            }
        }
        let placed = |error| match items.first() {
            Some(item) => item.placed(error),
            None => error,
        };
        table.finish().map_err(placed)
    }
}

/// A table at work.
struct Table {
    fault: Fault,
    /// What replaces the true answer, under the name of the setting.
    effect: Option<(String, Effect)>,
    // These only make an effect together.
    status: Option<u16>,
    body: Option<Vec<u8>>,
    media_type: Option<String>,
}

impl Table {
    /// Takes what says which requests meet the fault.
    fn when(&mut self, item: &Item) -> Result<bool, ConfigError> {
        let when = &mut self.fault.when;
        match item.name.as_str() {
            "member" => self.fault.members = Member::of_item(item)?,
            "method" => when.method = (item.text()? != "*").then(|| item.shown().to_ascii_uppercase()),
            "path" if item.text()?.starts_with(['/', '*']) => when.path = item.shown(),
            "path" => return Err(item.refused("paths after the instance, like \"/api/v1/tickets\"")),
            "after" => when.skip = item.whole(COUNT)?,
            "times" if item.value.as_text() == Some("always") => when.times = Some(u64::MAX),
            "times" => when.times = Some(item.whole("whole numbers from 0 on, and \"always\"")?),
            "every_n" => when.every = item.whole::<u64>("whole numbers from 1 on")?.max(1),
            "probability" => match item.value {
                Json::Int(number @ 0..=1) => when.probability = Some(number as f64),
                Json::Float(number) if (0.0..=1.0).contains(&number) => when.probability = Some(number),
                _ => return Err(item.refused("numbers from 0 to 1")),
            },
            "seed" => when.seed = item.whole(COUNT)?,
            "during" => when.during = Some(item.time()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Takes what goes with any answer.
    fn manner(&mut self, item: &Item) -> Result<bool, ConfigError> {
        let fault = &mut self.fault;
        match item.name.as_str() {
            "latency" => fault.delay = item.time()?,
            "answer_latency" => fault.reply_delay = item.time()?,
            "trickle" => fault.trickle = Some(item.time()?),
            "clock" => fault.clock = item.offset()?,
            "carried_out" => fault.carried_out = item.flag()?,
            "reset" => fault.reset = item.flag()?,
            "token" => match item.text()? {
                "expire" => fault.token = Some(TokenEnd::Expired),
                "revoke" => fault.token = Some(TokenEnd::Revoked),
                "refuse" => self.replace(item, Effect::Refuse)?,
                _ => return Err(item.refused("refuse, expire, revoke")),
            },
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Takes headers of the answer.
    fn header(&mut self, item: &Item) -> Result<bool, ConfigError> {
        match item.name.as_str() {
            "retry_after" => self.add_header(item, header::RETRY_AFTER, &item.value),
            "location" => self.add_header(item, header::LOCATION, &item.value),
            "retry_after_date" => {
                let date = HeaderText::Date(item.offset()?);
                self.fault.headers.push((header::RETRY_AFTER, date));
                Ok(())
            }
            "headers" => item.pairs()?.iter().try_for_each(|(name, value)| {
                let name = HeaderName::try_from(name.as_str()).map_err(|_| item.refused("names of headers"))?;
                self.add_header(item, name, value)
            }),
            _ => return Ok(false),
        }
        .map(|()| true)
    }

    fn add_header(&mut self, item: &Item, name: HeaderName, value: &Json) -> Result<(), ConfigError> {
        let text = value.as_text().map_or_else(|| value.to_text(), str::to_owned);
        if HeaderValue::from_str(&text).is_err() {
            return Err(item.refused("what a header can hold"));
        }
        self.fault.headers.push((name, HeaderText::Fixed(text)));
        Ok(())
    }

    /// Takes what takes the place of the true answer.
    fn effect(&mut self, item: &Item) -> Result<bool, ConfigError> {
        match item.name.as_str() {
            "status" => {
                let status = item.whole("numbers from 200 to 599")?;
                if !(200..=599).contains(&status) {
                    return Err(item.refused("numbers from 200 to 599"));
                }
                self.status = Some(status);
            }
            "body" => self.body = Some(item.shown().into_bytes()),
            "media_type" => self.media_type = Some(item.text()?.to_owned()),
            "truncate" => self.replace(item, Effect::Body(BodyChange::Truncate(item.whole(COUNT)?)))?,
            "values" => self.replace(item, Effect::Body(BodyChange::Values(item.pairs()?)))?,
            "cut_body" => self.replace(item, Effect::CutBody(item.whole(COUNT)?))?,
            "close" => match item.text()? {
                "before" => self.replace(item, Effect::Close)?,
                "after" => {
                    self.replace(item, Effect::Close)?;
                    self.fault.carried_out = true;
                }
                _ => return Err(item.refused("before, after")),
            },
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn replace(&mut self, item: &Item, effect: Effect) -> Result<(), ConfigError> {
        match &self.effect {
            Some((name, _)) => Err(item.placed(exclude(name, &item.name))),
            None => {
                self.effect = Some((item.name.clone(), effect));
                Ok(())
            }
        }
    }

    fn finish(self) -> Result<Fault, ConfigError> {
        let Self { mut fault, effect, status, body, media_type } = self;
        if let Some((name, _)) = &effect {
            let other = [("status", status.is_some()), ("body", body.is_some()), ("media_type", media_type.is_some())];
            if let Some((other, _)) = other.iter().find(|(_, said)| *said) {
                return Err(exclude(name, other));
            }
        }
        fault.effect = match (effect, status, body) {
            (Some((_, effect)), _, _) => effect,
            (None, Some(status), body) => {
                let body = body.unwrap_or_else(|| INJECTED.as_bytes().to_vec());
                Effect::Answer(status, media_type.unwrap_or_else(|| PLAIN.to_owned()), body)
            }
            (None, None, Some(body)) => Effect::Body(BodyChange::Replace(media_type, body)),
            (None, None, None) if media_type.is_some() => {
                return Err(ConfigError::new("\"media_type\" goes with \"body\" or \"status\""));
            }
            (None, None, None) => Effect::Nothing,
        };
        if fault.is_idle() {
            return Err(ConfigError::new("nothing goes wrong by this fault; it wants a part like status or latency"));
        }
        Ok(fault)
    }
}

fn exclude(one: &str, other: &str) -> ConfigError {
    ConfigError::new(format!("a fault has no {one:?} and {other:?} at once"))
}

impl Fault {
    /// Whether it changes nothing.
    fn is_idle(&self) -> bool {
        let waits = !self.delay.is_zero() || !self.reply_delay.is_zero() || self.trickle.is_some();
        let ends = self.token.is_some() || self.clock != 0;
        self.effect == Effect::Nothing && self.headers.is_empty() && !waits && !ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::to_table::to_table;

    fn read(text: &str) -> Result<Fault, ConfigError> {
        Fault::from_items(&Item::of_json(&Json::parse(text.as_bytes()).unwrap())?)
    }

    #[test]
    fn a_fault_is_shown_in_the_words_in_which_it_is_read() {
        for text in [
            r#"{"method":"POST","path":"/api/v1/tickets","after":2,"times":3,"status":503,"retry_after":"1"}"#,
            r#"{"every_n":3,"status":429,"body":"{}","media_type":"application/json","retry_after_date":30}"#,
            r#"{"probability":0.25,"seed":7,"close":"after","reset":true}"#,
            r#"{"during":30,"close":"before"}"#,
            r#"{"path":"/api/","member":{"limit":{"above":500},"/filters/status":4,"sort":{"present":false}},"status":500}"#,
            r#"{"times":"always","cut_body":5,"latency":0.25,"answer_latency":2}"#,
            r#"{"body":"<p>","media_type":"text/html","trickle":0.001}"#,
            r#"{"truncate":10,"clock":-300}"#,
            r#"{"values":{"/0/ID":"one","/0/name":null}}"#,
            r#"{"token":"refuse"}"#,
            r#"{"token":"revoke"}"#,
            r#"{"status":302,"carried_out":true,"location":"/x","headers":{"x-a":"1"}}"#,
        ] {
            assert_eq!(to_table(&read(text).unwrap()).to_text(), text);
        }
    }

    #[test]
    fn a_table_makes_the_fault_of_the_builder() {
        let built = Fault::status(503).on("post", "/api/").times(2).retry_after("1");
        let read = read(r#"{"method":"post","path":"/api/","times":2,"status":503,"retry_after":1}"#).unwrap();
        assert_eq!(format!("{read:?}"), format!("{built:?}"));
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        for (text, problem) in [
            ("{}", "nothing goes wrong by this fault; it wants a part like status or latency"),
            (r#"{"times":2}"#, "nothing goes wrong"),
            (r#"{"status":503,"close":"before"}"#, "a fault has no \"close\" and \"status\" at once"),
            (r#"{"truncate":1,"cut_body":2}"#, "a fault has no \"truncate\" and \"cut_body\" at once"),
            (r#"{"media_type":"a/b"}"#, "\"media_type\" goes with"),
            (r#"{"stauts":503}"#, "no part of a fault is called \"stauts\"; did you mean \"status\"?"),
            (r#"{"status":99}"#, "\"99\" is not a value of \"status\"; allowed are numbers from 200 to 599"),
            (r#"{"status":503,"probability":2}"#, "\"2\" is not a value of \"probability\""),
            (r#"{"status":503,"path":"tickets"}"#, "\"tickets\" is not a value of \"path\""),
            (r#"{"status":503,"retry_after":"a\nb"}"#, "\"a\\nb\" is not a value of \"retry_after\""),
            (
                r#"{"status":500,"member":{"limit":{"over":500}}}"#,
                r#""{\"limit\":{\"over\":500}}" is not a value of "member""#,
            ),
            (
                r#"{"status":500,"member":"limit"}"#,
                "\"limit\" is not a value of \"member\"; allowed are tables of members",
            ),
            (r#"{"close":"now"}"#, "\"now\" is not a value of \"close\"; allowed are before, after"),
            (r#"{"latency":-1}"#, "\"-1\" is not a value of \"latency\""),
        ] {
            let told = read(text).unwrap_err().to_string();
            assert!(told.starts_with(problem), "{text}: {told}");
        }
    }
}
