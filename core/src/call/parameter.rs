//! Parameters with the styles that OpenAPI defines for them.

use percent_encoding::utf8_percent_encode;

use super::request::SEGMENT;
use crate::model::Json;
use crate::operation::Style;

/// Where a parameter stands and how it is written.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    pub name: &'static str,
    pub place: ParameterPlace,
    pub style: Style,
    pub explode: bool,
}

#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterPlace {
    Path,
    Query,
    Header,
    Cookie,
}

impl Parameter {
    pub const fn path(name: &'static str, style: Style, explode: bool) -> Self {
        Parameter { name, place: ParameterPlace::Path, style, explode }
    }

    pub const fn query(name: &'static str, style: Style, explode: bool) -> Self {
        Parameter { name, place: ParameterPlace::Query, style, explode }
    }

    pub const fn header(name: &'static str, style: Style, explode: bool) -> Self {
        Parameter { name, place: ParameterPlace::Header, style, explode }
    }

    pub const fn cookie(name: &'static str, style: Style, explode: bool) -> Self {
        Parameter { name, place: ParameterPlace::Cookie, style, explode }
    }

    /// The value of the cookie, encoded so that no character ends it (RFC 6265, section 4.1.1). A list or an object that is exploded
    /// would be several cookies of names that no one knows.
    pub(super) fn cookie_value(&self, value: &Json) -> Result<String, String> {
        let is_many = matches!(value, Json::Array(_) | Json::Object(_));
        if is_many && self.explode && self.style != Style::Json {
            return Err(format!("the cookie {} holds one value, not a list or an object", self.name));
        }
        self.simple(value, |text| utf8_percent_encode(text, SEGMENT).to_string()).map(|text| text.replace(',', "%2C"))
    }

    /// The pairs of the query, not yet encoded.
    pub(super) fn pairs(&self, value: &Json) -> Result<Vec<(String, String)>, String> {
        let name = || self.name.to_owned();
        match (value, self.style) {
            (value, Style::Json) => Ok(vec![(name(), value.to_string())]),
            (Json::Array(list), Style::Form) if self.explode => {
                list.iter().map(|member| Ok((name(), self.text(member)?))).collect()
            }
            (Json::Array(list), _) if list.is_empty() => Ok(Vec::new()),
            (Json::Array(list), Style::DeepObject) => {
                let mut pairs = Vec::new();
                numbered(self.name, list, &mut pairs);
                Ok(pairs)
            }
            (Json::Array(list), style) => Ok(vec![(name(), self.joined(list.iter(), separator(style))?)]),
            (Json::Object(_), Style::DeepObject) => {
                let mut pairs = Vec::new();
                deep(self.name, value, &mut pairs);
                Ok(pairs)
            }
            (Json::Object(members), Style::Form) if self.explode => {
                members.iter().map(|(key, member)| Ok((key.clone(), self.text(member)?))).collect()
            }
            (Json::Object(members), _) if members.is_empty() => Ok(Vec::new()),
            (Json::Object(members), style) => {
                let keys: Vec<Json> = members.keys().map(|key| key.as_str().into()).collect();
                let all = keys.iter().zip(members.values()).flat_map(|(key, value)| [key, value]);
                Ok(vec![(name(), self.joined(all, separator(style))?)])
            }
            (value, _) => Ok(vec![(name(), self.text(value)?)]),
        }
    }

    /// The value of the header.
    pub(super) fn header_value(&self, value: &Json) -> Result<String, String> {
        self.simple(value, str::to_owned)
    }

    /// The text in place of the parameter of a path, encoded.
    pub(super) fn path_text(&self, value: &Json) -> Result<String, String> {
        let encoded = |text: &str| utf8_percent_encode(text, SEGMENT).to_string();
        let text = self.simple(value, encoded)?;
        Ok(match (self.style, value) {
            (Style::Label, Json::Array(_) | Json::Object(_)) if self.explode => format!(".{}", text.replace(',', ".")),
            (Style::Label, _) => format!(".{text}"),
            (Style::Matrix, Json::Array(_)) if self.explode => {
                text.split(',').map(|member| format!(";{}={member}", encoded(self.name))).collect()
            }
            (Style::Matrix, Json::Object(_)) if self.explode => format!(";{}", text.replace(',', ";")),
            (Style::Matrix, _) if text.is_empty() => format!(";{}", encoded(self.name)),
            (Style::Matrix, _) => format!(";{}={text}", encoded(self.name)),
            _ => text,
        })
    }

    fn simple(&self, value: &Json, write: impl Fn(&str) -> String) -> Result<String, String> {
        let one = |value: &Json| self.text(value).map(|text| write(&text));
        match value {
            value if self.style == Style::Json => Ok(write(&value.to_string())),
            Json::Array(list) => list.iter().map(one).collect::<Result<Vec<_>, _>>().map(|list| list.join(",")),
            Json::Object(members) => {
                let sign = if self.explode { "=" } else { "," };
                let pairs = members.iter().map(|(key, value)| Ok(format!("{}{sign}{}", write(key), one(value)?)));
                pairs.collect::<Result<Vec<_>, String>>().map(|pairs| pairs.join(","))
            }
            value => one(value),
        }
    }

    fn joined<'j>(&self, values: impl Iterator<Item = &'j Json>, separator: &str) -> Result<String, String> {
        values.map(|value| self.text(value)).collect::<Result<Vec<_>, _>>().map(|texts| texts.join(separator))
    }

    fn text(&self, value: &Json) -> Result<String, String> {
        match value {
            Json::String(text) => Ok(text.clone()),
            Json::Null => Ok(String::new()),
            Json::Array(_) | Json::Object(_) => {
                Err(format!("the parameter {} holds values that its style has no form for", self.name))
            }
            value => Ok(value.to_string()),
        }
    }
}

/// What stands between values that are written as one.
fn separator(style: Style) -> &'static str {
    match style {
        Style::SpaceDelimited => " ",
        Style::PipeDelimited => "|",
        _ => ",",
    }
}

/// `name[0]=value`: the specification gives lists no form in this style, and a name alone would be the same for all of them.
fn numbered(name: &str, list: &[Json], pairs: &mut Vec<(String, String)>) {
    list.iter().enumerate().for_each(|(index, member)| deep(&format!("{name}[{index}]"), member, pairs));
}

/// `name[key]=value` at any depth; a list repeats its name, and gives numbers to members that have names or members of their own.
fn deep(name: &str, value: &Json, pairs: &mut Vec<(String, String)>) {
    match value {
        Json::Object(members) => {
            members.iter().for_each(|(key, member)| deep(&format!("{name}[{key}]"), member, pairs))
        }
        Json::Array(list) if list.iter().any(|member| member.is_array() || member.is_object()) => {
            numbered(name, list, pairs);
        }
        Json::Array(list) => list.iter().for_each(|member| deep(name, member, pairs)),
        Json::String(text) => pairs.push((name.to_owned(), text.clone())),
        Json::Null => pairs.push((name.to_owned(), String::new())),
        value => pairs.push((name.to_owned(), value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn query(style: Style, explode: bool, value: &Json) -> String {
        let pairs = Parameter::query("color", style, explode).pairs(value).unwrap();
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    }

    /// The table of the specification of OpenAPI, section on style values.
    #[test]
    fn the_examples_of_the_specification() {
        let (list, object) = (json!(["blue", "black"]), json!({"R": 100, "G": 200}));
        let rows = [
            (Style::Form, false, "color=blue,black"),
            (Style::Form, true, "color=blue&color=black"),
            (Style::SpaceDelimited, false, "color=blue black"),
            (Style::PipeDelimited, false, "color=blue|black"),
        ];
        for (style, explode, expected) in rows {
            assert_eq!(query(style, explode, &list), expected, "{style:?} {explode}");
        }
        // The members of an object have no order.
        let rows = [
            (Style::Form, false, ["color=G,200,R,100", "color=R,100,G,200"]),
            (Style::Form, true, ["G=200&R=100", "R=100&G=200"]),
            (Style::DeepObject, true, ["color[G]=200&color[R]=100", "color[R]=100&color[G]=200"]),
        ];
        for (style, explode, expected) in rows {
            let written = query(style, explode, &object);
            assert!(expected.contains(&written.as_str()), "{style:?} {explode}: {written}");
        }
        let path = |style, explode, value: &Json| Parameter::path("color", style, explode).path_text(value).unwrap();
        assert_eq!(path(Style::Simple, false, &list), "blue,black");
        assert_eq!(path(Style::Label, true, &list), ".blue.black");
        assert_eq!(path(Style::Matrix, false, &list), ";color=blue,black");
        assert_eq!(path(Style::Matrix, true, &list), ";color=blue;color=black");
        assert_eq!(path(Style::Matrix, false, &json!("")), ";color");
        assert_eq!(path(Style::Simple, false, &json!("a/b,c")), "a%2Fb%2Cc");
        let cookie = |style, explode, value: &Json| Parameter::cookie("color", style, explode).cookie_value(value);
        assert_eq!(cookie(Style::Form, true, &json!("a b;c=\"d\"")).unwrap(), "a%20b%3Bc%3D%22d%22");
        assert_eq!(cookie(Style::Form, false, &list).unwrap(), "blue%2Cblack");
        assert_eq!(cookie(Style::Json, false, &json!({"R": 100})).unwrap(), "%7B%22R%22%3A100%7D");
        assert!(cookie(Style::Form, true, &list).is_err() && cookie(Style::Form, true, &object).is_err());
        assert_eq!(Parameter::header("X", Style::Simple, true).header_value(&json!({"R": 100})).unwrap(), "R=100");
    }

    #[test]
    fn a_value_that_a_style_has_no_form_for_is_refused() {
        let nested = json!([{"a": 1}]);
        assert!(Parameter::query("q", Style::Form, true).pairs(&nested).is_err());
        assert_eq!(query(Style::DeepObject, true, &json!({"a": {"b": [1, 2]}})), "color[a][b]=1&color[a][b]=2");
        assert_eq!(
            query(Style::DeepObject, true, &json!([{"a": 1, "b": [2]}, {"a": 3}])),
            "color[0][a]=1&color[0][b]=2&color[1][a]=3"
        );
        assert_eq!(
            query(Style::DeepObject, true, &json!({"a": [{"b": 1}, {"b": 2}]})),
            "color[a][0][b]=1&color[a][1][b]=2"
        );
        assert_eq!(query(Style::DeepObject, true, &json!(["blue", "black"])), "color[0]=blue&color[1]=black");
        assert_eq!(query(Style::Json, false, &nested), r#"color=[{"a":1}]"#);
    }
}
