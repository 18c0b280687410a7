//! One request to the receiver: whether it is the callback of the login, and which page it gets. Nothing of a request is repeated.

use zeyos_core::Secret;

use super::start::Start;
use crate::oauth2::Callback;

/// Where the answer is expected.
pub(super) struct RedirectEndpoint {
    /// The redirect URI.
    pub uri: String,
    path: String,
    host: String,
    /// A browser leaves the port of http out.
    bare_host: Option<&'static str>,
}

/// The login that is waited for.
pub(super) struct Awaited {
    pub state: Secret,
    /// Where the login begins at the server.
    pub url: Secret,
    /// Its one-time address, if it has one: then only the browser that opened it may answer.
    pub start: Option<Start>,
}

/// The classification of a request.
pub(super) enum Verdict {
    /// It is the answer.
    Welcome(Box<Callback>),
    /// It is the first visit of the one-time address.
    Started,
    /// It is another visit of the one-time address, so someone else knows it.
    StartedAgain,
    /// It is not a request of HTTP/1, names another host, or is no answer to this login.
    Bad,
    /// It is for another path.
    Elsewhere,
    /// It is no GET.
    WrongMethod,
    /// It is longer than any answer is.
    TooLong,
}

impl RedirectEndpoint {
    pub(super) fn new(port: u16, path: &str) -> Self {
        let host = format!("127.0.0.1:{port}");
        // `Url` leaves the port of http out too, but here the text counts: both legs send the same.
        let bare_host = (port == 80).then_some("127.0.0.1");
        RedirectEndpoint { uri: format!("http://{host}{path}"), path: path.to_owned(), host, bare_host }
    }

    /// Classifies a request by its head.
    pub(super) fn classify(&self, head: &str, awaited: &Awaited) -> Verdict {
        let mut lines = head.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Verdict::Bad;
        };
        // A page of another name that was made to point here would send that name (DNS rebinding).
        if !version.starts_with("HTTP/1.") || !self.is_host(lines.clone()) {
            return Verdict::Bad;
        }
        if method != "GET" {
            return Verdict::WrongMethod;
        }
        if let Some(start) = awaited.start.as_ref().filter(|start| *start.path() == target.into()) {
            return if start.open() { Verdict::Started } else { Verdict::StartedAgain };
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path != self.path {
            return Verdict::Elsewhere;
        }
        let is_same_browser = awaited.start.as_ref().is_none_or(|start| start.is_carried(lines));
        match Callback::parse(query) {
            Ok(callback) if is_same_browser && callback.state.as_ref() == Some(&awaited.state) => {
                Verdict::Welcome(Box::new(callback))
            }
            _ => Verdict::Bad,
        }
    }

    /// The whole answer to a request.
    pub(super) fn page(&self, verdict: &Verdict, awaited: &Awaited) -> Secret {
        let (status, text) = verdict.words();
        let page = format!("<!doctype html><meta charset=\"utf-8\"><title>Login</title><p>{text}</p>\n");
        let further = match (verdict, &awaited.start) {
            (Verdict::Started, Some(start)) => {
                format!("Location: {}\r\n{}", awaited.url.expose(), start.cookie(&self.path))
            }
            (Verdict::Welcome(_) | Verdict::StartedAgain, Some(start)) => start.no_cookie(&self.path),
            (Verdict::WrongMethod, _) => "Allow: GET\r\n".to_owned(),
            _ => String::new(),
        };
        Secret::new(format!(
            "HTTP/1.1 {status}\r\n{further}Content-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
             Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\n\
             X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{page}",
            page.len()
        ))
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
    /// The status, and what the page says.
    fn words(&self) -> (&'static str, &'static str) {
        match self {
            Verdict::Welcome(_) => {
                ("200 OK", "The answer has arrived. You can close this page and go back to the program.")
            }
            Verdict::Started => ("303 See Other", "The login goes on at the server."),
            Verdict::StartedAgain => (
                "410 Gone",
                "This address works once, and was opened before: someone else may know it. The login has been ended. Go back to \
                 the program and begin a new one.",
            ),
            Verdict::Bad => ("400 Bad Request", "This is not the answer to the login that is waited for here."),
            Verdict::Elsewhere => ("404 Not Found", "There is nothing here."),
            Verdict::WrongMethod => ("405 Method Not Allowed", "Only GET is answered here."),
            Verdict::TooLong => ("431 Request Header Fields Too Large", "The request is too long."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn awaited(state: &str, start: Option<Start>) -> Awaited {
        Awaited { state: state.into(), url: "https://cloud.zeyos.com/demo/oauth2/v1/authorize?state=s".into(), start }
    }

    fn answered(head: &str, awaited: &Awaited) -> String {
        let endpoint = RedirectEndpoint::new(5000, "/callback");
        endpoint.page(&endpoint.classify(head, awaited), awaited).expose().to_owned()
    }

    fn status(head: &str) -> String {
        answered(head, &awaited("right", None))[9..12].to_owned()
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
        let page = answered(head, &awaited("<script>", None));
        assert!(page.starts_with("HTTP/1.1 200") && !page.contains("hunter2") && !page.contains("script"));
    }

    const HOST: &str = "Host: 127.0.0.1:5000";

    fn cookie_of(answer: &str) -> String {
        let line = answer.lines().find_map(|line| line.strip_prefix("Set-Cookie: ")).unwrap();
        line.split(';').next().unwrap().to_owned()
    }

    #[test]
    fn a6_there_are_two_paths_and_the_start_works_once() {
        let awaited = awaited("right", Some(Start::new(5000).unwrap()));
        let path = awaited.start.as_ref().unwrap().path().expose().to_owned();
        assert!(path.starts_with("/start/") && path.len() == 7 + 43);
        let get = |target: &str| format!("GET {target} HTTP/1.1\r\n{HOST}");
        // None of these uses it up.
        for (head, status) in [
            (get(&path).replace("GET", "POST"), "405"),
            (get(&path).replace("GET", "HEAD"), "405"),
            (get(&path).replace(HOST, "Host: evil.example"), "400"),
            (get(&format!("{path}x")), "404"),
            (get(&path[..path.len() - 1]), "404"),
            (get(&format!("{path}?x")), "404"),
            (get("/start/"), "404"),
            (get(&path.to_uppercase()), "404"),
        ] {
            assert_eq!(&answered(&head, &awaited)[9..12], status, "{head}");
        }
        let first = answered(&get(&path), &awaited);
        assert!(first.starts_with("HTTP/1.1 303 See Other\r\n"));
        assert!(first.contains("\r\nLocation: https://cloud.zeyos.com/demo/oauth2/v1/authorize?state=s\r\n"));
        let second = answered(&get(&path), &awaited);
        assert!(second.starts_with("HTTP/1.1 410 Gone\r\n") && !second.contains("Location"));
        assert!(!second.contains(&cookie_of(&first)));
    }

    #[test]
    fn fault_76_only_the_browser_that_began_may_answer() {
        let awaited = awaited("right", Some(Start::new(5000).unwrap()));
        let path = awaited.start.as_ref().unwrap().path().expose().to_owned();
        let callback = format!("GET /callback?code=c&state=right HTTP/1.1\r\n{HOST}");
        let status = |head: &str| answered(head, &awaited)[9..12].to_owned();
        assert_eq!(status(&callback), "400", "before the start");
        let started = answered(&format!("GET {path} HTTP/1.1\r\n{HOST}"), &awaited);
        let line = started.lines().find(|line| line.starts_with("Set-Cookie")).unwrap();
        let attributes: Vec<&str> = line.split("; ").skip(1).collect();
        assert_eq!(attributes, ["Path=/callback", "Max-Age=600", "HttpOnly", "SameSite=Lax"]);
        let cookie = cookie_of(&started);
        let (name, value) = cookie.split_once('=').unwrap();
        assert!(name == "zeyos-login-5000" && value.len() == 43);
        let other = Start::new(5000).unwrap();
        for odd in [
            String::new(),
            "Cookie: ".to_owned(),
            format!("Cookie: {name}="),
            format!("Cookie: {name}=x"),
            format!("Cookie: {value}"),
            format!("Cookie: {cookie}x"),
            format!("Cookie: x{cookie}"),
            format!("Cookie: {}", cookie.to_uppercase()),
            format!("Cookie: {cookie}; {cookie}"),
            format!("Cookie: {name}=x; {cookie}"),
            format!("Cookie: {cookie}\r\nCookie: {name}=x"),
            format!("X-Cookie: {cookie}"),
            format!("Cookie: {}", cookie_of(&other.cookie("/callback"))),
        ] {
            assert_eq!(status(&format!("{callback}\r\n{odd}")), "400", "{odd}");
        }
        for good in [
            format!("Cookie: {cookie}"),
            format!("cookie:{cookie}"),
            format!("Cookie: a=b; {cookie}; c"),
            format!("Cookie: zeyos-login-5001=x; {cookie}"),
            format!("Cookie: a=b\r\nAccept: */*\r\nCookie: {cookie}"),
        ] {
            let answer = answered(&format!("{callback}\r\n{good}"), &awaited);
            assert_eq!(&answer[9..12], "200", "{good}");
            assert!(answer.contains("Set-Cookie: zeyos-login-5000=; Path=/callback; Max-Age=0;"), "{answer}");
            assert_eq!(status(&format!("{}\r\n{good}", callback.replace("right", "wrong"))), "400");
        }
    }
}
