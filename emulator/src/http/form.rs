//! Forms (`application/x-www-form-urlencoded`) as PHP and form libraries write them: `filters[status]=4`, `fields[]=ID`,
//! `filters[0][1][name]=A`. Between such text and values, nothing else.

use std::collections::HashMap;

use crate::json::{DEEPEST, Json};

/// A form that was read.
#[derive(Debug, PartialEq)]
pub(crate) struct Form {
    /// An object. All values are texts; a name that appears more than once has a list of them, and brackets make lists and
    /// objects.
    pub members: Json,
    /// The members whose names came with brackets.
    pub bracketed: Vec<String>,
}

/// Why a form cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unplaced {
    /// The brackets of a name lead nowhere: they do not close, or lead into a value that is not a list or object.
    Brackets,
    /// They nest too deep.
    TooDeep,
    /// There are more members than [`MOST_MEMBERS`].
    TooMany,
}

/// The most members of a body: no resource has a tenth of that.
pub(crate) const MOST_MEMBERS: usize = 1000;

/// Reads a form.
pub(crate) fn read(text: &[u8]) -> Result<Form, Unplaced> {
    let mut members = Branch::default();
    let mut bracketed = Vec::new();
    for (name, value) in form_urlencoded::parse(text) {
        // Looked at before the next one is placed, so that the refusal costs no more than a body that is read.
        if members.nodes.len() > MOST_MEMBERS {
            return Err(Unplaced::TooMany);
        }
        let (first, inner) = steps(&name)?;
        if inner.is_empty() {
            members.at(first).add(value.into_owned())?;
            continue;
        }
        if !members.places.contains_key(first) {
            bracketed.push(first.to_owned());
        }
        let mut node = members.at(first);
        for step in inner {
            node = node.branch()?.at(step);
        }
        node.add(value.into_owned())?;
    }
    if members.nodes.len() > MOST_MEMBERS {
        return Err(Unplaced::TooMany);
    }
    let members = members.nodes.into_iter().map(|(name, node)| (name, node.into_json())).collect();
    Ok(Form { members: Json::Object(members), bracketed })
}

/// The parts of a name: what is before the brackets, and what is in them.
fn steps(name: &str) -> Result<(&str, Vec<&str>), Unplaced> {
    let Some(open) = name.find(['[', ']']) else { return Ok((name, Vec::new())) };
    let (first, mut rest) = name.split_at(open);
    let mut inner = Vec::new();
    while !rest.is_empty() {
        let (step, after) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).ok_or(Unplaced::Brackets)?;
        if first.is_empty() || step.contains('[') {
            return Err(Unplaced::Brackets);
        }
        // The object of all members is one level as well.
        if inner.len() + 1 == DEEPEST {
            return Err(Unplaced::TooDeep);
        }
        inner.push(step);
        rest = after;
    }
    Ok((first, inner))
}

/// A value in the making.
#[derive(Debug)]
enum Node {
    Empty,
    Text(String),
    /// A name that appears more than once.
    Texts(Vec<String>),
    Branch(Branch),
}

impl Node {
    fn add(&mut self, text: String) -> Result<(), Unplaced> {
        match self {
            Self::Empty => *self = Self::Text(text),
            Self::Text(first) => *self = Self::Texts(vec![std::mem::take(first), text]),
            Self::Texts(texts) => texts.push(text),
            Self::Branch(_) => return Err(Unplaced::Brackets),
        }
        Ok(())
    }

    /// What lies in brackets behind it.
    fn branch(&mut self) -> Result<&mut Branch, Unplaced> {
        if let Self::Empty = self {
            *self = Self::Branch(Branch::default());
        }
        match self {
            Self::Branch(branch) => Ok(branch),
            _ => Err(Unplaced::Brackets),
        }
    }

    fn into_json(self) -> Json {
        match self {
            Self::Empty => Json::Null,
            Self::Text(text) => Json::Text(text),
            Self::Texts(texts) => Json::List(texts.into_iter().map(Json::Text).collect()),
            Self::Branch(branch) => branch.into_json(),
        }
    }
}

/// Values by name, in the order in which they came.
#[derive(Debug, Default)]
struct Branch {
    nodes: Vec<(String, Node)>,
    places: HashMap<String, usize>,
    /// The number that empty brackets stand for: one above the highest.
    next: u64,
}

impl Branch {
    fn at(&mut self, name: &str) -> &mut Node {
        let next = self.next.to_string();
        let name = if name.is_empty() { &next } else { name };
        if let Some(number) = number(name) {
            self.next = self.next.max(number.saturating_add(1));
        }
        let place = match self.places.get(name) {
            Some(place) => *place,
            None => {
                self.places.insert(name.to_owned(), self.nodes.len());
                self.nodes.push((name.to_owned(), Node::Empty));
                self.nodes.len() - 1
            }
        };
        &mut self.nodes[place].1
    }

    /// A list if the names count from 0 on, in whichever order; else an object.
    fn into_json(self) -> Json {
        let count = self.nodes.len() as u64;
        let mut values: Vec<(String, Json)> =
            self.nodes.into_iter().map(|(name, node)| (name, node.into_json())).collect();
        if !values.iter().all(|(name, _)| number(name).is_some_and(|number| number < count)) {
            return Json::Object(values);
        }
        values.sort_by_key(|(name, _)| number(name));
        Json::List(values.into_iter().map(|(_, value)| value).collect())
    }
}

/// The number that a name is, in the only way in which it is written.
fn number(name: &str) -> Option<u64> {
    let plain = name == "0" || (!name.starts_with('0') && name.bytes().all(|byte| byte.is_ascii_digit()));
    name.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(form: &str) -> String {
        read(form.as_bytes()).unwrap().members.to_text()
    }

    #[test]
    fn a_form_decodes_plus_percent_and_repeated_names() {
        let form = "name=J%C3%B8rgen+Berg&sort=-date&sort=%2BID&empty=";
        assert_eq!(text(form), r#"{"name":"Jørgen Berg","sort":["-date","+ID"],"empty":""}"#);
        assert_eq!(text(""), "{}");
    }

    #[test]
    fn brackets_make_lists_and_objects() {
        for (form, expected) in [
            ("filters[status]=4", r#"{"filters":{"status":"4"}}"#),
            ("filters%5Bstatus%5D=4", r#"{"filters":{"status":"4"}}"#),
            ("fields[]=ID&fields[]=name", r#"{"fields":["ID","name"]}"#),
            ("fields[1]=b&fields[0]=a", r#"{"fields":["a","b"]}"#),
            ("fields[0]=ID&fields[who]=a.b", r#"{"fields":{"0":"ID","who":"a.b"}}"#),
            ("f[a][IN][]=1&f[a][IN][]=2", r#"{"f":{"a":{"IN":["1","2"]}}}"#),
            ("f[a]=1&f[a]=2", r#"{"f":{"a":["1","2"]}}"#),
            ("f[x][]=OR&f[x][][s]=4&f[x][][p]=1", r#"{"f":{"x":["OR",{"s":"4"},{"p":"1"}]}}"#),
            ("f[7]=a&f[]=b", r#"{"f":{"7":"a","8":"b"}}"#),
            ("f[01]=a", r#"{"f":{"01":"a"}}"#),
            ("f[a.b][~*]=%5Bx%5D", r#"{"f":{"a.b":{"~*":"[x]"}}}"#),
        ] {
            assert_eq!(text(form), expected, "{form}");
        }
        assert_eq!(read(b"a=1&b[]=2&b[]=3&c[x]=4").unwrap().bracketed, ["b", "c"]);
    }

    #[test]
    fn brackets_that_lead_nowhere_are_told() {
        for form in [
            "f[a=1",
            "f]=1",
            "f[a]b=1",
            "[a]=1",
            "[]=1",
            "f[[a]]=1",
            "f=1&f[a]=2",
            "f[a]=1&f=2",
            "f[a]=1&f[a][b]=2",
            "f[a][b]=2&f[a]=1",
        ] {
            assert_eq!(read(form.as_bytes()), Err(Unplaced::Brackets), "{form}");
        }
    }

    #[test]
    fn brackets_nest_as_deep_as_json_does() {
        let nested = |depth: usize| format!("f{}=1", "[a]".repeat(depth));
        assert!(read(nested(DEEPEST - 1).as_bytes()).is_ok());
        assert_eq!(read(nested(DEEPEST).as_bytes()), Err(Unplaced::TooDeep));
        assert_eq!(read(nested(1_000_000).as_bytes()), Err(Unplaced::TooDeep));
    }
}
