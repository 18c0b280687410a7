//! What queries look like on the wire, one construct each; and that the emulator, as documented and as strict as can be, answers each
//! with the rows that an evaluator of these tests finds in the same records.

mod cases;
mod evaluator;
mod world;

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use zeyos_emulator::switches::Profile;

use cases::{Case, cases};
use evaluator::{Answer, Server, answer};
use world::World;

/// What the emulator answered, as the evaluator puts it.
fn answered(case: &Case, body: Json) -> Answer {
    if case.body.get("count").is_some() {
        return Answer::Count(body.get("count").unwrap_or(&body).as_u64().unwrap());
    }
    let rows = body.as_array().unwrap().clone();
    if case.body.get("fields").is_some() {
        return Answer::Rows(rows);
    }
    // Of whole records it is enough which they are: their columns are looked at elsewhere.
    Answer::Rows(rows.into_iter().map(|row| json!({"ID": row["ID"]})).collect())
}

#[test]
fn every_query_is_another_one_and_looks_as_accepted() {
    let all = cases();
    let names: BTreeSet<&str> = all.iter().map(|case| case.name.as_str()).collect();
    let bodies: BTreeSet<String> = all.iter().map(|case| format!("{} {}", case.resource, case.body)).collect();
    assert!(all.len() >= 150, "{} queries", all.len());
    assert_eq!((names.len(), bodies.len()), (all.len(), all.len()), "two have one name, or are the same");
    let lines: Vec<String> =
        all.iter().map(|case| format!("{:44} {:8} {}", case.name, case.resource, case.body)).collect();
    insta::assert_snapshot!("queries", lines.join("\n"));
}

async fn agree(profile: Profile) {
    let world = World::new(profile).await;
    let strict = matches!(profile, Profile::Strict);
    let server = Server { null_is_never: strict, nulls_are_least: strict };
    let (mut some, mut none) = (0, Vec::new());
    for case in cases() {
        let expected = answer(&case.body, &world.facts, case.resource, server);
        let found = answered(&case, world.asked(&case).await);
        assert_eq!(found, expected, "{}: {}\nleft: the emulator, right: the evaluator", case.name, case.body);
        if expected.is_empty() {
            none.push(case.name);
        } else {
            some += 1;
        }
    }
    assert!(some > 130, "too many queries find nothing, and agree about nothing: {none:?}");
}

#[tokio::test]
async fn documented_servers_answer_the_rows_that_an_evaluator_finds() {
    agree(Profile::Documented).await;
}

#[tokio::test]
async fn strict_servers_answer_the_rows_that_an_evaluator_finds() {
    agree(Profile::Strict).await;
}
