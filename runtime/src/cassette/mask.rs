//! Takes secrets out of what is written down. A secret is found by the name of its member, and then wherever else it turns up.

mod known;
mod literals;
pub(super) mod parts;

use serde_json::Value;
use zeyos_core::names_a_secret;

use known::{HIDDEN, Known, Stand};

pub(super) use known::TELLING;

/// How names end that only sound like those of secrets, and whose values clients act on.
const NO_SECRETS: [&str; 7] = ["endpoint", "endpoints", "supported", "expiresin", "expiresat", "type", "typehint"];

/// Names of secrets in queries and forms, beside those that are secrets everywhere.
const PARAMETERS: [&str; 5] = ["code", "state", "nonce", "sig", "key"];

/// Knows which names are those of secrets, and the secrets that were seen.
#[derive(Default)]
pub(super) struct Mask {
    names: Vec<String>,
    known: Known,
}

impl Mask {
    /// Members of this name are secret too.
    pub(super) fn name(&mut self, name: &str) {
        self.names.push(plain(name));
    }

    /// Whether members of this name are secret.
    pub(super) fn is_secret(&self, name: &str) -> bool {
        let bare = plain(name);
        let is_other = || NO_SECRETS.iter().any(|end| bare.ends_with(end));
        (names_a_secret(name) && !is_other()) || self.names.contains(&bare)
    }

    /// Whether a parameter of a query or a form is secret.
    fn is_parameter(&self, name: &str) -> bool {
        self.is_secret(name) || PARAMETERS.contains(&plain(name).as_str())
    }

    /// Whether a number of this name is secret: the name ends with the word that says so, such as `pin`. Another one, such as
    /// `token_lifetime`, tells something about a secret.
    fn is_number(&self, name: &str) -> bool {
        let bare = plain(name);
        let is_without_end = |bare: &str| names_a_secret(&format!("x{}", &bare[..bare.len().max(1) - 1]));
        self.names.contains(&bare) || (self.is_secret(name) && !is_without_end(&bare))
    }

    /// Remembers a secret, and answers what stands for it.
    pub(super) fn learn(&mut self, name: &str, secret: &str) -> String {
        if secret.is_empty() { String::new() } else { self.known.learn(&plain(name), secret) }
    }

    /// What stands for secrets in the answers of a cassette is secret itself to a client to which they are played.
    pub(super) fn learn_stand_ins(&mut self, text: &str) {
        self.known.learn_stand_ins(text);
    }

    /// A query or a form of a request without the values of its secrets.
    pub(super) fn pairs(&mut self, text: &str) -> String {
        let mut masked = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            if self.is_parameter(&name) && !is_flag(&value) {
                self.learn(&name, &value);
                masked.append_pair(&name, HIDDEN);
            } else {
                masked.append_pair(&name, &self.inner(&value, Stand::Same, 0));
            }
        }
        masked.finish()
    }

    /// The JSON of a request without secrets, in one form whatever the order of its members was.
    pub(super) fn request(&mut self, name: &str, json: &mut Value) {
        match json {
            Value::Object(members) => {
                for (member, value) in members.iter_mut() {
                    // Whatever stands below the name of a secret is one.
                    let name = if self.is_secret(name) { name } else { member };
                    self.request(name, value);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.request(name, item)),
            Value::String(secret) if self.is_secret(name) => {
                self.learn(name, secret);
                HIDDEN.clone_into(secret);
            }
            Value::Number(_) if self.is_secret(name) => *json = HIDDEN.into(),
            Value::String(text) => *text = self.inner(text, Stand::Same, 0),
            _ => {}
        }
    }

    /// The text of an answer with something else for each text that is a secret, and every other byte as it came: numbers keep their
    /// digits, members their names.
    pub(super) fn answer(&mut self, media_type: &str, text: &str) -> String {
        if is_form(media_type) || looks_like_a_form(text) {
            self.form(text)
        } else {
            self.walked(text, Stand::Numbered, 0)
        }
    }

    /// A form that is an answer.
    fn form(&mut self, text: &str) -> String {
        let pairs: Vec<_> = text.split('&').map(|pair| self.pair(pair).unwrap_or_else(|| self.text(pair))).collect();
        pairs.join("&")
    }

    fn pair(&mut self, pair: &str) -> Option<String> {
        let (name, value) = form_urlencoded::parse(pair.as_bytes()).next().filter(|(_, value)| !is_flag(value))?;
        let masked =
            if self.is_parameter(&name) { self.learn(&name, &value) } else { self.inner(&value, Stand::Numbered, 0) };
        let written = pair.split_once('=').filter(|_| masked != value)?.0;
        let masked: String = form_urlencoded::byte_serialize(masked.as_bytes()).collect();
        Some(format!("{written}={masked}"))
    }

    /// A text of an answer with something else for each secret that was seen.
    pub(super) fn text(&self, text: &str) -> String {
        self.known.everywhere(text, Stand::Numbered).into_owned()
    }

    /// A text of a request without the secrets that were seen.
    pub(super) fn compared(&self, text: &str) -> String {
        self.known.everywhere(text, Stand::Same).into_owned()
    }

    /// The body of a request that is neither JSON nor a form.
    pub(super) fn compared_body(&mut self, text: &str) -> String {
        self.walked(text, Stand::Same, 0)
    }
}

/// Whether a media type is that of forms.
pub(super) fn is_form(media_type: &str) -> bool {
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn looks_like_a_form(text: &str) -> bool {
    text.contains('=')
        && !text.trim_end().contains(|letter: char| letter.is_whitespace() || "<>{}[]\"".contains(letter))
}

fn is_flag(value: &str) -> bool {
    matches!(value, "true" | "false")
}

/// A name without what writers of names differ in.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Bytes as text, one letter each if they are not text, so that [`bytes_of`] brings them back.
pub(super) fn text_of(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_| bytes.iter().copied().map(char::from).collect())
}

/// The bytes of such a text. What no byte stands for comes from an escape of JSON, and becomes one again.
pub(super) fn bytes_of(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for letter in text.chars() {
        match u8::try_from(letter) {
            Ok(byte) => bytes.push(byte),
            Err(_) => {
                let units =
                    letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
                bytes.extend(units.into_bytes());
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_of_secret_names_are_taken_out_and_everything_else_stays_as_it_came() {
        let mut mask = Mask::default();
        let text = "{ \"access_token\" : \"abc-def-0123\", \"amount\":0.10, \"name\":\"a\\\"b\",\n\"list\":[{\"refreshToken\":\"x\"}]}";
        let masked = mask.answer("", text);
        let expected = "{ \"access_token\" : \"recorded-accesstoken-1\", \"amount\":0.10, \"name\":\"a\\\"b\",\n\"list\":[{\"refreshToken\":\"recorded-refreshtoken-2\"}]}";
        assert_eq!(masked, expected);
        // The same secret is the same again, another is another.
        assert_eq!(mask.answer("", r#"{"token":"abc-def-0123"}"#), r#"{"token":"recorded-accesstoken-1"}"#);
        assert_eq!(mask.answer("", r#"{"token":"other-one-4567"}"#), r#"{"token":"recorded-token-3"}"#);
    }

    #[test]
    fn a_secret_is_taken_out_wherever_else_it_turns_up() {
        let mut mask = Mask::default();
        mask.learn("authorization", "s3cr3t \"quoted\" value");
        let told = mask.answer("", r#"{"message":"no s3cr3t \"quoted\" value here"}"#);
        assert_eq!(told, r#"{"message":"no recorded-authorization-1 here"}"#);
        assert_eq!(mask.pairs("q=s3cr3t+%22quoted%22+value&a=1"), "q=%5Bsecret%5D&a=1");
        let mut body = json!({"filters": {"name": "s3cr3t \"quoted\" value"}, "limit": 2});
        mask.request("", &mut body);
        assert_eq!(body, json!({"filters": {"name": "[secret]"}, "limit": 2}));
    }

    #[test]
    fn short_values_are_taken_out_at_their_member_alone() {
        let mut mask = Mask::default();
        assert_eq!(
            mask.answer("", r#"{"password":"a","name":"a cat"}"#),
            r#"{"password":"recorded-password-1","name":"a cat"}"#
        );
        assert_eq!(mask.pairs("otp=123456&limit=123456"), "otp=%5Bsecret%5D&limit=123456");
    }

    #[test]
    fn whatever_stands_below_the_name_of_a_secret_is_one() {
        let mut mask = Mask::default();
        let text =
            r#"{"credentials":{"a":["x1",{"b":"y2"}],"n":7},"name":"z","tokens":[],"client_secret":["s3"],"m":"n"}"#;
        let masked = mask.answer("", text);
        let values: Value = serde_json::from_str(&masked).unwrap();
        assert_eq!(values["credentials"]["a"][0], "recorded-credentials-1");
        assert_eq!(values["credentials"]["a"][1]["b"], "recorded-credentials-2");
        assert_eq!(values["client_secret"][0], "recorded-clientsecret-3");
        assert_eq!((&values["name"], &values["m"], &values["credentials"]["n"]), (&json!("z"), &json!("n"), &json!(7)));
        let mut request: Value = serde_json::from_str(text).unwrap();
        mask.request("", &mut request);
        assert_eq!(request["credentials"], json!({"a": ["[secret]", {"b": "[secret]"}], "n": "[secret]"}));
        assert_eq!((&request["name"], &request["client_secret"]), (&json!("z"), &json!(["[secret]"])));
    }

    #[test]
    fn names_that_only_look_alike_stay() {
        let mut mask = Mask::default();
        for text in [
            r#"{"token_type":"Bearer"}"#,
            r#"{"codename":"x"}"#,
            r#"{"spin":"x"}"#,
            r#"{"password":null}"#,
            r#"["token","x"]"#,
        ] {
            assert_eq!(mask.answer("", text), text);
        }
        mask.name("IBAN");
        assert_eq!(mask.answer("", r#"{"iban":"DE00"}"#), r#"{"iban":"recorded-iban-1"}"#);
    }

    #[test]
    fn text_that_is_no_json_is_left_whole() {
        let mut mask = Mask::default();
        for text in ["", "\"", "{\"token\":\"open", "<p class=\"token\">:\"x\"</p>", "\\\"\\"] {
            let masked = mask.answer("", text);
            assert!(masked == text || text.contains("token"), "{text} {masked}");
        }
    }

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let secret = "s3/cr+t ~x'é=";
        let forms = [
            secret,
            r#"s3\/cr+t ~x'é="#,
            "s3%2Fcr%2Bt%20%7Ex%27%C3%A9%3D",
            "s3%2fcr%2bt%20%7ex%27%c3%a9%3d",
            "s3%2Fcr%2Bt%20~x'%C3%A9%3D",
            "s3%2fcr%2bt%20~x%27%c3%a9%3d",
            "s3%2Fcr%2Bt+%7Ex%27%C3%A9%3D",
            "73332f63722b74207e7827c3a93d",
            "73332F63722B74207E7827C3A93D",
            "czMvY3IrdCB+eCfDqT0=",
            "czMvY3IrdCB-eCfDqT0",
        ];
        let mut mask = Mask::default();
        mask.learn("password", secret);
        for form in forms {
            assert_eq!(mask.text(&format!("a {form}, b")), "a recorded-password-1, b", "{form}");
            assert_eq!(mask.compared(&format!("a {form}, b")), "a [secret], b", "{form}");
        }
        assert_eq!(mask.text("s3/cr+t ~x'e="), "s3/cr+t ~x'e=");
    }

    #[test]
    fn answers_that_are_forms_are_masked_pair_by_pair() {
        let mut mask = Mask::default();
        let masked =
            mask.answer("", "access_token=abc%2Fdef012&scope=a+b&refresh_token=r%201&expires_in=3600&token=true");
        assert_eq!(
            masked,
            "access_token=recorded-accesstoken-1&scope=a+b&refresh_token=recorded-refreshtoken-2&expires_in=3600&token=true"
        );
        let masked =
            mask.answer("application/x-www-form-urlencoded; charset=utf-8", "code=1&text=\"abc/def012\" is it");
        assert_eq!(masked, "code=recorded-code-3&text=%22recorded-accesstoken-1%22+is+it");
    }

    #[test]
    fn a_string_after_the_name_of_a_secret_that_is_none_or_does_not_end_is_replaced_whole() {
        for (text, expected) in [
            (r#"{"a":"b","token":"open-and-lo"#, r#"{"a":"b","token":"recorded-token-1"#),
            (r#"{"token":"a \x b","c":"d"}"#, r#"{"token":"recorded-token-1","c":"d"}"#),
            (r#"{"a": 5" pipe, "token":"abc","c":1"#, r#"{"a": 5" pipe, "token":"recorded-token-1","c":1"#),
            (r#"{"token":word,"c":1}"#, r#"{"token":recorded-token-1,"c":1}"#),
            (r#"{"token":"#, r#"{"token":"#),
            (r#"{"token":""#, r#"{"token":""#),
            (r#"{"token":["a","b"#, r#"{"token":["recorded-token-1","recorded-token-2"#),
            (r#"{"m":"{\"token\":\"ab"#, r#"{"m":"{\"token\":\"recorded-token-1"#),
        ] {
            assert_eq!(Mask::default().answer("", text), expected, "{text}");
        }
    }

    #[test]
    fn the_beginning_of_a_secret_with_which_a_text_breaks_off_is_taken_out() {
        let mut mask = Mask::default();
        mask.learn("token", "abcdefghijkl");
        assert_eq!(mask.answer("", r#"{"m":"no abcdefghij"#), r#"{"m":"no recorded-token-1"#);
        assert_eq!(mask.answer("", r#"{"m":"no abcdefg"#), r#"{"m":"no abcdefg"#);
    }

    #[test]
    fn json_in_a_string_of_json_is_masked() {
        let mut mask = Mask::default();
        let text = r#"{"log":"{\"password\":\"x1\",\"n\":1.0}","n":2.00}"#;
        let expected = r#"{"log":"{\"password\":\"recorded-password-1\",\"n\":1.0}","n":2.00}"#;
        assert_eq!(mask.answer("", text), expected);
        let mut request: Value = serde_json::from_str(text).unwrap();
        mask.request("", &mut request);
        assert_eq!(request["log"], r#"{"password":"[secret]","n":1.0}"#);
    }

    #[test]
    fn numbers_and_words_under_names_of_secrets() {
        let mut mask = Mask::default();
        let text = r#"{"pin":1234,"otp":123456,"password":77,"token_lifetime":3600,"token":true,"a":{"pin":1}}"#;
        let expected = r#"{"pin":0,"otp":0,"password":0,"token_lifetime":3600,"token":true,"a":{"pin":0}}"#;
        assert_eq!(mask.answer("", text), expected);
        assert_eq!(mask.pairs("token=true&pin=false"), "token=true&pin=false");
    }

    #[test]
    fn names_of_members_and_what_only_tells_of_secrets_stay() {
        let mut mask = Mask::default();
        mask.learn("password", "username");
        let text = r#"{"username":"a username","token_endpoint":"https://a/token","n":{"username":1}}"#;
        let expected = r#"{"username":"a recorded-password-1","token_endpoint":"https://a/token","n":{"username":1}}"#;
        assert_eq!(mask.answer("", text), expected);
        for name in ["token_endpoint", "token_endpoint_auth_methods_supported", "refresh_token_expires_in"] {
            assert!(!mask.is_secret(name), "{name}");
        }
        for name in ["secret_expires_at", "subject_token_type", "token_endpoints"] {
            assert!(!mask.is_secret(name), "{name}");
        }
    }

    #[test]
    fn parts_have_one_boundary_and_no_secrets() {
        let body = |boundary: &str, secret: &str| {
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n{secret}\r\n--{boundary}\r\n\
                 Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nof {secret}\r\n--{boundary}--\r\n"
            )
        };
        let mut mask = Mask::default();
        assert_eq!(mask.parts("x1y2", &body("x1y2", "long-secret-1")), body("boundary", "[secret]"));
        assert_eq!(parts::boundary("multipart/form-data; charset=a; Boundary=\"x1y2\""), Some("x1y2"));
        assert_eq!(parts::boundary("text/plain; boundary=x1y2"), None);
        assert_eq!(
            parts::with_one_boundary("multipart/form-data; boundary=x1"),
            "multipart/form-data; boundary=boundary"
        );
    }

    #[test]
    fn bytes_that_are_no_text_come_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(bytes_of(&text_of(&bytes).unwrap_err()), bytes);
        assert_eq!(bytes_of("é€"), b"\xe9\\u20ac");
    }
}
