//! A client of a document of someone else: `client/` is what `cargo xtask codegen` makes of `kennel.yaml`. A server in memory answers,
//! so that it runs anywhere:
//!
//! ```console
//! $ cargo run --manifest-path examples/kennel/Cargo.toml
//! ```

use std::error::Error;

use kennel::runtime::bytes::Bytes;
use kennel::runtime::core::BoxFuture;
use kennel::runtime::http::{Response, StatusCode};
use kennel::runtime::{Transport, TransportError, TransportRequest};
use kennel::{Client, GetDogQuery, ListDogsQuery, NewDog, servers};

/// A kennel with one dog. It prints what comes in.
struct Kennel;

impl Transport for Kennel {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        let request = request.request;
        println!("{} {}", request.method(), request.uri());
        let names = ["x-kennel-key", "authorization", "idempotency-key", "cookie"];
        for name in names.iter().filter(|name| request.headers().contains_key(**name)) {
            println!("  with {name}");
        }
        let dog = r#"{"id": 7, "name": "Rex", "breed": null, "temper": "lively"}"#;
        let (status, body) = match (request.method().as_str(), request.uri().path()) {
            ("GET", "/v1/dogs") => (200, format!("[{dog}]")),
            ("POST", _) => (201, dog.to_owned()),
            _ => (200, dog.to_owned()),
        };
        let mut answer = Response::new(Bytes::from(body));
        *answer.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        Box::pin(async move { Ok(answer) })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::builder(servers::PRODUCTION.variable("region", "us"))
        .key("k3nn3l")
        .oauth("access")
        .transport(Kennel)
        .build()?;
    let api = client.api();

    for dog in api
        .list_dogs(ListDogsQuery::new().breed(vec!["corgi".to_owned(), "pug".to_owned()]).limit(10))
        .await?
        .into_inner()
    {
        println!("{} {} ({:?})", dog.id, dog.name, dog.temper);
    }
    let added = api.add_dog(NewDog::new("Rex")).await?.into_inner();
    let again = api.get_dog(added.id, GetDogQuery::new().lang("de")).await?.into_inner();
    println!("{} is {:?}", again.name, again.temper);

    // The document has photos on a server of their own. No one named it, so no credential goes there.
    let refused = api.set_photo(added.id, Bytes::from_static(b"jpeg")).await;
    println!("{}", refused.err().map_or_else(String::new, |error| error.to_string()));
    Ok(())
}
