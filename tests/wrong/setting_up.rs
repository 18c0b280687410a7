use std::time::Duration;

use zeyos::{Client, ClientBuilder, FileTokenStore, Id, Secret, TokenSet};

//~ no function or associated item named `new` found for struct `Client`
fn a_client_by_new() -> Client {
    Client::new("https://cloud.zeyos.com/demo")
}

//~ no method named `api` found
//~ build
fn a_builder_that_was_not_built() {
    Client::builder("https://cloud.zeyos.com/demo").api();
}

//~ the method `api` exists on the type `Client`
fn a_client_without_its_error() {
    Client::builder("https://cloud.zeyos.com/demo").build().api();
}

//~ no method named `timeout` found
fn a_setting_after_build() {
    Client::builder("https://cloud.zeyos.com/demo").build().unwrap().timeout(Duration::from_secs(5));
}

//~ expected `TokenSet`, found `&str`
fn a_token_as_a_text() -> ClientBuilder {
    Client::builder("https://cloud.zeyos.com/demo").token_set("t0ken")
}

//~ is not a store of tokens
fn a_path_for_a_store() -> ClientBuilder {
    Client::builder("https://cloud.zeyos.com/demo").token_store("tokens.json")
}

//~ is not a store of tokens
fn a_store_that_was_not_opened() -> ClientBuilder {
    Client::builder("https://cloud.zeyos.com/demo").token_store(FileTokenStore::open("tokens.json"))
}

//~ this method takes 2 arguments but 1 argument was supplied
fn a_client_application_without_its_secret() -> ClientBuilder {
    Client::builder("https://cloud.zeyos.com/demo").client_credentials("app")
}

//~ expected `Duration`, found integer
fn a_timeout_in_seconds() -> ClientBuilder {
    Client::builder("https://cloud.zeyos.com/demo").timeout(30)
}

//~ `Secret` doesn't implement `Display`
fn a_secret_that_is_printed(secret: Secret) -> String {
    format!("{secret}")
}

//~ is not a transport
fn a_transport_that_is_none() -> ClientBuilder {
    Client::builder("https://cloud.zeyos.com/demo").transport(7)
}

//~ cannot find function `connect`
fn a_function_that_is_not_there() {
    zeyos::connect("https://cloud.zeyos.com/demo");
}
