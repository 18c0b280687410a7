//! Media types (RFC 9110, section 8.3.1): the one place that takes them apart. Type and subtype are the same in any capitals.

/// Type and subtype, without parameters.
pub(super) fn bare(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The one spelling of a media type: type and subtype in lower case, parameters as they are.
pub(super) fn spelled(media_type: &str) -> String {
    match media_type.split_once(';') {
        Some((_, parameters)) => format!("{};{}", bare(media_type), parameters.trim_end()),
        None => bare(media_type),
    }
}

/// Whether a media type is JSON, or made of it (RFC 6839, section 3.1).
pub(super) fn is_json(media_type: &str) -> bool {
    let bare = bare(media_type);
    ["application/json", "text/json"].contains(&bare.as_str()) || bare.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_and_parameters_make_no_other_type() {
        for media_type in
            ["Application/JSON", "application/json; charset=UTF-8", " text/json ", "application/HAL+json;v=2"]
        {
            assert!(is_json(media_type), "{media_type}");
        }
        for media_type in ["application/jsonl", "text/plain", "json", "", "application/json+xml"] {
            assert!(!is_json(media_type), "{media_type}");
        }
        assert_eq!(spelled("Text/Plain; Charset=UTF-8 "), "text/plain; Charset=UTF-8");
        assert_eq!(spelled(" IMAGE/* "), "image/*");
    }
}
