use http::{HeaderValue, Method, header};
use zeyos_core::{Operation, ServiceDescription};

use super::*;

static SERVICE: ServiceDescription = ServiceDescription::new("pens", "/pens");
static READ: Operation = Operation::new(&SERVICE, "listPens", Method::POST, "/").safety(Safety::Read);
static PUT: Operation = Operation::new(&SERVICE, "putPen", Method::PATCH, "/").safety(Safety::Idempotent);
static CREATE: Operation = Operation::new(&SERVICE, "createPen", Method::PUT, "/").safety(Safety::Create);
static UPDATE: Operation = Operation::new(&SERVICE, "updatePen", Method::GET, "/").safety(Safety::Update);
static DELETE: Operation = Operation::new(&SERVICE, "deletePen", Method::GET, "/").safety(Safety::Delete);
static EXCHANGE: Operation = Operation::new(&SERVICE, "getToken", Method::GET, "/").safety(Safety::TokenExchange);
static KEYED: Operation =
    Operation::new(&SERVICE, "orderPen", Method::POST, "/").safety(Safety::Create).idempotency_key("Order-Key");

const SECOND: Duration = Duration::from_secs(1);

fn answered(status: u16) -> Outcome {
    Outcome::Answered(StatusCode::from_u16(status).unwrap())
}

fn guarded(operation: &'static Operation) -> Request {
    let mut request = Request::new(operation);
    request.headers.insert(header::IF_MATCH, HeaderValue::from_static("\"7\""));
    request
}

fn progress(outcomes: &[Outcome]) -> Progress {
    let progress = Progress::default();
    for outcome in outcomes {
        progress.begin();
        progress.end(*outcome);
    }
    progress
}

/// Asked in the middle of a wait of at most a second, after one attempt.
fn wait(request: &Request, rules: RetryRules, outcome: Outcome) -> Option<Duration> {
    let mut tries = Tries::new(request, Cow::Owned(rules.into()), None, Duration::ZERO);
    tries.begin();
    tries.failed(&progress(&[outcome]), &around(&Chance::from(|| 0.5)))
}

fn around(chance: &Chance) -> Circumstances<'_> {
    let longest_asked = Duration::from_secs(30);
    Circumstances { can_resend: true, asked: None, longest_asked, now: Duration::ZERO, chance }
}

fn repeats(request: &Request, rules: RetryRules, outcome: Outcome) -> bool {
    wait(request, rules, outcome).is_some()
}

/// What may be repeated after this outcome, of a read, an idempotent operation, a create, an update, a delete, a create with a key, an
/// update and a delete with `If-Match`, and an exchange.
fn row(rules: &RetryRules, outcome: Outcome) -> String {
    let bare = [&READ, &PUT, &CREATE, &UPDATE, &DELETE, &KEYED].map(Request::new);
    let all = bare.into_iter().chain([guarded(&UPDATE), guarded(&DELETE), Request::new(&EXCHANGE)]);
    all.map(|request| if repeats(&request, rules.clone(), outcome) { '+' } else { '-' }).collect()
}

#[test]
fn the_standard_policy_repeats_what_does_no_harm() {
    let rules = RetryRules::standard();
    assert_eq!(row(&rules, Outcome::Unsent), "++++++++-");
    assert_eq!(row(&rules, Outcome::Lost), "++---+++-");
    for status in [429, 502, 503, 504] {
        assert_eq!(row(&rules, answered(status)), "++---+++-", "{status}");
    }
    for status in [200, 301, 400, 401, 403, 404, 408, 409, 410, 412, 413, 422, 425, 500, 501, 505, 507] {
        assert_eq!(row(&rules, answered(status)), "---------", "{status}");
    }
    for outcome in [Outcome::None, Outcome::UnderWay, Outcome::TooLarge] {
        assert_eq!(row(&rules, outcome), "---------", "{outcome:?}");
    }
}

#[test]
fn the_patient_policy_repeats_more_statuses_and_no_more_creates() {
    let rules = RetryRules::patient();
    for status in [408, 429, 500, 502, 503, 504] {
        assert_eq!(row(&rules, answered(status)), "++---+++-", "{status}");
    }
    assert_eq!(row(&rules, answered(501)), "---------");
    assert_eq!(row(&rules, Outcome::Lost), "++---+++-");
}

#[test]
fn creates_are_repeated_as_reads_are_where_the_caller_says_so_and_updates_are_not() {
    let rules = RetryRules::patient().retry_creates();
    for outcome in [Outcome::Lost, answered(408), answered(500), answered(503)] {
        assert_eq!(row(&rules, outcome), "+++--+++-", "{outcome:?}");
    }
}

#[test]
fn busy_writes_are_repeated_on_429_and_503_alone_where_the_caller_says_so() {
    let rules = RetryRules::standard().retry_busy_writes();
    for status in [429, 503] {
        assert_eq!(row(&rules, answered(status)), "++++++++-", "{status}");
    }
    for outcome in [answered(502), answered(504), Outcome::Lost] {
        assert_eq!(row(&rules, outcome), "++---+++-", "{outcome:?}");
    }
    let without = rules.statuses([StatusCode::BAD_GATEWAY]);
    assert_eq!(row(&without, answered(503)), "---------", "a status that is not listed");
}

#[test]
fn nothing_is_repeated_without_a_policy_or_with_a_body_that_is_spent() {
    let mut tries = Tries::new(&Request::new(&READ), Cow::Owned(RetryPolicy::None), None, Duration::ZERO);
    tries.begin();
    let chance = Chance::default();
    assert_eq!(tries.failed(&progress(&[Outcome::Unsent]), &around(&chance)), None);
    let mut tries = Tries::new(&Request::new(&READ), Cow::Owned(RetryPolicy::Standard), None, Duration::ZERO);
    tries.begin();
    let spent = Circumstances { can_resend: false, ..around(&chance) };
    assert_eq!(tries.failed(&progress(&[Outcome::Unsent]), &spent), None);
}

#[test]
fn waits_double_and_end_after_the_last_repeat() {
    let request = Request::new(&READ);
    let mut tries = Tries::new(&request, Cow::Owned(RetryRules::patient().into()), None, Duration::ZERO);
    let chance = Chance::from(|| 0.5);
    let waits = std::iter::from_fn(|| {
        tries.begin();
        tries.failed(&progress(&[Outcome::Lost]), &around(&chance))
    });
    assert_eq!(waits.collect::<Vec<_>>(), [500, 1000, 2000].map(Duration::from_millis));
    assert_eq!(tries.repeats(), 3);
}

#[test]
fn what_the_server_asks_for_is_waited_for_and_nothing_else() {
    let (request, chance) = (Request::new(&READ), Chance::from(|| 0.5));
    let asked = |seconds: u64| {
        let mut tries = Tries::new(&request, Cow::Owned(RetryPolicy::Standard), None, Duration::ZERO);
        tries.begin();
        let asked = Some(SECOND * u32::try_from(seconds).unwrap());
        tries.failed(&progress(&[answered(503)]), &Circumstances { asked, ..around(&chance) })
    };
    assert_eq!(asked(0), Some(Duration::ZERO));
    assert_eq!(asked(30), Some(30 * SECOND));
    assert_eq!(asked(31), None, "longer than the call waits for a server");
}

#[test]
fn no_attempt_begins_after_the_end_of_the_call() {
    let (request, chance) = (Request::new(&READ), Chance::from(|| 1.0));
    let rules = RetryRules::patient().max_retries(9);
    let at = |total: Option<Duration>, now| {
        let mut tries = Tries::new(&request, Cow::Owned(rules.clone().into()), total, 5 * SECOND);
        tries.begin();
        tries.failed(&progress(&[Outcome::Lost]), &Circumstances { now, ..around(&chance) })
    };
    assert_eq!(at(Some(10 * SECOND), 13 * SECOND), Some(SECOND));
    assert_eq!(at(Some(10 * SECOND), 14 * SECOND), None);
    assert_eq!(at(None, 603 * SECOND), Some(SECOND));
    assert_eq!(at(None, 605 * SECOND), None, "ten minutes, where nothing is said");
    let tries = Tries::new(&request, Cow::Owned(RetryPolicy::Standard), Some(10 * SECOND), 5 * SECOND);
    assert_eq!([5, 9, 15, 99].map(|now| tries.left(now * SECOND).unwrap().as_secs()), [10, 6, 0, 0]);
}

/// The error at the end of attempts with these outcomes.
fn ended(request: &Request, rules: RetryRules, attempts: &[Outcome]) -> Error {
    let mut tries = Tries::new(request, Cow::Owned(rules.into()), None, Duration::ZERO);
    let chance = Chance::from(|| 0.0);
    let (last, before) = attempts.split_last().unwrap();
    for outcome in before {
        tries.begin();
        assert!(tries.failed(&progress(&[*outcome]), &around(&chance)).is_some(), "{outcome:?} is not repeated");
        tries.goes_on(*outcome, error(*outcome));
    }
    tries.begin();
    tries.failed(&progress(&[*last]), &around(&chance));
    tries.ended(*last, error(*last)).with_repeatable(request.repeatable())
}

fn error(outcome: Outcome) -> Error {
    let Outcome::Answered(status) = outcome else {
        return if outcome == Outcome::Unsent { Error::connect("no one there") } else { Error::transport("reset") };
    };
    let mut response = http::Response::new(bytes::Bytes::new());
    *response.status_mut() = status;
    Error::status_of(response)
}

#[test]
fn a_refusal_after_a_lost_answer_may_be_a_success() {
    let lost = [Outcome::Lost, answered(502), answered(503), answered(504)];
    for first in lost {
        for (request, status) in [(guarded(&UPDATE), 412), (guarded(&DELETE), 412), (guarded(&DELETE), 404)] {
            let error = ended(&request, RetryRules::standard(), &[first, answered(status)]);
            assert!(error.may_already_be_applied() && error.attempts() == 2, "{first:?} {status}: {error}");
            assert!(std::error::Error::source(&error).is_some(), "{error}");
        }
        let error = ended(&Request::new(&KEYED), RetryRules::standard(), &[first, answered(409)]);
        assert!(error.may_already_be_applied(), "{first:?}");
    }
}

#[test]
fn a_refusal_after_what_was_certainly_not_carried_out_is_one() {
    for first in [Outcome::Unsent, answered(429)] {
        let error = ended(&guarded(&UPDATE), RetryRules::standard(), &[first, answered(412)]);
        assert!(!error.may_already_be_applied(), "{first:?}");
    }
    let error = ended(&guarded(&UPDATE), RetryRules::standard(), &[answered(412)]);
    assert!(!error.may_already_be_applied() && error.attempts() == 1);
    let error = ended(&Request::new(&READ), RetryRules::standard(), &[Outcome::Lost, answered(404)]);
    assert!(!error.may_already_be_applied(), "a read applies nothing");
    let error = ended(&guarded(&UPDATE), RetryRules::standard(), &[Outcome::Lost, answered(403)]);
    assert!(!error.may_already_be_applied(), "forbidden before and after");
}

#[test]
fn what_was_not_sent_at_last_may_have_been_sent_before() {
    let rules = RetryRules::standard().retry_creates();
    let error = ended(&Request::new(&CREATE), rules, &[Outcome::Lost, Outcome::Unsent]);
    assert!(error.is_connect() && error.may_have_been_sent() && !error.is_retryable(), "{error}");
    assert!(error.retry_after().is_none());
    let error = ended(&Request::new(&CREATE), RetryRules::standard(), &[Outcome::Unsent, Outcome::Unsent]);
    assert!(!error.may_have_been_sent() && error.is_retryable());
}

#[test]
fn an_attempt_that_is_given_up_tells_how_far_it_came() {
    let fresh = Progress::default();
    assert_eq!((fresh.last(), fresh.delivery()), (Outcome::None, Delivery::Unsent));
    fresh.begin();
    assert_eq!((fresh.last(), fresh.delivery()), (Outcome::UnderWay, Delivery::Sent));
    let refused = progress(&[answered(401)]);
    assert_eq!(refused.delivery(), Delivery::Unauthorized);
    assert_eq!(progress(&[answered(401), Outcome::Unsent]).delivery(), Delivery::Unauthorized);
    assert_eq!(progress(&[answered(503), answered(401)]).delivery(), Delivery::Sent);
    for outcome in [Outcome::None, Outcome::Unsent, Outcome::Lost, Outcome::TooLarge, answered(100), answered(999)] {
        assert_eq!(Outcome::from_code(outcome.code()), outcome);
    }
}

#[test]
fn a_server_that_refuses_serves_and_one_that_is_busy_does_not() {
    assert!([200, 400, 401, 403, 404, 412].iter().all(|status| answered(*status).is_served()));
    assert!(![408, 429, 500, 502, 503, 504].iter().any(|status| answered(*status).is_served()));
    assert!(![Outcome::None, Outcome::Unsent, Outcome::Lost].iter().any(|outcome| outcome.is_served()));
}
