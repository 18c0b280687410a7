//! The answer of a token endpoint in a journal that holds text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::store::codec::{self, Text, optional, text};

/// A reply, and the name of the exchange that it answers.
pub(in crate::store) type Reply = (Option<String>, Option<Bytes>);

/// It is text, because not everything that keeps values takes anything else.
pub(in crate::store) fn encode_reply(name: Option<&str>, reply: Option<&[u8]>) -> Text {
    let reply = reply.map(|reply| STANDARD.encode(reply));
    Text::new(json!({"format": codec::FORMAT, "requestId": name, "reply": reply}).to_string().into_bytes())
}

/// Reads what [`encode_reply`] wrote.
pub(in crate::store) fn decode_reply(bytes: &[u8]) -> Option<Reply> {
    let members = codec::known(&codec::unsealed(bytes)?).ok()?;
    let decode = |value: &Value| STANDARD.decode(value.as_str()?).ok().map(Bytes::from);
    Some((optional(&members, "requestId", text)?, optional(&members, "reply", decode)?))
}
