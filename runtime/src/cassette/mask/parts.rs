//! Bodies of several parts (RFC 7578), whose boundary is another one each time.

use super::Mask;
use super::known::{HIDDEN, Stand};

/// What stands for the boundary.
const BOUNDARY: &str = "boundary";

/// The boundary that a media type names (RFC 2046, section 5.1.1).
pub(in crate::cassette) fn boundary(media_type: &str) -> Option<&str> {
    let (kind, parameters) = media_type.split_once(';')?;
    let is_multipart = kind.trim_start().get(..10).is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/"));
    let mut values = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    let value = values.find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))?.1.trim().trim_matches('"');
    Some(value).filter(|value| is_multipart && !value.is_empty())
}

/// The same with a boundary that is always the same.
pub(in crate::cassette) fn with_one_boundary(media_type: &str) -> String {
    boundary(media_type).map_or_else(|| media_type.to_owned(), |boundary| media_type.replace(boundary, BOUNDARY))
}

impl Mask {
    /// The parts without secrets.
    pub(in crate::cassette) fn parts(&mut self, boundary: &str, body: &str) -> String {
        let parts: Vec<_> = body.split(&format!("--{boundary}")).map(|part| self.part(part)).collect();
        parts.join(&format!("--{BOUNDARY}"))
    }

    fn part(&mut self, part: &str) -> String {
        let Some((head, content)) = part.split_once("\r\n\r\n") else {
            return self.known.everywhere(part, Stand::Same).into_owned();
        };
        let (content, end) = content.strip_suffix("\r\n").map_or((content, ""), |content| (content, "\r\n"));
        let name = head.split(';').filter_map(|parameter| parameter.trim().strip_prefix("name=")).next();
        let name = name.and_then(|name| name.lines().next()).unwrap_or_default().trim().trim_matches('"');
        let content = if self.is_parameter(name) {
            self.learn(name, content);
            HIDDEN.to_owned()
        } else {
            self.inner(content, Stand::Same, 0)
        };
        format!("{}\r\n\r\n{content}{end}", self.known.everywhere(head, Stand::Same))
    }
}
