//! What the page with the client is measured against: the same three calls by hand, with the columns that it shows.

use std::error::Error;

use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "ID")]
    id: i64,
    name: String,
}

/// Lists tickets, creates one and changes it.
#[wasm_bindgen]
pub async fn run(url: String) -> Result<String, JsError> {
    calls(&url).await.map_err(|error| JsError::new(&error.to_string()))
}

async fn calls(url: &str) -> Result<String, Box<dyn Error>> {
    let client = Client::new();
    let tickets = format!("{url}/api/v1/tickets");
    let active = json!({ "fields": ["ID", "name"], "filters": { "visibility": 0, "status": 4 }, "limit": 10 });
    let rows: Vec<Row> = sent(client.post(&tickets), &active).await?;
    let names: Vec<String> = rows.into_iter().map(|row| format!("{} {}", row.id, row.name)).collect();
    let created: Row = sent(client.put(&tickets), &json!({ "name": "Pump seal leaks" })).await?;
    let changed: Row = sent(client.patch(format!("{tickets}/{}", created.id)), &json!({ "status": 4 })).await?;
    Ok(format!("{}\n{} {}", names.join("\n"), changed.id, changed.name))
}

async fn sent<T: DeserializeOwned>(request: RequestBuilder, body: &Value) -> Result<T, Box<dyn Error>> {
    let request = request.fetch_credentials_include().header("content-type", "application/json").body(body.to_string());
    let answer = request.send().await?;
    let (status, text) = (answer.status(), answer.text().await?);
    if !status.is_success() {
        return Err(format!("{status}: {text}").into());
    }
    Ok(serde_json::from_str(&text)?)
}
