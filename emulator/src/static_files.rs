//! The files of a folder, beside the instance: so a page that is developed against the emulator has its origin, as it has that of
//! ZeyOS where a customer installs it. They are not part of the service: no fault meets them, and no log reports them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use axum::http::{Method, StatusCode, Uri, header};
use percent_encoding::percent_decode_str;

use crate::http::Reply;

/// The file that is served for its folder.
const INDEX: &str = "index.html";

/// Media types by the end of the name. A browser compiles WebAssembly while it loads only by its own type.
const TYPES: [(&str, &str); 9] = [
    ("css", "text/css; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/x-icon"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("wasm", "application/wasm"),
];

/// A folder with files to be served.
#[derive(Debug, Clone)]
pub(crate) struct StaticFiles(PathBuf);

impl StaticFiles {
    /// The folder, if it is one.
    pub(crate) fn of(folder: &Path) -> io::Result<Self> {
        if fs::metadata(folder)?.is_dir() {
            Ok(Self(folder.to_owned()))
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    /// Answers a request for a path outside of the instance.
    pub(crate) fn answer(&self, method: &Method, uri: &Uri) -> Reply {
        if method != Method::GET && method != Method::HEAD {
            return Reply::text(StatusCode::METHOD_NOT_ALLOWED, "pages are read").with(header::ALLOW, "GET, HEAD");
        }
        let Some(file) = self.file(uri.path()) else { return missing() };
        let Some(body) = self.read(&file) else { return missing() };
        let reply = Reply { status: StatusCode::OK, headers: Vec::new(), body };
        // Whoever builds a page wants the one that was built last.
        let reply = reply.with(header::CACHE_CONTROL, "no-cache").with(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        reply.with(header::CONTENT_TYPE, media_type(&file))
    }

    /// The file of a path: below the folder, whatever the path says.
    fn file(&self, path: &str) -> Option<PathBuf> {
        let path = percent_decode_str(path.strip_prefix('/')?).decode_utf8().ok()?;
        let mut file = self.0.clone();
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            if segment.starts_with('.') || segment.contains(['\\', ':', '\0']) {
                return None;
            }
            file.push(segment);
        }
        // Without its slash, what a page names beside itself would be looked for in the folder above.
        if path.is_empty() || path.ends_with('/') {
            file.push(INDEX);
        }
        Some(file)
    }

    /// What the file holds: that of the folder which a link leads to, and of no other one. The folder itself may be a link that leads
    /// elsewhere after each build.
    fn read(&self, file: &Path) -> Option<Vec<u8>> {
        let file = fs::canonicalize(file).ok()?;
        let below = file.strip_prefix(fs::canonicalize(&self.0).ok()?).ok()?;
        if below.iter().any(|segment| segment.as_encoded_bytes().starts_with(b".")) {
            return None;
        }
        fs::read(file).ok()
    }
}

fn media_type(file: &Path) -> &'static str {
    let end = file.extension().and_then(|end| end.to_str()).unwrap_or_default();
    TYPES.iter().find(|(known, _)| *known == end).map_or("application/octet-stream", |(_, media_type)| media_type)
}

fn missing() -> Reply {
    Reply::text(StatusCode::NOT_FOUND, "no such page")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("zeyos-emulator-pages-{name}-{}", std::process::id()));
            fs::create_dir_all(path.join("site/board")).unwrap();
            fs::write(path.join("secret"), "secret").unwrap();
            fs::write(path.join("site/.env"), "secret").unwrap();
            fs::write(path.join("site/board/index.html"), "<p>").unwrap();
            fs::write(path.join("site/a b.wasm"), "wasm").unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn files_are_served_by_their_type_and_nothing_beside_their_folder_is() {
        let folder = Folder::new("types");
        let pages = StaticFiles::of(&folder.0.join("site")).unwrap();
        let get = |path: &str| pages.answer(&Method::GET, &path.parse().unwrap());
        for (path, body, media_type) in
            [("/board/", "<p>", "text/html; charset=utf-8"), ("/a%20b.wasm?x=1", "wasm", "application/wasm")]
        {
            let reply = get(path);
            let header = reply.headers.iter().find(|(name, _)| name == header::CONTENT_TYPE);
            assert_eq!((reply.status, reply.body.as_slice()), (StatusCode::OK, body.as_bytes()), "{path}");
            assert_eq!(header.map(|(_, value)| value.as_str()), Some(media_type), "{path}");
        }
        for path in [
            "/",
            "/board",
            "/none",
            "/../secret",
            "/%2e%2e/secret",
            "/..%2fsecret",
            "/board/..%5c..%5csecret",
            "/.env",
            "/a%00",
        ] {
            assert_eq!(get(path).status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(pages.answer(&Method::PUT, &"/board/".parse().unwrap()).status, StatusCode::METHOD_NOT_ALLOWED);
        assert!(
            StaticFiles::of(&folder.0.join("secret")).is_err() && StaticFiles::of(&folder.0.join("nowhere")).is_err()
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_served_that_stays_in_the_folder_and_none_that_leaves_it() {
        use std::os::unix::fs::symlink;

        let folder = Folder::new("links");
        let site = folder.0.join("site");
        for (target, name) in [
            ("a b.wasm", "same.wasm"),
            ("board", "again"),
            ("../secret", "out"),
            ("..", "up"),
            (".env", "env"),
            ("nowhere", "gone"),
            ("round", "round"),
        ] {
            symlink(target, site.join(name)).unwrap();
        }
        symlink(folder.0.join("secret"), site.join("board/absolute")).unwrap();
        symlink("site", folder.0.join("current")).unwrap();
        for served in [&site, &folder.0.join("current")] {
            let pages = StaticFiles::of(served).unwrap();
            let get = |path: &str| pages.answer(&Method::GET, &path.parse().unwrap());
            for (path, body) in [("/same.wasm", "wasm"), ("/again/", "<p>"), ("/board/", "<p>")] {
                assert_eq!(get(path).body, body.as_bytes(), "{path}");
            }
            for path in ["/out", "/up/secret", "/env", "/gone", "/round", "/board/absolute", "/again/absolute"] {
                assert_eq!(get(path).status, StatusCode::NOT_FOUND, "{path}");
            }
        }
    }
}
