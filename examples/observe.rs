//! What a collector of OpenTelemetry gets of calls: one span each, below the span of the program that made it, and the library's own
//! events.
//!
//! `cargo run --example observe` prints the spans of a few calls against an emulator. A program would hand them to an exporter of its
//! own (OTLP, Jaeger) in place of the one that keeps them in memory here.

use std::error::Error;
use std::future::IntoFuture as _;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;
use zeyos::rest::{NewTicket, Ticket};
use zeyos::{Client, Id, TokenSet};
use zeyos_emulator::{Emulator, Fault, Seed};

type Outcome = Result<(), Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let zeyos = Emulator::builder().seed(Seed::Empty).start().await?;
    let token = TokenSet::bearer(zeyos.credentials().access_token.as_str());
    let client =
        Client::builder(zeyos.url()).token_set(token).on_event(|event| println!("event: {event:?}")).build()?;

    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("observe"));
    let _collecting = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));

    // One failure that passes: the call is sent again, within its one span.
    zeyos.inject(Fault::status(503).on("POST", "/api/v1/tickets").times(1).retry_after("0"));
    job(&client).instrument(tracing::info_span!("nightly job")).await?;

    provider.force_flush()?;
    exporter.get_finished_spans()?.iter().for_each(print);
    Ok(())
}

async fn job(client: &Client) -> Outcome {
    let id = client.api().create_ticket(NewTicket::new("Pump seal leaks")).into_future().await?.into_inner().id;
    client.api().list_tickets(Ticket::query().live()).await?;
    // An error is in the span by its kind, never by its words.
    match client.api().get_ticket(Id::new(id.get() + 1)).await {
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Err("there is a ticket that no one has made".into()),
    }
}

fn print(span: &SpanData) {
    println!("span: {}, {:?}", span.name, span.status);
    for attribute in &span.attributes {
        if !attribute.key.as_str().starts_with("code.") && !attribute.key.as_str().starts_with("thread.") {
            println!("  {} = {}", attribute.key, attribute.value);
        }
    }
}
