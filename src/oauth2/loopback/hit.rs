//! One request to the receiver: whether it is the answer of the login, and which page it gets. Nothing of a request is repeated.

use zeyos_core::Secret;

use super::super::Callback;

/// Where the answer is expected.
pub(super) struct Place {
    /// The redirect URI.
    pub uri: String,
    path: String,
    host: String,
    /// A browser leaves the port of http out.
    bare_host: Option<&'static str>,
}

/// What is to be done about a request.
pub(super) enum Verdict {
    /// It is the answer.
    Welcome(Box<Callback>),
    /// It is no request of HTTP/1, names another host, or is no answer to this login.
    Bad,
    /// It is for another path.
    Elsewhere,
    /// It is no GET.
    WrongMethod,
    /// It is longer than any answer is.
    TooLong,
}

impl Place {
    pub fn new(port: u16, path: &str) -> Self {
        let host = format!("127.0.0.1:{port}");
        // `Url` leaves the port of http out too, but here the text counts: both legs send the same.
        let bare_host = (port == 80).then_some("127.0.0.1");
        Place { uri: format!("http://{host}{path}"), path: path.to_owned(), host, bare_host }
    }

    /// Judges the head of a request.
    pub fn judge(&self, head: &str, state: &Secret) -> Verdict {
        let mut lines = head.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Verdict::Bad;
        };
        // A page of another name that was made to point here would send that name (DNS rebinding).
        if !version.starts_with("HTTP/1.") || !self.is_host(lines) {
            return Verdict::Bad;
        }
        if method != "GET" {
            return Verdict::WrongMethod;
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path != self.path {
            return Verdict::Elsewhere;
        }
        match Callback::parse(query) {
            Ok(callback) if callback.state.as_ref() == Some(state) => Verdict::Welcome(Box::new(callback)),
            _ => Verdict::Bad,
        }
    }

    /// Whether exactly one Host header is there, and names this place.
    fn is_host<'a>(&self, lines: impl Iterator<Item = &'a str>) -> bool {
        let fields = lines.filter_map(|line| line.split_once(':'));
        let mut hosts = fields.filter(|(name, _)| name.eq_ignore_ascii_case("host")).map(|(_, value)| value.trim());
        let named = hosts.next().filter(|host| *host == self.host || Some(*host) == self.bare_host);
        named.is_some() && hosts.next().is_none()
    }
}

impl Verdict {
    /// The whole answer.
    pub fn page(&self) -> String {
        let (status, text) = match self {
            Verdict::Welcome(_) => {
                ("200 OK", "The answer has arrived. You can close this page and go back to the program.")
            }
            Verdict::Bad => ("400 Bad Request", "This is not the answer to the login that is waited for here."),
            Verdict::Elsewhere => ("404 Not Found", "There is nothing here."),
            Verdict::WrongMethod => ("405 Method Not Allowed\r\nAllow: GET", "Only GET is answered here."),
            Verdict::TooLong => ("431 Request Header Fields Too Large", "The request is too long."),
        };
        let page = format!("<!doctype html><meta charset=\"utf-8\"><title>Login</title><p>{text}</p>\n");
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
             Referrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\n\
             X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{page}",
            page.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(head: &str) -> String {
        let verdict = Place::new(5000, "/callback").judge(head, &"right".into());
        verdict.page()[9..12].to_owned()
    }

    #[test]
    fn only_the_answer_to_this_login_is_welcome() {
        let host = "Host: 127.0.0.1:5000";
        let good = |rest: &str| format!("GET /callback?code=c&state=right{rest} HTTP/1.1\r\n{host}");
        assert_eq!(status(&good("")), "200");
        assert_eq!(status(&good("").replace("Host", "hOsT")), "200");
        assert_eq!(status(&good("").replace("code=c", "error=access_denied")), "200");
        for odd in [
            good("").replace("right", "wrong"),
            good("").replace("right", "RIGHT"),
            good("").replace("&state=right", ""),
            good("&state=right"),
            good("").replace("127.0.0.1:5000", "evil.example:5000"),
            good("").replace("127.0.0.1:5000", "127.0.0.1:5001"),
            good("").replace("127.0.0.1:5000", "localhost:5000"),
            good("").replace(host, "Accept: */*"),
            format!("{}\r\n{host}", good("")),
            good("").replace("HTTP/1.1", "HTTP/2"),
            good("").replace("GET /callback", "GET  /callback"),
            String::new(),
        ] {
            assert_eq!(status(&odd), "400", "{odd}");
        }
        for method in ["POST", "HEAD", "OPTIONS", "get"] {
            assert_eq!(status(&good("").replace("GET", method)), "405");
        }
        for path in ["/", "/callback/", "/Callback", "/favicon.ico", "//callback", "http://127.0.0.1:5000/callback"] {
            assert_eq!(status(&good("").replace("/callback", path)), "404", "{path}");
        }
    }

    #[test]
    fn nothing_of_a_request_is_repeated() {
        let head =
            "GET /callback?code=hunter2&state=<script>&error=hunter2 HTTP/1.1\r\nHost: 127.0.0.1:5000\r\nX: hunter2";
        let page = Place::new(5000, "/callback").judge(head, &"<script>".into()).page();
        assert!(page.starts_with("HTTP/1.1 200") && !page.contains("hunter2") && !page.contains("script"));
    }
}
