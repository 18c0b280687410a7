//! Lists over several pages.

use called::{Answer, Network, Server, now, wait};
use called_pages::{
    Book, ByCappedQuery, ByCountedQuery, ByCursorQuery, ByLastItemQuery, ByLinkQuery, ByNumberQuery, ByOffsetQuery, ByPagesQuery, CalledPagesApi, Client,
    SearchRequest, SearchRequestPage,
};
use zeyos_core::{Error, ItemStream};

fn page(ids: &[&str], rest: &str) -> Answer {
    Answer::json(200, &format!(r#"{{"data": {}{rest}}}"#, list(ids)))
}

fn list(ids: &[&str]) -> String {
    let books: Vec<String> = ids.iter().map(|id| format!(r#"{{"id": "{id}"}}"#)).collect();
    format!("[{}]", books.join(","))
}

/// The ids that came, and the error behind them.
fn all(mut stream: ItemStream<Book>) -> (String, Option<Error>) {
    let mut ids = String::new();
    while let Some(book) = now(stream.next()) {
        match book {
            Ok(book) => ids.push_str(&book.id),
            Err(error) => {
                assert!(now(stream.next()).is_none());
                return (ids, Some(error));
            }
        }
    }
    (ids, None)
}

fn queries(server: &Server) -> Vec<String> {
    let joined = |query: &Vec<(String, String)>| query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    server.sent().iter().map(|sent| joined(&sent.query)).collect()
}

#[test]
fn a_cursor_leads_on_until_there_is_none() {
    for end in ["", r#", "meta": {}"#, r#", "meta": {"next": null}"#, r#", "meta": {"next": ""}"#] {
        let server = Server::new([page(&["a", "b"], r#", "meta": {"next": "x y"}"#), page(&[], r#", "meta": {"next": "z"}"#), page(&["c"], end)]);
        let (ids, error) = all(CalledPagesApi::new(server.client()).by_cursor(ByCursorQuery::new().color("red")).stream());
        assert!(error.is_none(), "{error:?}");
        assert_eq!(ids, "abc");
        assert_eq!(queries(&server), ["color=red", "color=red&after=x y", "color=red&after=z"]);
    }
}

#[test]
fn a_page_is_asked_for_when_its_first_element_is_and_a_call_still_answers_one() {
    let server = Server::new([page(&["a"], r#", "meta": {"next": "x"}"#), page(&["b"], "")]);
    let client = CalledPagesApi::new(server.client());
    let mut stream = client.by_cursor(ByCursorQuery::new()).stream();
    assert_eq!(server.sent().len(), 0);
    assert_eq!(now(stream.next()).unwrap().unwrap().id, "a");
    assert_eq!(server.sent().len(), 1);
    assert_eq!(now(stream.collect()).unwrap().len(), 1);
    let server = Server::new([page(&["a"], r#", "meta": {"next": "x"}"#)]);
    let one = now(CalledPagesApi::new(server.client()).by_cursor(ByCursorQuery::new())).unwrap();
    assert_eq!(one.data.as_ref().unwrap().as_ref().unwrap().len(), 1);
}

#[test]
fn a_cursor_that_comes_back_is_an_error_and_so_is_a_page_that_cannot_be_read() {
    let again = |next: &str| page(&["a"], &format!(r#", "meta": {{"next": "{next}"}}"#));
    let server = Server::new([again("x"), again("x"), again("x")]);
    let (ids, error) = all(CalledPagesApi::new(server.client()).by_cursor(ByCursorQuery::new()).stream());
    assert_eq!((ids.as_str(), server.sent().len()), ("aa", 2));
    assert!(error.unwrap().to_string().contains("was there before"));
    let server = Server::new((0..40).map(|at| again(["x", "y", "z"][at % 3])));
    let (_, error) = all(CalledPagesApi::new(server.client()).by_cursor(ByCursorQuery::new()).stream());
    assert!(error.is_some() && server.sent().len() < 15, "{}", server.sent().len());
    for (answer, words) in [
        (Answer::json(200, r#"{"data": 7}"#), "is not a list"),
        (Answer::json(200, "{"), "byCursor"),
        (Answer::json(200, r#"{"data": [{"id": 7}]}"#), "byCursor"),
        (Answer::json(500, "{}"), "500"),
    ] {
        let server = Server::new([page(&["a"], r#", "meta": {"next": "x"}"#), answer]);
        let (ids, error) = all(CalledPagesApi::new(server.client()).by_cursor(ByCursorQuery::new()).stream());
        let error = error.unwrap();
        let error = format!("{error} {:?}", error.decode_error().map(ToString::to_string));
        assert!(ids == "a" && error.contains(words), "{error}");
    }
}

#[test]
fn the_last_element_leads_on_as_long_as_there_is_more() {
    let server = Server::new([page(&["a", "b"], r#", "has_more": true"#), page(&["c"], r#", "has_more": false"#)]);
    let query = ByLastItemQuery::new().limit(2);
    let (ids, _) = all(CalledPagesApi::new(server.client()).by_last_item(query).stream());
    assert_eq!((ids.as_str(), queries(&server)), ("abc", vec!["limit=2".to_owned(), "limit=2&starting_after=b".to_owned()]));
}

#[test]
fn a_cursor_may_stand_in_the_body() {
    let server = Server::new([page(&["a"], r#", "meta": {"next": "x"}"#), page(&["b"], "")]);
    let request = SearchRequest::new().text("t").page(SearchRequestPage::default());
    let (ids, _) = all(CalledPagesApi::new(server.client()).search(request).stream());
    let bodies: Vec<String> = server.sent().into_iter().map(|sent| sent.body).collect();
    assert_eq!((ids.as_str(), bodies[1].as_str()), ("ab", r#"{"page":{"after":"x"},"text":"t"}"#));
    assert_eq!(bodies[0], r#"{"page":{},"text":"t"}"#);
}

#[test]
fn offsets_end_with_the_total_or_a_short_page() {
    let total = r#", "meta": {"total": 3}"#;
    let server = Server::new([page(&["a", "b"], total), page(&["c"], total)]);
    let (ids, _) = all(CalledPagesApi::new(server.client()).by_offset(ByOffsetQuery::new()).stream());
    assert_eq!((ids.as_str(), queries(&server)), ("abc", vec![String::new(), "skip=2".to_owned()]));
    let server = Server::new([page(&["b", "c"], ""), page(&["d"], "")]);
    let query = ByOffsetQuery::new().skip(1).limit(2);
    let (ids, _) = all(CalledPagesApi::new(server.client()).by_offset(query).stream());
    assert_eq!((ids.as_str(), queries(&server)), ("bcd", vec!["skip=1&limit=2".to_owned(), "skip=3&limit=2".to_owned()]));
    let server = Server::new([page(&["a"], ""), page(&["b"], ""), page(&[], "")]);
    assert_eq!(all(CalledPagesApi::new(server.client()).by_offset(ByOffsetQuery::new()).stream()).0, "ab");
}

#[test]
fn numbers_of_pages_begin_where_the_document_says() {
    let server = Server::new([Answer::json(200, &list(&["a", "b"])), Answer::json(200, &list(&["c"])), Answer::json(200, "[]")]);
    let (ids, _) = all(CalledPagesApi::new(server.client()).by_number(ByNumberQuery::new()).stream());
    assert_eq!((ids.as_str(), queries(&server)), ("abc", vec![String::new(), "page=1".to_owned(), "page=2".to_owned()]));
    let pages = r#", "meta": {"total": 2}"#;
    let server = Server::new([page(&["a"], pages), page(&["b"], pages)]);
    let (ids, _) = all(CalledPagesApi::new(server.client()).by_pages(ByPagesQuery::new()).stream());
    assert_eq!((ids.as_str(), queries(&server)), ("ab", vec![String::new(), "page=2".to_owned()]));
}

#[test]
fn a_server_that_gives_fewer_than_was_asked_for_cuts_no_list() {
    let more = |ids: &[&str], yes: bool| page(ids, &format!(r#", "has_more": {yes}"#));
    let server = Server::new([more(&["a", "b"], true), more(&["c", "d"], true), more(&["e"], false)]);
    let query = ByCappedQuery::new().size(500);
    assert_eq!(all(CalledPagesApi::new(server.client()).by_capped(query).stream()).0, "abcde");
    let total = r#", "meta": {"total": 5}"#;
    let server = Server::new([page(&["a", "b"], total), page(&["c", "d"], total), page(&["e"], total)]);
    let query = ByCountedQuery::new().size(500);
    assert_eq!(all(CalledPagesApi::new(server.client()).by_counted(query).stream()).0, "abcde");
    let server = Server::new([page(&["c", "d"], total), page(&["e"], total)]);
    let query = ByCountedQuery::new().page(2).size(500);
    assert_eq!(all(CalledPagesApi::new(server.client()).by_counted(query).stream()).0, "cde");
}

#[test]
fn links_are_followed_within_the_service_alone() {
    let linked = |id: &str, link: &str| Answer::json(200, &list(&[id])).header("link", format!("<{link}>; rel=\"next\", </x>; rel=last"));
    let server = Server::new([linked("a", "https://shelves.example/v1/link?page=2&color=red"), linked("b", "/v1/link?page=3"), Answer::json(200, &list(&["c"]))]);
    let (ids, error) = all(CalledPagesApi::new(server.client()).by_link(ByLinkQuery::new().color("red")).stream());
    assert!(error.is_none(), "{error:?}");
    assert_eq!((ids.as_str(), queries(&server)), ("abc", vec!["color=red".to_owned(), "page=2&color=red".to_owned(), "page=3".to_owned()]));
    for elsewhere in ["https://evil.example/v1/link?page=2", "https://shelves.example/v2/link", "http://shelves.example/v1/link", "//evil.example/v1/link"] {
        let server = Server::new([linked("a", elsewhere), linked("b", "/v1/link")]);
        let (ids, error) = all(CalledPagesApi::new(server.client()).by_link(ByLinkQuery::new()).stream());
        let error = error.unwrap();
        assert_eq!(ids, "a");
        assert!(error.is_request() && server.sent().len() == 1, "{elsewhere}: {error}");
    }
}

#[test]
fn an_address_may_stand_in_the_answer() {
    let server = Server::new([page(&["a"], r#", "meta": {"next": "/v1/address?token=2"}"#), page(&["b"], "")]);
    let (ids, error) = all(CalledPagesApi::new(server.client()).by_address().stream());
    assert!(error.is_none(), "{error:?}");
    assert_eq!((ids.as_str(), queries(&server)), ("ab", vec![String::new(), "token=2".to_owned()]));
}

#[test]
fn an_address_with_the_key_the_default_port_and_an_at_sign_is_followed() {
    let page = |id: &str, next: &str| Answer::json(200, &format!(r#"{{"data": [{{"id": "{id}"}}], "meta": {{"next": {next}}}}}"#));
    let network = Network::new([
        page("a", r#""https://shelves.example:443/v1/people/@me/notes?page=2&token=s3cret""#),
        page("b", r#""/v1/people/%40me/notes?token=s3cret&page=3""#),
        page("c", "null"),
    ]);
    let client = Client::builder("https://shelves.example/v1").key("s3cret").transport(network.clone()).build().unwrap();
    let books = wait(client.api().by_notes().stream().collect()).unwrap();
    assert_eq!(books.into_iter().map(|book| book.id).collect::<String>(), "abc");
    let urls: Vec<String> = network.take().into_iter().map(|sent| sent.url).collect();
    let at = "https://shelves.example/v1/people/";
    assert_eq!(urls, [format!("{at}@me/notes?token=s3cret"), format!("{at}@me/notes?page=2&token=s3cret"), format!("{at}%40me/notes?page=3&token=s3cret")]);
}
