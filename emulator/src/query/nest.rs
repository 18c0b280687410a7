//! Rows whose dotted keys are objects in objects: `{"account": {"lastname": "Berg"}}`. It arranges members; what they
//! hold comes from the row.

use super::scope::EXTDATA;
use crate::json::write_text;
use crate::rows::{Output, OutputRow};

/// The members of an object.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Nest(Vec<(String, Member)>);

#[derive(Debug, PartialEq, Eq)]
enum Member {
    /// The value of the column with this index.
    Value(usize),
    Object(Nest),
}

impl Nest {
    /// The form of the rows of a list. `fields` holds the keys and paths that were asked for, in the order of the first
    /// outputs; where both are the same, there was no alias.
    pub(super) fn of(fields: &[(String, String)], outputs: &[Output]) -> Self {
        let mut nest = Self::default();
        for (index, output) in outputs.iter().enumerate() {
            let unnamed = fields.get(index).is_some_and(|(key, path)| key == path);
            let keys = if unnamed { parts(&output.key) } else { vec![output.key.as_str()] };
            nest.put(&keys, index);
        }
        nest
    }

    /// Puts a value at the end of a chain of keys. A key that is a value already and an object now, or the other way
    /// round, becomes what it is now.
    fn put(&mut self, keys: &[&str], index: usize) {
        let Some((key, rest)) = keys.split_first() else { return };
        let place = self.0.iter().position(|(known, _)| known == key).unwrap_or_else(|| {
            self.0.push(((*key).to_owned(), Member::Object(Self::default())));
            self.0.len() - 1
        });
        let member = &mut self.0[place].1;
        if rest.is_empty() {
            *member = Member::Value(index);
            return;
        }
        if let Member::Value(_) = member {
            *member = Member::Object(Self::default());
        }
        if let Member::Object(inner) = member {
            inner.put(rest, index);
        }
    }

    /// Writes a row as an object.
    pub(super) fn write(&self, out: &mut String, row: &OutputRow<'_>) -> rusqlite::Result<()> {
        out.push('{');
        for (place, (key, member)) in self.0.iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            write_text(out, key);
            out.push(':');
            match member {
                Member::Value(index) => row.write(out, *index)?,
                Member::Object(inner) => inner.write(out, row)?,
            }
        }
        out.push('}');
        Ok(())
    }
}

/// The keys that a path stands for. The name of a custom field is one key, dots and all.
fn parts(path: &str) -> Vec<&str> {
    match path.split_once('.') {
        Some((EXTDATA, name)) => vec![EXTDATA, name],
        _ => path.split('.').collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Layout;
    use crate::rows::render::Rendering;

    fn written(fields: &[(&str, &str)]) -> String {
        let fields: Vec<(String, String)> =
            fields.iter().map(|(key, path)| ((*key).to_owned(), (*path).to_owned())).collect();
        let output = |(key, _): &(String, String)| Output {
            key: key.clone(),
            sql: String::new(),
            rendering: Rendering::Plain,
            custom: None,
        };
        let outputs: Vec<Output> = fields.iter().map(output).collect();
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let values: Vec<String> = (0..fields.len()).map(|index| index.to_string()).collect();
        let mut statement = connection.prepare(&format!("SELECT {}", values.join(","))).unwrap();
        let mut rows = statement.query([]).unwrap();
        let mut out = String::new();
        let row = rows.next().unwrap().unwrap();
        let nest = Nest::of(&fields, &outputs);
        nest.write(&mut out, &OutputRow::new(&Layout::new(outputs), row).unwrap()).unwrap();
        out
    }

    #[test]
    fn paths_without_an_alias_become_objects() {
        let fields = [("ID", "ID"), ("a.b", "a.b"), ("x.y", "a.c"), ("a.d.e", "a.d.e")];
        assert_eq!(written(&fields), r#"{"ID":0,"a":{"b":1,"d":{"e":3}},"x.y":2}"#);
    }

    #[test]
    fn the_name_of_a_custom_field_is_one_key() {
        assert_eq!(written(&[("extdata.a.b", "extdata.a.b")]), r#"{"extdata":{"a.b":0}}"#);
    }

    #[test]
    fn the_later_of_a_value_and_an_object_of_one_name_stays() {
        assert_eq!(written(&[("a", "a"), ("a.b", "a.b")]), r#"{"a":{"b":1}}"#);
        assert_eq!(written(&[("a.b", "a.b"), ("a", "a")]), r#"{"a":1}"#);
    }
}
