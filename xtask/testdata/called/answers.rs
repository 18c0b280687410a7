//! Answers by status, streams of events, typed errors.

use called::{Answer, Server, now};
use called_answers::{FireAnswer, BreakPotError, CalledAnswersApi, FirePotAnswer, FirePotError, News, Problem, SayRequest};
use zeyos_core::{Error, EventStream};

fn client(answers: impl IntoIterator<Item = Answer>) -> CalledAnswersApi {
    CalledAnswersApi::new(Server::new(answers).client())
}

#[test]
fn nothing_is_none_where_the_status_says_so() {
    let pot = now(client([Answer::json(200, r#"{"name": "vase"}"#)]).get_pot(7)).unwrap().into_inner();
    assert_eq!(pot.unwrap().name, "vase");
    assert!(now(client([Answer::new(204, "", "")]).get_pot(7)).unwrap().into_inner().is_none());
    assert!(now(client([Answer::json(200, "")]).get_pot(7)).unwrap_err().is_decode());
}

#[test]
fn results_are_told_apart_by_their_status() {
    let fire = |answer| now(client([answer]).fire_pot(7)).unwrap().into_inner();
    let (pot, later) = (r#"{"name": "vase"}"#, r#"{"position": 3}"#);
    assert!(matches!(fire(Answer::json(200, pot)), FirePotAnswer::Ok(pot) if pot.name == "vase"));
    assert!(matches!(fire(Answer::json(201, pot)), FirePotAnswer::Ok(pot) if pot.name == "vase"));
    assert!(matches!(fire(Answer::json(202, later)), FirePotAnswer::Accepted(later) if later.position == 3));
    assert_eq!(fire(Answer::new(203, "text/plain", "soon")), FirePotAnswer::NonAuthoritative("soon".to_owned()));
    assert_eq!(fire(Answer::new(206, "text/plain", "?")), FirePotAnswer::PartialContent);
    assert!(now(client([Answer::json(202, pot)]).fire_pot(7)).unwrap_err().is_decode());
}

#[test]
fn errors_of_one_type_are_read_as_that_and_only_if_asked() {
    let error = now(client([Answer::new(404, "application/problem+json", r#"{"title": "None"}"#)]).get_pot(7)).unwrap_err();
    assert_eq!(error.answer::<Problem>().unwrap().unwrap().title, "None");
    let error = now(client([Answer::new(502, "text/html", "<h1>")]).get_pot(7)).unwrap_err();
    assert!(error.is_status_of(502) && error.answer::<Problem>().unwrap().is_none());
    let error = now(client([Answer::json(500, r#"{"title": {"hunter2": ["hunter2"]}}"#)]).get_pot(7)).unwrap_err();
    let told = error.answer::<Problem>().unwrap_err();
    assert!(!format!("{told} {told:?}").contains("hunter2") && told.to_string().contains("title"), "{told}");
    assert!(Error::connect("no").answer::<Problem>().unwrap().is_none());
}

trait IsStatus {
    fn is_status_of(&self, status: u16) -> bool;
}

impl IsStatus for Error {
    fn is_status_of(&self, status: u16) -> bool {
        self.status().is_some_and(|found| found.as_u16() == status)
    }
}

#[test]
fn errors_are_told_apart_by_status_and_media_type() {
    let fail = |answer| now(client([answer]).fire_pot(7)).unwrap_err().answer::<FirePotError>().unwrap();
    assert_eq!(fail(Answer::new(404, "", "")), Some(FirePotError::NotFound));
    assert!(matches!(fail(Answer::json(409, r#"{"until": 5}"#)), Some(FirePotError::Conflict(full)) if full.until == 5));
    let text = fail(Answer::new(409, "text/plain", "full"));
    assert_eq!(text, Some(FirePotError::ConflictText("full".to_owned())));
    assert!(matches!(fail(Answer::json(418, r#"{"title": "T"}"#)), Some(FirePotError::ClientError(_))));
    assert_eq!(fail(Answer::new(503, "text/html", "<b>")), Some(FirePotError::ServerError("<b>".to_owned())));
    // Two operations with the same errors have one enum under two names.
    let error: Option<BreakPotError> = now(client([Answer::new(404, "", "")]).break_pot(7)).unwrap_err().answer().unwrap();
    assert_eq!(error, Some(FirePotError::NotFound));
}

#[test]
fn several_media_types_are_text_or_bytes_and_all_are_asked_for() {
    let call = client([Answer::new(200, "text/csv", "a;b")]).read_log();
    assert_eq!(call.request().operation.answer.media_type, "text/csv, application/x-ndjson");
    assert_eq!(now(call).unwrap().into_inner(), "a;b");
}

fn all<T>(mut events: EventStream<T>) -> Vec<Result<T, Error>> {
    let mut all = Vec::new();
    while let Some(event) = now(events.next()) {
        all.push(event.map(|event| event.data));
    }
    all
}

#[test]
fn events_are_read_as_they_come() {
    let pieces = ["data: {\"degr", "ees\": 900}\n\nid: 7\ndata: {\"degrees\":\ndata: 901}\n\nretry: 50\n\ndata: x\n", "\ndata: {\"degrees\": 3}\n\n", "data: [DONE]\n\ndata: 1\n\n"];
    let answer = now(client([Answer::pieces("text/event-stream; charset=utf-8", &pieces)]).heat().events()).unwrap();
    let mut events = answer.into_inner();
    let first = now(events.next()).unwrap().unwrap();
    assert_eq!((first.data.degrees, first.event.as_str(), first.id.as_str()), (900, "message", ""));
    assert_eq!(now(events.next()).unwrap().unwrap().data.degrees, 901);
    assert_eq!(events.last_event_id(), "7");
    let error = now(events.next()).unwrap().unwrap_err();
    assert!(error.is_decode() && error.operation() == Some("heat"));
    assert_eq!(events.retry(), Some(std::time::Duration::from_millis(50)));
    assert_eq!(now(events.next()).unwrap().unwrap().data.degrees, 3);
    assert!(now(events.next()).is_none() && now(events.next()).is_none());
}

#[test]
fn events_are_text_or_described_with_their_fields() {
    let lines = now(client([Answer::pieces("text/event-stream", &["data: a\n\ndata: b\n\n"])]).lines().events()).unwrap();
    assert_eq!(all(lines.into_inner()).into_iter().map(Result::unwrap).collect::<Vec<_>>(), ["a", "b"]);
    let pieces = ["event: pot\ndata: {\"name\": \"vase\"}\n\nevent: done\ndata: [DONE]\n\nevent: other\ndata: 1\n\n"];
    let news = now(client([Answer::pieces("text/event-stream", &pieces)]).news().events()).unwrap();
    let news: Vec<News> = all(news.into_inner()).into_iter().map(Result::unwrap).collect();
    assert!(matches!(&news[0], News::Pot(pot) if pot.data.name == "vase"), "{news:?}");
    assert!(matches!(&news[1], News::Done(done) if done.data == "[DONE]"), "{news:?}");
    assert!(matches!(&news[2], News::Unknown(other) if other["data"] == 1), "{news:?}");
}

#[test]
fn events_beside_another_answer_have_a_method_of_their_own() {
    let server = Server::new([Answer::json(200, r#"{"name": "vase"}"#), Answer::pieces("text/event-stream", &["data: {\"degrees\": 1}\n\n"])]);
    let client = CalledAnswersApi::new(server.client());
    assert_eq!(now(client.say(SayRequest::new())).unwrap().name, "vase");
    let events = now(client.say_events(SayRequest::new().stream(true)).events()).unwrap().into_inner();
    assert_eq!(all(events).pop().unwrap().unwrap().degrees, 1);
    let [_, sent] = &server.sent()[..] else { panic!() };
    assert_eq!((sent.body.as_str(), &sent.headers[0]), (r#"{"stream":true}"#, &("accept".to_owned(), "text/event-stream".to_owned())));
}

#[test]
fn events_that_are_one_of_several_results_are_read_by_a_method_of_their_own() {
    let stream = || Answer::pieces("text/event-stream", &["data: {\"degrees\": 1}\n\n", "data: {\"degrees\": 2}\n\n"]);
    let later = || Answer::json(202, r#"{"name": "vase"}"#);
    let events = now(client([stream()]).fire_events().events()).unwrap().into_inner();
    assert_eq!(all(events).into_iter().map(|event| event.unwrap().degrees).collect::<Vec<_>>(), [1, 2]);
    let error = now(client([later()]).fire_events().events()).unwrap_err();
    assert!(error.is_decode() && error.operation() == Some("fire"), "{error}");
    match now(client([later()]).fire()).unwrap().into_inner() {
        FireAnswer::Accepted(pot) => assert_eq!(pot.name, "vase"),
        other => panic!("{other:?}"),
    }
    match now(client([stream()]).fire()).unwrap().into_inner() {
        FireAnswer::Ok(text) => assert!(text.starts_with("data: {"), "{text}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stream_that_is_none_and_an_event_that_is_too_large_are_errors() {
    let error = now(client([Answer::json(200, "{}")]).heat().events()).unwrap_err();
    assert!(error.is_decode() && error.to_string().contains("heat"), "{error}");
    let pieces = ["data: {\"degrees\": 1}\n\ndata: ", &"9".repeat(80), "\n\ndata: {\"degrees\": 2}\n\n"];
    let events = now(client([Answer::pieces("text/event-stream", &pieces)]).heat().events()).unwrap().into_inner();
    let read = all(events.max_event(64));
    assert!(matches!(&read[..], [Ok(_), Err(error)] if error.is_decode()), "{read:?}");
    let error = now(client([Answer::json(403, "{}")]).heat().events()).unwrap_err();
    assert!(error.is_forbidden());
}
