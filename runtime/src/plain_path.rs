//! Paths that mean to every server what they say.

/// Encoded segments (RFC 3986, section 3.3), none of which leads elsewhere.
pub fn is_plain_path(path: &str) -> bool {
    let is_encoded = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@%".contains(&byte));
    let mut decoded = path.as_bytes().to_vec();
    loop {
        // A server behind another one may decode once more.
        let next: Vec<u8> = percent_encoding::percent_decode(&decoded).collect();
        if next == decoded {
            break;
        }
        decoded = next;
    }
    let has_dots = decoded.split(|byte| b"/\\".contains(byte)).any(|segment| matches!(segment, b"." | b".."));
    let has_controls = decoded.iter().any(u8::is_ascii_control);
    path.starts_with('/') && is_encoded && !has_dots && !has_controls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_cannot_leave_the_service() {
        let odd =
            ["tickets", "", "/a/../b", "/a/%2e%2e/b", "/a%2f..%2fb", "/a%5c..", "/a?x=1", "/a#b", "/a\\b", "/./a"];
        for path in odd.into_iter().chain(["/tickets/{ID}", "/a b", "/ü", "/a\r\nb", "/a\0", "https://evil.example/a"])
        {
            assert!(!is_plain_path(path), "{path}");
        }
        for path in ["/tickets/7", "/files/a%20b", "/", "/x/..a"] {
            assert!(is_plain_path(path), "{path}");
        }
    }
}
