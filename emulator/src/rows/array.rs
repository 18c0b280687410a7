//! Database arrays as PostgreSQL writes them: `{a,"b c",NULL}`. Between that text and lists, nothing else.

use crate::json::Json;

/// The entries of an array text, null where NULL stands; none if the text is not an array.
pub(crate) fn parse(text: &str) -> Option<Vec<Option<String>>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut entries = Vec::new();
    if inner.trim().is_empty() {
        return Some(entries);
    }
    let mut rest = inner;
    loop {
        let (entry, after) = entry(rest.trim_start())?;
        entries.push(entry);
        match after.trim_start() {
            "" => return Some(entries),
            more => rest = more.strip_prefix(',')?,
        }
    }
}

/// One entry and what follows it.
fn entry(text: &str) -> Option<(Option<String>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(',').unwrap_or(text.len());
        let word = text[..end].trim_end();
        let plain = !word.is_empty() && !word.contains(['{', '}', '"', '\\']);
        return plain.then(|| (Some(word.to_owned()).filter(|word| !word.eq_ignore_ascii_case("null")), &text[end..]));
    };
    let mut out = String::new();
    let mut characters = quoted.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Some((Some(out), &quoted[index + 1..])),
            '\\' => out.push(characters.next()?.1),
            other => out.push(other),
        }
    }
    None
}

/// The text of an array.
pub(crate) fn write(entries: &[Option<String>]) -> String {
    let entries: Vec<String> =
        entries.iter().map(|entry| entry.as_deref().map_or("NULL".to_owned(), element)).collect();
    format!("{{{}}}", entries.join(","))
}

fn element(text: &str) -> String {
    let special = |c: char| matches!(c, '{' | '}' | ',' | '"' | '\\') || c.is_whitespace();
    if !text.is_empty() && !text.contains(special) && !text.eq_ignore_ascii_case("null") {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The list that an array text stands for. Entries of number arrays are numbers.
pub(crate) fn to_list(text: &str, numbers: bool) -> Json {
    let entries = parse(text).unwrap_or_default().into_iter().map(|entry| match entry {
        None => Json::Null,
        Some(word) if numbers => word.parse().map_or(Json::Text(word), Json::Int),
        Some(word) => Json::Text(word),
    });
    Json::List(entries.collect())
}

/// The array text of a list of plain values; none if it holds others.
pub(crate) fn from_list(list: &[Json], numbers: bool) -> Option<String> {
    let entries = list.iter().map(|entry| match entry {
        Json::Null => Some(None),
        Json::Int(number) => Some(Some(number.to_string())),
        Json::Text(text) if !numbers || text.parse::<i64>().is_ok() => Some(Some(text.clone())),
        _ => None,
    });
    Some(write(&entries.collect::<Option<Vec<_>>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_survive_the_way_there_and_back() {
        let list = vec![
            Some("a".to_owned()),
            None,
            Some(String::new()),
            Some("b \"c\", {\\}".to_owned()),
            Some("null".to_owned()),
        ];
        let text = write(&list);
        assert_eq!(text, r#"{a,NULL,"","b \"c\", {\\}","null"}"#);
        assert_eq!(parse(&text), Some(list));
    }

    #[test]
    fn blanks_around_entries_do_not_count() {
        assert_eq!(parse("{ a , b }"), Some(vec![Some("a".to_owned()), Some("b".to_owned())]));
        assert_eq!(parse("{}"), Some(Vec::new()));
    }

    #[test]
    fn text_that_is_no_array_is_refused() {
        for text in ["", "a,b", "{a", "{a,}", "{\"a}", "{{a},{b}}", "{a}b"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn number_arrays_hold_numbers() {
        assert_eq!(to_list("{1,NULL,2}", true).to_text(), "[1,null,2]");
        assert_eq!(from_list(&[Json::Int(1), "2".into()], true).as_deref(), Some("{1,2}"));
        assert_eq!(from_list(&["x".into()], true), None);
        assert_eq!(from_list(&[Json::List(Vec::new())], false), None);
    }
}
