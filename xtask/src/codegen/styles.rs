//! The styles that the specification defines: where each may stand, and what holds where a document does not say (OpenAPI 3.0.3, sections
//! 4.7.12.2 and 4.7.15.1). How each is spelled is known to the core alone.

/// Not a style but the content of a parameter.
pub(super) const JSON: &str = "json";

/// The styles of parameters in a place, that without a word first; nothing where there is no such place. Members of forms and of parts
/// have those of a query.
pub(super) fn of(location: &str) -> Option<&'static [&'static str]> {
    Some(match location {
        "path" => &["simple", "label", "matrix"],
        "query" => &["form", "spaceDelimited", "pipeDelimited", "deepObject"],
        "header" => &["simple"],
        "cookie" => &["form"],
        _ => return None,
    })
}

/// Whether a style is exploded where the document does not say. Of `deepObject` there is no other form.
pub(super) fn is_exploded(style: &str) -> bool {
    matches!(style, "form" | "deepObject")
}
