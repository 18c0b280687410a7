//! Tests of what errors of streams of events and of lists repeat of an answer that echoes a secret of its request.

use bytes::Bytes;
use http::Method;
use zeyos_core::call::{Call, RawCall, kind};
use zeyos_core::{
    BoxFuture, Dispatcher as _, Error, Fields, Operation, PageInput, Paging, PagingKind, ServiceDescription,
};

use crate::{Client, ClientBuilder, Login, Transport, TransportError, TransportRequest};

static SERVICE: ServiceDescription = ServiceDescription::new("kennel", "");
static PAGES: Paging = Paging::new(PagingKind::Offset).items("/data").moves(PageInput::Query("skip"));
static LIST: Operation = Operation::new(&SERVICE, "list", Method::POST, "/list").paging(&PAGES);

/// Answers with this, whatever it is asked.
#[derive(Clone)]
struct Says(&'static str);

impl Transport for Says {
    fn send(&self, _: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let answer = http::Response::new(Bytes::from_static(self.0.as_bytes()));
        Box::pin(async move { Ok(answer) })
    }
}

fn call<K>(answer: &'static str) -> Call<i64, K> {
    let login = Login::without_tokens().service(&SERVICE, [&LIST], &[]);
    let client: Client = ClientBuilder::new("https://kennel.example", login).transport(Says(answer)).build().unwrap();
    let mut fields = Fields::new();
    fields.set_secret("password", "hunter2".into());
    RawCall::new(&client.dispatch(), &LIST).body(fields).typed()
}

fn shows_nothing(error: &Error) {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    let shown: Vec<String> = causes.map(ToString::to_string).chain([error.to_string(), format!("{error:?}")]).collect();
    assert!(error.is_decode() && shown.iter().all(|text| !text.contains("hunter2")), "{shown:?}");
}

#[tokio::test]
async fn errors_of_lists_and_events_repeat_no_secret_of_their_request() {
    for answer in [r#"{"data": ["hunter2"]}"#, r#"{"data": {"echo": "hunter2"}}"#, "hunter2"] {
        let mut items = call::<kind::Paged<i64>>(answer).stream();
        shows_nothing(&items.next().await.unwrap().unwrap_err());
        assert!(items.next().await.is_none());
    }
    let mut events = call::<kind::Events>("data: \"hunter2\"\n\n").events().await.unwrap().into_inner();
    shows_nothing(&events.next().await.unwrap().unwrap_err());
}
