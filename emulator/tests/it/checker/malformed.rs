//! Spoils good requests: everything around the body's meaning that a client, a proxy or an attacker may get wrong.

use super::connection::Request;
use super::documents::{DOCUMENTS, Operation};
use super::plan::Plan;
use super::prng::Prng;
use super::world::World;

/// IDs that no record has, as they may stand in a path.
const IDS: [&str; 26] = [
    "0",
    "-1",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "99999999999999999999999999",
    "x",
    "1x",
    "1.0",
    "1e3",
    "0x1",
    "%2B1",
    "%20",
    "1%20",
    "%00",
    "1%00",
    "%0d%0a",
    "%ff%fe",
    "%ZZ",
    "%",
    "1%2F..",
    "%EF%BC%91",
    "1;drop",
    "'",
    "null",
    "1%20OR%201=1",
];

/// Bodies that are not a JSON object.
fn bodies() -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = [
        "{",
        "}",
        "{\"a\":1",
        "{\"a\":1}}",
        "{\"a\" 1}",
        "{a:1}",
        "{'a':1}",
        "[1]",
        "1",
        "\"text\"",
        "null",
        "true",
        "{\"a\":NaN}",
        "{\"a\":01}",
        "{\"a\":1,}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"line\nbreak\"}",
        "\u{feff}{}",
        "{} {}",
        " ",
        "<a/>",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    found.push(b"{\"a\":\"\xff\xfe\"}".to_vec());
    found.push([b"{\"a\":".repeat(5000), b"1".to_vec(), b"}".repeat(5000)].concat());
    found.push(b"[".repeat(100_000));
    found
}

/// A request that is spoiled in one way. Some ways change nothing that counts: those must succeed as before.
pub(super) fn spoil(prng: &mut Prng, world: &World, plan: Plan) -> Plan {
    let operation = plan.operation.unwrap();
    match prng.below(10) {
        0 | 1 if !operation.security.is_empty() => credential(prng, plan),
        2 => method(prng, plan),
        3 => path(prng, plan),
        4 if operation.body.is_some() && !plan.request.body.is_empty() => media_type(prng, plan),
        5 if operation.body.is_some() => body(prng, plan),
        6 if operation.path.contains("{ID}") => id(prng, world, operation),
        7 => spelling(prng, world, plan),
        8 => query(prng, plan),
        _ => headers(prng, plan),
    }
}

fn credential(prng: &mut Prng, plan: Plan) -> Plan {
    let long = "a".repeat(5000);
    let header = match prng.below(12) {
        0 => None,
        1 => Some(("Authorization", "Bearer")),
        2 => Some(("Authorization", "Bearer ")),
        3 => Some(("Authorization", "Bearer 0123456789abcdef0123456789abcdef01234567")),
        4 => Some(("Authorization", "Basic bm9ib2R5Ondyb25n")),
        5 => Some(("Authorization", "Basic ????")),
        6 => Some(("Authorization", "Digest username=\"demo\"")),
        7 => Some(("Authorization", "Bearer \u{e9}\u{1f980}")),
        8 => Some(("Authorization", long.as_str())),
        9 => Some(("Cookie", "ZEYOSID=")),
        10 => Some(("Cookie", "zeyosid=1; ZEYOSID")),
        _ => Some(("Cookie", "ZEYOSID=' OR 1=1 --; ZEYOSID=x")),
    };
    let request = plan.request.clone().without("authorization").without("cookie");
    let request = header.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    // The token endpoints read the body first, and may find the client's pair there.
    let basic = plan.operation.unwrap().security.iter().any(|scheme| scheme == "basic");
    if basic {
        return super::sign_in::wrong_pair(plan);
    }
    Plan { request, ..plan }.only(&[401], "a bad credential")
}

fn method(prng: &mut Prng, plan: Plan) -> Plan {
    let operation = plan.operation.unwrap();
    let here = |method: &str| {
        DOCUMENTS.operations.iter().any(|o| o.base == operation.base && o.path == operation.path && o.method == method)
    };
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PURGE", "get", "X"];
    let other: Vec<&str> = methods.into_iter().filter(|method| !here(method)).collect();
    let request = Request { method: (*prng.pick(&other)).to_owned(), ..plan.request };
    Plan { operation: None, request, ..plan }.only(&[405], "a wrong method")
}

fn path(prng: &mut Prng, plan: Plan) -> Plan {
    let (path, query) = plan.request.target.split_once('?').unwrap_or((&plan.request.target, ""));
    let instance = path.split('/').nth(1).unwrap();
    let strange = [
        format!("{path}/more/and/more"),
        format!("/other{}", &path[instance.len() + 1..]),
        format!("/{instance}/api/v2/tickets"),
        format!("/{instance}/api/v1"),
        format!("/{instance}/api/v1/_tokens"),
        format!("/{instance}/api/v1/sqlite_schema"),
        format!("/{instance}/api/v1/Tickets"),
        format!("/{instance}/api/v1/tickets%00"),
        format!("/{instance}/api/v1/%2e%2e/tickets"),
        format!("/{instance}/api/v1/tickets%2F1"),
        format!("/{instance}/api/v1/config/1"),
        format!("/{instance}/sdk/v1/x"),
        format!("/{instance}/oauth2/v1"),
        format!("/{instance}/auth/v1/token/x"),
        "/".to_owned(),
        "//".to_owned(),
        "/%".to_owned(),
    ];
    let target = format!("{}?{query}", prng.pick(&strange));
    Plan { operation: None, request: Request { target, ..plan.request }, ..plan }.only(&[404], "an unknown path")
}

fn media_type(prng: &mut Prng, plan: Plan) -> Plan {
    let types = [
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "json",
        "",
        "*/*",
        "application/json, text/plain",
    ];
    let request = plan.request.clone().without("content-type").header("Content-Type", prng.text(&types));
    // A missing record is told before the body is read; a bad client after it.
    Plan { request, ..plan }.but(415, "a wrong content type")
}

fn body(prng: &mut Prng, plan: Plan) -> Plan {
    let request = plan.request.clone().body("application/json", prng.pick(&bodies()).clone());
    Plan { request, ..plan }.but(400, "a body that is not an object")
}

fn id(prng: &mut Prng, world: &World, operation: &'static Operation) -> Plan {
    let target = world.path(operation, Some(prng.text(&IDS)));
    let request = world.signed(prng, operation, target);
    let request = if operation.body.is_some() { request.body("application/json", "{}") } else { request };
    super::writes::guarded(Plan::new(operation, request).only(&[404], "an ID of no record"), world)
}

/// Other ways to write the same request line.
fn spelling(prng: &mut Prng, world: &World, plan: Plan) -> Plan {
    let (path, query) = plan.request.target.split_once('?').unwrap_or((&plan.request.target, ""));
    let path = match prng.below(4) {
        0 if !path.ends_with('/') => format!("{path}/"),
        1 => format!("http://{}{path}", world.host),
        2 => {
            let target = format!("http://elsewhere.example:1{}", plan.request.target);
            return Plan { request: Request { target, ..plan.request.clone() }, ..plan }
                .only(&[403], "the name of another server");
        }
        _ => path.replacen("v1", "%761", 1),
    };
    let target = if query.is_empty() { path } else { format!("{path}?{query}") };
    Plan { request: Request { target, ..plan.request }, kind: "another spelling", ..plan }
}

fn query(prng: &mut Prng, plan: Plan) -> Plan {
    let reads = plan.operation.is_some_and(|operation| operation.verb_is("get"));
    let junk = ["%00=%ff", "&&&=", "x=%ZZ", "a=1&a=2", "extdata=yes&tags=", "access=%F0%9F%A6%80", "expand"];
    let refused = ["expand=nothing", "expand=ID&expand=password%00", "expand=%ff"];
    let (part, bad) = if reads && prng.chance(30) { (prng.text(&refused), true) } else { (prng.text(&junk), false) };
    let part = if part == "expand" && reads { "expanded" } else { part };
    let joint = if plan.request.target.contains('?') { '&' } else { '?' };
    let target = format!("{}{joint}{part}", plan.request.target);
    let plan = Plan { request: Request { target, ..plan.request.clone() }, kind: "junk in the query", ..plan };
    // A get whose condition does not hold may say so before it looks at the query.
    if bad { plan.or(400).without_success() } else { plan }
}

/// Headers that change nothing.
fn headers(prng: &mut Prng, plan: Plan) -> Plan {
    let long = "a".repeat(8000);
    let more: [(&str, &str); 16] = [
        ("Accept", "text/xml"),
        ("Accept-Encoding", "gzip, br;q=0"),
        ("Range", "bytes=0-1"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("X-Long", &long),
        ("X-Strange", "\u{e9}\u{1f980}\t\"\\"),
        ("Origin", "https://evil.example"),
        ("Forwarded", "for=127.0.0.1;host=evil"),
        ("Accept-Language", "de, *;q=0"),
        ("Content-Encoding", "identity"),
        ("Cookie", "a=b; c; =d; ;;; e=\"f;g\""),
        ("If-Range", "\"x\""),
        ("Expect", "100-continue"),
        ("Connection", "keep-alive, x"),
        ("Via", "1.1 proxy"),
        ("TE", "trailers"),
    ];
    let count = 1 + prng.below(4);
    let request = (0..count).fold(plan.request.clone(), |request, _| {
        let (name, value) = prng.pick(&more);
        request.header(name, value)
    });
    Plan { request, kind: "strange headers", ..plan }
}

/// Bytes that are not a request. Each may be refused or hung up on; the connection after it works.
pub(super) fn no_http(prng: &mut Prng, world: &World) -> Vec<u8> {
    let host = &world.host;
    let line = format!("GET /{}/api/v1/config HTTP/1.1\r\nHost: {host}\r\n", world.instance);
    let many: String = (0..300).map(|index| format!("X-{index}: 1\r\n")).collect();
    let shapes = [
        "\r\n\r\n\r\n\u{0}\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        format!("GET /\u{7f}\u{1} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("GET / HTTP/9.9\r\nHost: {host}\r\n\r\n"),
        format!("{line}No colon\r\n\r\n"),
        format!("{line}Bad Name: x\r\n\r\n"),
        format!("{line}X-Null: a\u{0}b\r\n\r\n"),
        format!("{line}X: a\rSet-Cookie: evil=1\r\n\r\n"),
        format!("{line}Content-Length: -1\r\n\r\n"),
        format!("{line}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        format!("{line}Content-Length: 99999999999999999999999\r\n\r\n"),
        format!("{line}Transfer-Encoding: chunked\r\n\r\nZZ\r\n"),
        format!("{line}Transfer-Encoding: gzip\r\n\r\n"),
        format!("GET /{} HTTP/1.1\r\nHost: {host}\r\n\r\n", "a".repeat(100_000)),
        format!("{line}{many}\r\n"),
        format!("{line}X-Long: {}\r\n\r\n", "a".repeat(600_000)),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        format!("OPTIONS * HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}hello tls".to_owned() + "\r\n\r\n",
    ];
    prng.pick(&shapes).clone().into_bytes()
}
