//! One request and what came of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::mask::{Mask, bytes_of, text_of};
use crate::transport::{Kind, TransportError};

/// A request without its secrets: what is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub method: String,
    /// Path and query, as the host may be another one tomorrow.
    pub path: String,
    /// Those on which the answer depends.
    pub headers: Vec<(String, String)>,
    pub body: Told,
}

/// A body as it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    Text(String),
    Json(Value),
    Binary(Bytes),
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Came {
    Answer { status: StatusCode, headers: HeaderMap, body: Told },
    Failure { kind: Kind, message: String, partial: Told },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The name of the call, for those who read it. Another recording has others, so it is not compared.
    pub call: Option<String>,
    pub asked: Asked,
    pub came: Came,
}

type Read<T> = Result<T, String>;

impl Entry {
    pub(super) fn parse(line: &str) -> Read<Self> {
        let line: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let request = member(&line, "request")?;
        let pairs = pairs(request)?;
        let asked = Asked {
            method: text(request, "method")?.to_owned(),
            path: text(request, "path")?.to_owned(),
            headers: pairs,
            body: Told::parse(request)?,
        };
        let call = line.get("call").and_then(Value::as_str).map(str::to_owned);
        Ok(Entry { call, asked, came: Came::parse(&line)? })
    }

    pub(super) fn line(&self) -> Value {
        let Asked { method, path, headers, body } = &self.asked;
        let mut request = json!({"method": method, "path": path});
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        put(&mut request, "headers", headers);
        body.put(&mut request);
        let mut line = json!({"request": request});
        if let Some(call) = &self.call {
            line["call"] = call.as_str().into();
        }
        match &self.came {
            Came::Failure { kind, message, partial } => {
                let mut failure = json!({"kind": kind.name(), "message": message});
                partial.put(&mut failure);
                line["failure"] = failure;
            }
            Came::Answer { status, headers, body } => {
                let mut answer = json!({"status": status.as_u16()});
                let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
                let headers = headers.iter().map(|(name, value)| (name.to_string(), text(value).into())).collect();
                put(&mut answer, "headers", headers);
                body.put(&mut answer);
                line["answer"] = answer;
            }
        }
        line
    }
}

impl Came {
    fn parse(line: &Value) -> Read<Self> {
        if let Some(failure) = line.get("failure") {
            let kind = text(failure, "kind")?;
            let kind = Kind::named(kind).ok_or_else(|| format!("{kind:?} is not a kind of failure"))?;
            let message = text(failure, "message")?.to_owned();
            return Ok(Came::Failure { kind, message, partial: Told::parse(failure)? });
        }
        let answer = member(line, "answer")?;
        let status = answer.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
        let status = status.and_then(|status| StatusCode::from_u16(status).ok()).ok_or("the answer has no status")?;
        let header = |(name, value): (String, String)| {
            let name = HeaderName::try_from(&name).map_err(|_| format!("{name:?} is not the name of a header"))?;
            let value =
                HeaderValue::try_from(value).map_err(|_| format!("{name} has a value that no header may have"))?;
            Ok((name, value))
        };
        let headers = pairs(answer)?.into_iter().map(header).collect::<Read<_>>()?;
        Ok(Came::Answer { status, headers, body: Told::parse(answer)? })
    }

    /// Tells a mask what stands for secrets in it.
    pub(super) fn learn_stand_ins(&self, mask: &mut Mask) {
        let body = match self {
            Came::Failure { message, partial, .. } => {
                mask.learn_stand_ins(message);
                partial
            }
            Came::Answer { headers, body, .. } => {
                headers.values().for_each(|value| mask.learn_stand_ins(&String::from_utf8_lossy(value.as_bytes())));
                body
            }
        };
        mask.learn_stand_ins(&String::from_utf8_lossy(&body.bytes()));
    }

    /// The same once more, for a client.
    pub(super) fn again(&self) -> Result<http::Response<Bytes>, TransportError> {
        match self {
            Came::Failure { kind, message, partial } => {
                Err(TransportError::of_kind(*kind, message.clone()).with_partial(partial.bytes()))
            }
            Came::Answer { status, headers, body } => {
                let mut answer = http::Response::new(body.bytes());
                (*answer.status_mut(), *answer.headers_mut()) = (*status, headers.clone());
                Ok(answer)
            }
        }
    }
}

impl Told {
    /// A body, masked as text.
    pub(super) fn masked(bytes: &Bytes, mask: impl FnOnce(&str) -> String) -> Self {
        match text_of(bytes) {
            Ok(text) => Told::Text(mask(text)),
            Err(letters) => Told::Binary(bytes_of(&mask(&letters)).into()),
        }
    }

    fn parse(value: &Value) -> Read<Self> {
        if let Some(json) = value.get("json") {
            return Ok(Told::Json(json.clone()));
        }
        if value.get("base64").is_some() {
            let bytes = STANDARD.decode(text(value, "base64")?).map_err(|error| format!("base64: {error}"))?;
            return Ok(Told::Binary(bytes.into()));
        }
        Ok(Told::Text(value.get("body").map_or(Ok(""), |_| text(value, "body"))?.to_owned()))
    }

    fn put(&self, of: &mut Value) {
        match self {
            Told::Text(text) if text.is_empty() => {}
            Told::Text(text) => of["body"] = text.as_str().into(),
            Told::Json(json) => of["json"] = json.clone(),
            Told::Binary(bytes) => of["base64"] = STANDARD.encode(bytes).into(),
        }
    }

    pub(super) fn bytes(&self) -> Bytes {
        match self {
            Told::Text(text) => text.clone().into(),
            Told::Json(json) => json.to_string().into(),
            Told::Binary(bytes) => bytes.clone(),
        }
    }
}

fn put(of: &mut Value, name: &str, members: Map<String, Value>) {
    if !members.is_empty() {
        of[name] = members.into();
    }
}

fn member<'a>(of: &'a Value, name: &str) -> Read<&'a Value> {
    of.get(name).filter(|value| value.is_object()).ok_or_else(|| format!("there is no object {name:?}"))
}

fn text<'a>(of: &'a Value, name: &str) -> Read<&'a str> {
    of.get(name).and_then(Value::as_str).ok_or_else(|| format!("there is no text {name:?}"))
}

fn pairs(of: &Value) -> Read<Vec<(String, String)>> {
    let Some(headers) = of.get("headers") else { return Ok(Vec::new()) };
    let headers = headers.as_object().ok_or("\"headers\" is not an object")?;
    let pair = |(name, value): (&String, &Value)| {
        let value = value.as_str().ok_or_else(|| format!("the header {name:?} is not text"))?;
        Ok((name.clone(), value.to_owned()))
    };
    headers.iter().map(pair).collect()
}
