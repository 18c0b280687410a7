//! An independent checker: it reads the documents of `spec/` and nothing of the emulator, makes requests from them, good
//! and bad, sends them over kept connections, and holds every answer against its document.
//!
//! `ZEYOS_CHECK_REQUESTS` asks for more requests than the ordinary run has, `ZEYOS_CHECK_SEED` for others. A failure
//! prints the seed, the number of the request and a line for `curl`.

pub(crate) mod connection;
mod documents;
mod judge;
mod lists;
mod malformed;
mod plan;
mod prng;
mod rules;
mod schemas;
mod self_test;
mod sequence;
mod sign_in;
mod values;
mod worker;
mod world;
mod writes;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use zeyos_emulator::switches::{
    BadColumn, BothFilters, DefaultOrder, EtagContent, FilterFk, NotMany, NullFilter, Nulls, QueryNone, QueryTerms,
    RuleStatus,
};
use zeyos_emulator::{Emulator, Switches};

use crate::client::{Server, started};
use documents::DOCUMENTS;
use worker::{Figures, Worker};
use world::World;

/// Connections at work at the same time.
const WORKERS: usize = 4;

/// The demo users whose tokens the workers may end, one each.
const USERS: [&str; WORKERS] = ["mara", "jonas", "ida", "kjell"];

/// Panics in the threads of emulators, counted since the first check of this program.
static PANICS: AtomicUsize = AtomicUsize::new(0);

/// How a check differs from the ordinary one.
struct Variant {
    switches: Switches,
    requests: usize,
    /// The demo user whose token is used; the administrator if none is named.
    user: Option<&'static str>,
    broken_rule: u16,
}

fn number(variable: &str, ordinary: u64) -> u64 {
    std::env::var(variable).map_or(ordinary, |text| text.parse().unwrap())
}

fn count_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if std::thread::current().name().is_some_and(|name| name.starts_with("tokio")) {
                PANICS.fetch_add(1, Ordering::Relaxed);
            }
            before(info);
        }));
    });
}

/// Everything that a worker knows at its start.
fn world(server: &Server, index: usize, variant: &Variant, bearer: &str) -> World {
    let credentials = server.credentials();
    let (host, instance) = server.zeyos.url().strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut seeded = BTreeMap::new();
    for name in DOCUMENTS.resources.keys() {
        let rows = server.list(name, json!({ "fields": ["ID"], "limit": 40 }));
        seeded.insert(name.clone(), crate::client::ids(&rows));
    }
    World {
        host: host.to_owned(),
        instance: instance.to_owned(),
        session: variant.user.is_none().then(|| credentials.session.clone()),
        client: (credentials.client_id.clone(), credentials.client_secret.clone()),
        user: (USERS[index].to_owned(), "demo".to_owned()),
        access: None,
        refresh: None,
        login: None,
        password_token: None,
        seeded,
        own: Vec::new(),
        secrets: vec![
            credentials.client_secret.clone(),
            credentials.session.clone(),
            credentials.refresh_token.clone(),
            bearer.to_owned(),
        ],
        bearer: bearer.to_owned(),
        guarded: variant.user.is_some(),
        broken_rule: variant.broken_rule,
    }
}

fn check(variant: &Variant) -> Figures {
    count_panics();
    let (begun, seed) = (Instant::now(), number("ZEYOS_CHECK_SEED", 4));
    let server = started(Emulator::builder().switches(variant.switches.clone()));
    let bearer = variant.user.map_or_else(|| server.credentials().access_token.clone(), |user| server.token_of(user));
    let mut workers: Vec<Worker> = (0..WORKERS)
        .map(|index| Worker::new(seed.wrapping_mul(1000) + index as u64, world(&server, index, variant, &bearer)))
        .collect();
    std::thread::scope(|scope| {
        for (index, worker) in workers.iter_mut().enumerate() {
            scope.spawn(move || worker.run(variant.requests / WORKERS, index * DOCUMENTS.operations.len() / WORKERS));
        }
    });
    let _ = workers[0].too_large();
    if variant.user.is_none() {
        for resource in DOCUMENTS.resources.values() {
            let _ = workers[0].survey(resource);
        }
    }
    let figures = added(&workers);
    server.zeyos.advance_clock(Duration::from_secs(3601));
    workers[0].expired();
    println!("seed {seed}: {:.1} s, {figures:?}", begun.elapsed().as_secs_f64());
    let told = told(seed, &workers);
    assert!(told.is_empty(), "{told}");
    assert_eq!(PANICS.load(Ordering::Relaxed), 0, "a thread of the emulator panicked");
    figures
}

fn added(workers: &[Worker]) -> Figures {
    let mut sum = Figures::default();
    for Figures { asked, connections, by_kind, by_status, by_operation } in workers.iter().map(|worker| &worker.figures)
    {
        sum.asked += asked;
        sum.connections += connections;
        by_kind.iter().for_each(|(kind, count)| *sum.by_kind.entry(kind).or_default() += count);
        by_status.iter().for_each(|(status, count)| *sum.by_status.entry(*status).or_default() += count);
        by_operation.iter().for_each(|(name, count)| *sum.by_operation.entry(name.clone()).or_default() += count);
    }
    sum
}

fn told(seed: u64, workers: &[Worker]) -> String {
    let mut told = String::new();
    for (index, worker) in workers.iter().enumerate() {
        for finding in &worker.findings {
            let _ = writeln!(
                told,
                "seed {seed}, worker {index}, request {}, {}: {}\n  {}\n  {}",
                finding.number, finding.operation, finding.complaint, finding.curl, finding.answer
            );
        }
    }
    told
}

fn variant(requests: usize) -> Variant {
    Variant { switches: Switches::default(), requests, user: None, broken_rule: 500 }
}

#[test]
fn every_answer_to_twenty_thousand_requests_fits_the_documents() {
    let requests = usize::try_from(number("ZEYOS_CHECK_REQUESTS", 20_000)).unwrap();
    let figures = check(&variant(requests));
    assert!(figures.asked >= requests);
    assert_eq!(DOCUMENTS.operations.len(), 360);
    assert_eq!(figures.by_operation.len(), 360, "an operation was never asked");
    // Connections are kept: few answers may end one.
    assert!(figures.connections * 50 < figures.asked, "{} connections", figures.connections);
}

#[test]
fn answers_to_a_user_with_few_permissions_fit_the_documents() {
    let mut variant = Variant { user: Some("robot"), ..variant(3000) };
    variant.switches.permissions = true;
    let figures = check(&variant);
    assert!(figures.by_status[&403] > 100, "{figures:?}");
}

#[test]
fn answers_fit_the_documents_with_other_switches() {
    let mut variant = Variant { broken_rule: 409, ..variant(3000) };
    let switches = &mut variant.switches;
    switches.rule_status = RuleStatus::Conflict;
    switches.bad_column = BadColumn::Named;
    switches.both_filters = BothFilters::PreferFilters;
    switches.filter_fk = FilterFk::Ignore;
    switches.not_many = NotMany::Nor;
    switches.null_filter = NullFilter::Never;
    switches.nulls = Nulls::Sqlite;
    switches.default_order = DefaultOrder::Random;
    switches.query = QueryTerms::AnyTerm;
    switches.query_none = QueryNone::Ignore;
    switches.etag = EtagContent::LastModified;
    check(&variant);
}
