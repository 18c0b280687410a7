//! Custom fields and tags of a record, which are stored by table name and record number.

use rusqlite::Connection;

use crate::http::Failure;
use crate::http::body::composite;
use crate::json::Json;
use crate::rows::text;

/// Changes to custom fields and tags that one write asks for.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Changes {
    extdata: Vec<(String, Json)>,
    replace: Option<Vec<String>>,
    add: Vec<String>,
    remove: Vec<String>,
}

impl Changes {
    /// Takes a member of a write; answers whether its name is one of the four.
    pub(super) fn take(&mut self, name: &str, value: &Json, is_form: bool) -> Result<bool, Failure> {
        match name {
            "extdata" => self.extdata = fields(value, is_form)?,
            "tags" => self.replace = names(value)?,
            "+tags" => self.add = names(value)?.unwrap_or_default(),
            "-tags" => self.remove = names(value)?.unwrap_or_default(),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether there are none.
    pub(super) fn are_none(&self) -> bool {
        *self == Self::default()
    }

    /// Writes them for one record.
    pub(super) fn apply(&self, db: &Connection, entity: &str, record: i64) -> Result<(), Failure> {
        for (name, value) in &self.extdata {
            set(db, entity, record, name, value)?;
        }
        if let Some(names) = &self.replace {
            db.prepare_cached("DELETE FROM _tags WHERE entity = ?1 AND record = ?2")?.execute((entity, record))?;
            tag(db, entity, record, names)?;
        }
        tag(db, entity, record, &self.add)?;
        for name in &self.remove {
            let sql = "DELETE FROM _tags WHERE entity = ?1 AND record = ?2 AND name = ?3";
            db.prepare_cached(sql)?.execute((entity, record, name))?;
        }
        Ok(())
    }
}

fn fields(value: &Json, is_form: bool) -> Result<Vec<(String, Json)>, Failure> {
    match composite(value)? {
        Json::Object(members) => Ok(members),
        Json::Null => Ok(Vec::new()),
        // An empty object of a language whose maps are lists.
        Json::List(list) if list.is_empty() => Ok(Vec::new()),
        // A form with numbers for names.
        Json::List(list) if is_form => {
            Ok(list.into_iter().enumerate().map(|(number, value)| (number.to_string(), value)).collect())
        }
        _ => Err(Failure::bad_request("extdata must be an object")),
    }
}

fn names(value: &Json) -> Result<Option<Vec<String>>, Failure> {
    let bad = || Failure::bad_request("tags must be a list of texts");
    match composite(value)? {
        Json::Null => Ok(None),
        Json::Text(name) => Ok(Some(vec![name])),
        Json::List(list) => {
            list.iter().map(|tag| tag.as_text().map(str::to_owned)).collect::<Option<_>>().map(Some).ok_or_else(bad)
        }
        _ => Err(bad()),
    }
}

fn set(db: &Connection, entity: &str, record: i64, name: &str, value: &Json) -> Result<(), Failure> {
    if *value == Json::Null {
        let sql = "DELETE FROM _extdata WHERE entity = ?1 AND record = ?2 AND name = ?3";
        db.prepare_cached(sql)?.execute((entity, record, name))?;
        return Ok(());
    }
    let plain = text(value).unwrap_or_else(|| value.to_text());
    let number = plain.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let sql = "INSERT OR REPLACE INTO _extdata VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    db.prepare_cached(sql)?.execute((entity, record, name, plain, number, value.to_text()))?;
    Ok(())
}

fn tag(db: &Connection, entity: &str, record: i64, names: &[String]) -> Result<(), Failure> {
    // A tag that stands already stays; one that breaks a rule must fail, which OR IGNORE would hide.
    let sql = "INSERT INTO _tags VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    for name in names {
        db.prepare_cached(sql)?.execute((entity, record, name))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::extras::{extdata_sql, tags_sql};
    use crate::schema::Schema;
    use crate::store::{Mode, Store};
    use crate::switches::ExtdataValues;

    fn after(writes: &[&str]) -> Result<String, Failure> {
        let store = Store::open(None, Schema::embedded().unwrap()).unwrap();
        store.run(Mode::Write, |db| {
            for write in writes {
                let mut changes = Changes::default();
                for (name, value) in Json::parse(write.as_bytes()).unwrap().as_object().unwrap() {
                    assert!(changes.take(name, value, false)?);
                }
                changes.apply(db, "tickets", 1)?;
            }
            let sql = format!(
                "SELECT {} || {} FROM (SELECT 1 AS ID) t",
                extdata_sql("tickets", "t", ExtdataValues::Text),
                tags_sql("tickets", "t")
            );
            Ok(db.query_row(&sql, [], |row| row.get(0))?)
        })
    }

    #[test]
    fn custom_fields_are_set_and_removed_one_by_one() {
        let writes = [r#"{"extdata":{"tier":"gold","size":4}}"#, r#"{"extdata":{"size":null,"new":true}}"#];
        assert_eq!(after(&writes).unwrap(), r#"{"new":"1","tier":"gold"}[]"#);
    }

    #[test]
    fn tags_are_replaced_added_and_removed() {
        let writes = [r#"{"tags":["b","a/x"]}"#, r#"{"+tags":["c","b"],"-tags":["a/x","none"]}"#];
        assert_eq!(after(&writes).unwrap(), r#"{}["b","c"]"#);
        assert_eq!(after(&[r#"{"+tags":["x"]}"#, r#"{"tags":[]}"#]).unwrap(), "{}[]");
    }

    #[test]
    fn names_that_break_a_rule_are_refused() {
        for write in [r#"{"tags":["/a"]}"#, r#"{"tags":["a//b"]}"#, r#"{"tags":[" a"]}"#, r#"{"extdata":{"":1}}"#] {
            assert!(matches!(after(&[write]), Err(Failure::Rule)), "{write}");
        }
    }
}
