//! The ways in which a request can grow.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};

pub(super) const JSON: &str = "application/json";
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// A request that grows.
pub(super) struct Case {
    pub name: &'static str,
    /// The smallest size; the largest is eight times that.
    pub size: usize,
    /// The request of a size.
    pub sent: fn(usize) -> Sent,
    /// The status of its answer at every size.
    pub status: u16,
}

/// What is sent beside the credentials.
pub(super) struct Sent {
    pub method: Method,
    pub target: String,
    pub media_type: &'static str,
    pub headers: HeaderMap,
    pub body: String,
}

impl Sent {
    fn new(method: Method, target: &str, media_type: &'static str, body: String) -> Self {
        Self { method, target: target.to_owned(), media_type, headers: HeaderMap::new(), body }
    }

    fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.insert(name, HeaderValue::from_str(value).unwrap());
        self
    }
}

/// A list of tickets.
fn list(members: &str) -> Sent {
    Sent::new(Method::POST, "/api/v1/tickets", JSON, format!("{{{members}}}"))
}

fn form_list(members: String) -> Sent {
    Sent::new(Method::POST, "/api/v1/tickets", FORM, members)
}

fn created(members: &str) -> Sent {
    Sent::new(Method::PUT, "/api/v1/tickets", JSON, format!("{{{members}}}"))
}

/// So many parts, each with its number.
fn many(size: usize, joint: &str, part: impl Fn(usize) -> String) -> String {
    (0..size).map(part).collect::<Vec<_>>().join(joint)
}

fn group(word: &str, operands: &str) -> Sent {
    list(&format!(r#""filters":{{"0":["{word}",{operands}]}}"#))
}

/// A filter in so many groups.
fn nested(depth: usize) -> String {
    format!("{}{{\"status\":0}}{}", r#"{"0":["NOT","#.repeat(depth), "]}".repeat(depth))
}

pub(super) const CASES: &[Case] = &[
    Case {
        name: "OR over one custom field",
        size: 1000,
        sent: |size| group("OR", &many(size, ",", |n| format!(r#"{{"extdata.f0":"w{n}"}}"#))),
        status: 200,
    },
    Case {
        name: "OR over one custom field, always the same value",
        size: 1000,
        sent: |size| group("OR", &many(size, ",", |_| r#"{"extdata.f0":"v"}"#.to_owned())),
        status: 200,
    },
    Case {
        name: "OR over many custom fields",
        size: 7,
        sent: |size| group("OR", &many(size, ",", |n| format!(r#"{{"extdata.f{n}":"w"}}"#))),
        status: 200,
    },
    Case {
        name: "AND over one custom field",
        size: 120,
        sent: |size| group("AND", &many(size, ",", |_| r#"{"extdata.f0":"v"}"#.to_owned())),
        status: 200,
    },
    Case {
        name: "OR of comparisons",
        size: 60,
        sent: |size| group("OR", &many(size, ",", |n| format!(r#"{{"priority":{{">":{}}}}}"#, n + 9))),
        status: 200,
    },
    Case {
        name: "OR of comparisons of custom fields beyond the bound",
        size: 2000,
        sent: |size| group("OR", &many(size, ",", |n| format!(r#"{{"extdata.f0":{{"!=":"w{n}"}}}}"#))),
        status: 400,
    },
    Case {
        name: "groups of one filter",
        size: 60,
        sent: |size| list(&format!(r#""filters":{{{}}}"#, many(size, ",", |n| format!(r#""{n}":["OR",{{"ID":1}}]"#)))),
        status: 200,
    },
    Case {
        name: "one path with many operators",
        size: 120,
        sent: |size| list(&format!(r#""filters":{{"name":{{{}}}}}"#, many(size, ",", |n| format!(r#""!=":"x{n}""#)))),
        status: 200,
    },
    Case {
        name: "LIKE patterns",
        size: 10,
        sent: |size| group("OR", &many(size, ",", |n| format!(r#"{{"name":{{"~~*":"%x{n}%"}}}}"#))),
        status: 200,
    },
    Case {
        name: "regular expressions",
        size: 10,
        sent: |size| group("OR", &many(size, ",", |n| format!(r#"{{"name":{{"~*":"[[:alpha:]]+x{n}$"}}}}"#))),
        status: 200,
    },
    Case {
        name: "regular expressions beyond the bound",
        size: 200,
        sent: |size| group("OR", &many(size, ",", |n| format!(r#"{{"name":{{"~":"x{n}"}}}}"#))),
        status: 400,
    },
    Case {
        name: "one regular expression",
        size: 1000,
        sent: |size| list(&format!(r#""filters":{{"name":{{"~":"{}"}}}}"#, "(a|b)?c".repeat(size / 7))),
        status: 200,
    },
    Case {
        name: "one regular expression beyond the bound",
        size: 20_000,
        sent: |size| list(&format!(r#""filters":{{"name":{{"~":"{}"}}}}"#, "[".repeat(size))),
        status: 400,
    },
    Case {
        name: "one LIKE pattern",
        size: 250,
        sent: |size| list(&format!(r#""filters":{{"description":{{"~~":"{}b"}}}}"#, "%a".repeat(size / 2))),
        status: 200,
    },
    Case {
        name: "words of a query",
        size: 120,
        sent: |size| list(&format!(r#""query":"{}""#, many(size, " ", |n| format!("w{n}")))),
        status: 200,
    },
    Case {
        name: "one word of a query",
        size: 10_000,
        sent: |size| list(&format!(r#""query":"{}""#, "a".repeat(size))),
        status: 200,
    },
    Case {
        name: "depth of groups",
        size: 12,
        sent: |size| list(&format!(r#""filters":{}"#, nested(size))),
        status: 200,
    },
    Case {
        name: "depth of groups beyond the bound",
        size: 12_500,
        sent: |size| list(&format!(r#""filters":{}"#, nested(size))),
        status: 400,
    },
    Case {
        name: "depth of lists",
        size: 12_500,
        sent: |size| list(&format!(r#""x":{}{}"#, "[".repeat(size), "]".repeat(size))),
        status: 400,
    },
    Case {
        name: "depth of brackets",
        size: 12_500,
        sent: |size| form_list(format!("filters{}=1", "[0]".repeat(size))),
        status: 400,
    },
    Case {
        name: "numbers of an IN list",
        size: 4000,
        sent: |size| list(&format!(r#""filters":{{"ID":{{"IN":[{}]}}}}"#, many(size, ",", |n| (n * 7).to_string()))),
        status: 200,
    },
    Case {
        name: "texts of a list of a custom field",
        size: 4000,
        sent: |size| {
            let texts = many(size, ",", |n| format!(r#""w{n}""#));
            list(&format!(r#""filters":{{"extdata.f1":{{"!IN":[{texts}]}}}}"#))
        },
        status: 200,
    },
    Case {
        name: "IN lists",
        size: 60,
        sent: |size| group("OR", &many(size, ",", |n| format!(r#"{{"priority":{{"IN":[{},90]}}}}"#, n + 9))),
        status: 200,
    },
    Case {
        name: "names of fields",
        size: 120,
        sent: |size| list(&format!(r#""limit":1,"fields":{{{}}}"#, many(size, ",", |n| format!(r#""n{n}":"name""#)))),
        status: 200,
    },
    Case {
        name: "names of fields that are custom",
        size: 120,
        sent: |size| {
            list(&format!(r#""limit":1,"fields":{{{}}}"#, many(size, ",", |n| format!(r#""n{n}":"extdata.f{n}""#))))
        },
        status: 200,
    },
    Case {
        name: "names of fields beyond the bound",
        size: 10_000,
        sent: |size| list(&format!(r#""fields":[{}]"#, many(size, ",", |n| format!(r#""f{n}""#)))),
        status: 400,
    },
    Case {
        name: "the same name of a field",
        size: 10_000,
        sent: |size| list(&format!(r#""fields":[{}]"#, many(size, ",", |_| r#""ID""#.to_owned()))),
        status: 400,
    },
    Case {
        name: "names to sort by",
        size: 10_000,
        sent: |size| list(&format!(r#""sort":[{}]"#, many(size, ",", |n| format!(r#""-f{n}""#)))),
        status: 400,
    },
    Case {
        name: "the same name to sort by",
        size: 10,
        sent: |size| list(&format!(r#""sort":[{}]"#, many(size, ",", |_| r#""name""#.to_owned()))),
        status: 200,
    },
    Case {
        name: "names to expand",
        size: 10_000,
        sent: |size| list(&format!(r#""expand":[{}]"#, many(size, ",", |n| format!(r#""f{n}""#)))),
        status: 400,
    },
    Case {
        name: "the same name to expand",
        size: 120,
        sent: |size| list(&format!(r#""limit":1,"expand":[{}]"#, many(size, ",", |_| r#""billingitems""#.to_owned()))),
        status: 200,
    },
    Case {
        name: "members that are not known",
        size: 120,
        sent: |size| list(&many(size, ",", |n| format!(r#""m{n}":1"#))),
        status: 200,
    },
    Case {
        name: "members that are not known, too many",
        size: 10_000,
        sent: |size| list(&many(size, ",", |n| format!(r#""m{n}":1"#))),
        status: 400,
    },
    Case {
        name: "members of one name",
        size: 120,
        sent: |size| list(&many(size, ",", |n| format!(r#""limit":{}"#, n + 1))),
        status: 200,
    },
    Case {
        name: "members of one name, too many",
        size: 10_000,
        sent: |size| list(&many(size, ",", |n| format!(r#""limit":{}"#, n + 1))),
        status: 400,
    },
    Case {
        name: "keys of a form",
        size: 120,
        sent: |size| form_list(many(size, "&", |n| format!("k{n}={n}"))),
        status: 200,
    },
    Case {
        name: "keys of a form, too many",
        size: 10_000,
        sent: |size| form_list(many(size, "&", |n| format!("k{n}={n}"))),
        status: 400,
    },
    Case {
        name: "one key of a form",
        size: 10_000,
        sent: |size| form_list(format!("limit=1&{}", many(size, "&", |n| format!("k={n}")))),
        status: 200,
    },
    Case {
        name: "bracket keys of a form",
        size: 120,
        sent: |size| form_list(format!("limit=1&{}", many(size, "&", |n| format!("fields[n{n}]=ID")))),
        status: 200,
    },
    Case {
        name: "entries of a form's list",
        size: 4000,
        sent: |size| form_list(many(size, "&", |n| format!("filters[ID][IN][]={n}"))),
        status: 200,
    },
    Case {
        name: "bracket keys of a form that cannot be placed",
        size: 10_000,
        sent: |size| form_list(many(size, "&", |n| format!("k{n}[a]=1"))),
        status: 400,
    },
    Case {
        name: "columns of a write that are not known",
        size: 10_000,
        sent: |size| created(&format!(r#""name":"a",{}"#, many(size, ",", |n| format!(r#""c{n}":1"#)))),
        status: 400,
    },
    Case {
        name: "a column of a write again and again",
        size: 120,
        sent: |size| created(&many(size, ",", |n| format!(r#""name":"n{n}""#))),
        status: 201,
    },
    Case {
        name: "a column of a write again and again, too many",
        size: 10_000,
        sent: |size| created(&many(size, ",", |n| format!(r#""name":"n{n}""#))),
        status: 400,
    },
    Case {
        name: "custom fields of a write",
        size: 500,
        sent: |size| {
            created(&format!(r#""name":"a","extdata":{{{}}}"#, many(size, ",", |n| format!(r#""x{n}":"{n}""#))))
        },
        status: 201,
    },
    Case {
        name: "tags of a write",
        size: 500,
        sent: |size| created(&format!(r#""name":"a","tags":[{}]"#, many(size, ",", |n| format!(r#""t{n}""#)))),
        status: 201,
    },
    Case {
        name: "a long text",
        size: 100_000,
        sent: |size| created(&format!(r#""name":"a","description":"{}""#, "x".repeat(size))),
        status: 201,
    },
    Case {
        name: "a long text of escapes",
        size: 20_000,
        sent: |size| created(&format!(r#""name":"a","description":"{}x""#, r"\u00e9\n".repeat(size))),
        status: 201,
    },
    Case {
        name: "a large file",
        size: 100_000,
        sent: |size| {
            let content = "QUFB".repeat(size / 4);
            Sent::new(
                Method::PUT,
                "/api/v1/notes",
                JSON,
                format!(r#"{{"name":"a","binfile":{{"content":"{content}"}}}}"#),
            )
        },
        status: 201,
    },
    Case {
        name: "custom fields of a form",
        size: 500,
        sent: |size| {
            let fields = many(size, "&", |n| format!("extdata[x{n}]={n}"));
            Sent::new(Method::PUT, "/api/v1/tickets", FORM, format!("name=a&{fields}"))
        },
        status: 201,
    },
    Case {
        name: "empty filters of a group",
        size: 2000,
        sent: |size| group("AND", &many(size, ",", |_| "{}".to_owned())),
        status: 400,
    },
    Case {
        name: "columns of an export",
        size: 120,
        sent: |size| {
            let fields = many(size, ",", |n| format!(r#""n{n}":"extdata.f{}""#, n % 7));
            list(&format!(r#""export":true,"limit":1,"fields":{{{fields}}}"#))
        },
        status: 200,
    },
    Case {
        name: "custom fields of rows that differ",
        size: 7,
        sent: |size| {
            let fields = many(size, ",", |n| format!(r#""extdata.f{n}""#));
            list(&format!(r#""distinct":true,"fields":[{fields}]"#))
        },
        status: 200,
    },
    Case {
        name: "members of a login",
        size: 120,
        sent: |size| {
            let body = format!("name=demo&password=no&identifier=a&{}", many(size, "&", |n| format!("p{n}={n}")));
            Sent::new(Method::POST, "/auth/v1/login", FORM, body)
        },
        status: 401,
    },
    Case {
        name: "members of a login, too many",
        size: 5000,
        sent: |size| {
            let body = format!("name=demo&password=no&identifier=a&{}", many(size, "&", |n| format!("p{n}={n}")));
            Sent::new(Method::POST, "/auth/v1/login", FORM, body)
        },
        status: 400,
    },
    Case {
        name: "a long password",
        size: 20_000,
        sent: |size| {
            let body = format!("name=demo&password={}&identifier=a", "p".repeat(size));
            Sent::new(Method::POST, "/auth/v1/login", FORM, body)
        },
        status: 401,
    },
    Case {
        name: "parameters of an authorization request",
        size: 600,
        sent: |size| {
            let query = many(size, "&", |n| format!("p{n}={n}"));
            Sent::new(Method::GET, &format!("/oauth2/v1/authorize?{query}"), JSON, String::new())
        },
        status: 303,
    },
    Case {
        name: "parameters of the query",
        size: 600,
        sent: |size| {
            let query = many(size, "&", |n| format!("q{n}={n}"));
            Sent::new(Method::GET, &format!("/api/v1/tickets/1?{query}"), JSON, String::new())
        },
        status: 200,
    },
    Case {
        name: "entries of expand in the query",
        size: 100,
        sent: |size| {
            let query = many(size, "&", |n| format!("expand[{n}]=billingitems"));
            Sent::new(Method::GET, &format!("/api/v1/tickets/1?{query}"), JSON, String::new())
        },
        status: 200,
    },
    Case {
        name: "segments of the path",
        size: 2000,
        sent: |size| Sent::new(Method::GET, &format!("/api/v1{}", "/a".repeat(size)), JSON, String::new()),
        status: 404,
    },
    Case {
        name: "entity tags of a condition",
        size: 500,
        sent: |size| {
            let tags = many(size, ",", |n| format!(r#""{n:032x}""#));
            Sent::new(Method::GET, "/api/v1/tickets/1", JSON, String::new()).with(header::IF_NONE_MATCH, &tags)
        },
        status: 200,
    },
    Case {
        name: "cookies",
        size: 500,
        sent: |size| {
            let cookies = many(size, "; ", |n| format!("c{n}={n}"));
            Sent::new(Method::GET, "/api/v1/tickets/1", JSON, String::new()).with(header::COOKIE, &cookies)
        },
        status: 200,
    },
    Case {
        name: "parameters of a token request",
        size: 120,
        sent: |size| {
            let body = format!("grant_type=refresh_token&{}", many(size, "&", |n| format!("p{n}={n}")));
            Sent::new(Method::POST, "/oauth2/v1/token", FORM, body)
        },
        status: 401,
    },
    Case {
        name: "parameters of a token request, too many",
        size: 5000,
        sent: |size| {
            let body = format!("grant_type=refresh_token&{}", many(size, "&", |n| format!("p{n}={n}")));
            Sent::new(Method::POST, "/oauth2/v1/token", FORM, body)
        },
        status: 400,
    },
    Case {
        name: "a long token",
        size: 10_000,
        sent: |size| {
            let body = format!("grant_type=refresh_token&refresh_token={}", "a".repeat(size));
            Sent::new(Method::POST, "/oauth2/v1/token", FORM, body)
        },
        status: 401,
    },
];
