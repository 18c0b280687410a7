//! Requests of one, two, four and eight times a size.

use axum::http::{HeaderMap, HeaderValue, header};

use super::cases::{CASES, Case};
use super::cost::{Cost, measured};
use crate::emulator::Emulator;
use crate::http::Request;
use crate::route;
use crate::store::limit::Limit;
use crate::store::{Mode, Store};

const TIMES: [usize; 4] = [1, 2, 4, 8];

/// The rows that a list goes through.
const ROWS: i64 = 120;

fn emulator() -> Emulator {
    let zeyos = super::concurrency::block_on(Emulator::builder().seed(crate::Seed::Empty).start()).unwrap();
    fill(&zeyos.app().store);
    zeyos
}

fn fill(store: &Store) {
    store
        .run::<_, rusqlite::Error>(Mode::Write, |db| {
            for id in 1..=ROWS {
                let sql = "INSERT INTO tickets (ID, creationdate, lastmodified, date, name, description) VALUES (?1, 0, 0, 0, ?2, ?3)";
                db.execute(sql, (id, format!("ticket {id}"), "a ".repeat(200).trim_end()))?;
                for field in 0_i64..5 {
                    let sql = "INSERT INTO _extdata VALUES ('tickets', ?1, ?2, 'v', NULL, '\"v\"')";
                    db.execute(sql, (id, format!("f{field}")))?;
                }
            }
            Ok(())
        })
        .unwrap();
}

fn request(zeyos: &Emulator, case: &Case, size: usize) -> Request {
    let sent = (case.sent)(size);
    let mut headers = HeaderMap::new();
    let bearer = format!("Bearer {}", zeyos.credentials().access_token);
    headers.insert(header::AUTHORIZATION, bearer.parse().unwrap());
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(sent.media_type));
    headers.extend(sent.headers);
    let uri = format!("/demo{}", sent.target).parse().unwrap();
    Request::new(sent.method, &uri, headers, sent.body.into())
}

/// What a request of this size costs when one like it has been answered before; else what is wrong with its answer.
fn cost(zeyos: &Emulator, case: &Case, size: usize) -> Result<Cost, String> {
    let answer = || {
        let request = request(zeyos, case, size);
        let (reply, cost) = measured(|| route::answer(zeyos.app(), &request, 0, &Limit::default()));
        let text = String::from_utf8_lossy(&reply.body[..reply.body.len().min(200)]);
        let wrong = || format!("{} of {size}: {} {text}", case.name, reply.status);
        if reply.status.as_u16() == case.status { Ok(cost) } else { Err(wrong()) }
    };
    answer().and_then(|_| answer())
}

/// Where one case grows too fast.
fn beyond(zeyos: &Emulator, case: &Case) -> Result<Vec<String>, String> {
    let mut beyond = Vec::new();
    let mut costs = Vec::new();
    for times in TIMES {
        costs.push((times * case.size, cost(zeyos, case, times * case.size)?));
    }
    let pairs = costs.iter().zip(&costs[1..]).flat_map(|(before, after)| {
        COUNTS.iter().map(move |(what, count)| (what, (before.0, count(&before.1)), (after.0, count(&after.1)), 1.0))
    });
    let ((least, first), (most, last)) = (costs[0], costs[TIMES.len() - 1]);
    let whole = [(&"bytes", (least, first.bytes), (most, last.bytes), STEP)];
    for (what, before, after, step) in pairs.chain(whole) {
        if !is_in_bounds(before, after, step) {
            let ((size, once), (larger, more)) = (before, after);
            beyond.push(format!("{}: {once} {what} of {size}, {more} of {larger}", case.name));
        }
    }
    Ok(beyond)
}

/// What is counted, and where it stands.
type Count = (&'static str, fn(&Cost) -> u64);

/// What is counted at each size.
const COUNTS: [Count; 2] = [("steps", |cost| cost.steps), ("allocations", |cost| cost.allocations)];

/// What does not grow with the size: a page of memory, a few statements.
const SLACK: f64 = 4096.0;

/// A text that grows takes memory in powers of two: at the larger size it may have taken one step more.
const STEP: f64 = 2.0;

/// Whether a larger size costs at most what n log n lets it.
fn is_in_bounds((size, once): (usize, u64), (larger, more): (usize, u64), step: f64) -> bool {
    let n_log_n = |size: usize| size as f64 * (size as f64).log2();
    more as f64 <= once as f64 * step * n_log_n(larger) / n_log_n(size) + SLACK
}

#[test]
fn what_a_request_costs_grows_at_most_as_n_log_n() {
    let zeyos = emulator();
    let found = CASES.iter().flat_map(|case| beyond(&zeyos, case).unwrap_or_else(|wrong| vec![wrong]));
    let found: Vec<String> = found.collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_proof_tells_quadratic_growth() {
    let bytes = |size: usize| {
        measured(|| (0..size).map(|length| vec![0_u8; length]).fold(0, |sum, list| sum + list.len())).1.bytes
    };
    assert!(!is_in_bounds((1000, bytes(1000)), (8000, bytes(8000)), STEP));
    let numbers = |size: usize| measured(|| (0..size).map(|number| number.to_string()).collect::<Vec<_>>()).1;
    assert!(is_in_bounds((1000, numbers(1000).allocations), (2000, numbers(2000).allocations), 1.0));
    assert!(is_in_bounds((1000, numbers(1000).bytes), (8000, numbers(8000).bytes), 1.0));
    let store = Store::open(None, crate::schema::Schema::embedded().unwrap()).unwrap();
    let pairs = |size: i64| {
        let sql = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?1) SELECT count(*) FROM n a, n b";
        let count = |db: &rusqlite::Connection| db.query_row(sql, [size], |row| row.get::<_, i64>(0));
        measured(|| store.run(Mode::Read, count).unwrap()).1.steps
    };
    assert!(!is_in_bounds((200, pairs(200)), (400, pairs(400)), 1.0));
}
