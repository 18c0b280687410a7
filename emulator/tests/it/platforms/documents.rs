//! Every operation of the documents of platforms is there, and refuses as the document says.

use std::path::Path;

use yaml_rust2::{Yaml, YamlLoader};

use super::{Platform, Site};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// An operation: method, path, and the statuses that its document names; none where any may come.
struct Operation {
    method: String,
    path: String,
    statuses: Option<Vec<String>>,
}

fn operations(document: &str) -> Vec<Operation> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../spec/platforms/{document}.yaml"));
    let yaml = YamlLoader::load_from_str(&std::fs::read_to_string(path).unwrap()).unwrap().remove(0);
    let mut found = Vec::new();
    for (path, item) in yaml["paths"].as_hash().unwrap() {
        for (method, operation) in item.as_hash().unwrap() {
            let method = method.as_str().unwrap();
            if METHODS.contains(&method) {
                let name = |status: &Yaml| status.as_str().unwrap().to_owned();
                let statuses: Vec<String> = operation["responses"].as_hash().unwrap().keys().map(name).collect();
                let statuses = (!statuses.contains(&"default".to_owned())).then_some(statuses);
                found.push(Operation {
                    method: method.to_uppercase(),
                    path: path.as_str().unwrap().to_owned(),
                    statuses,
                });
            }
        }
    }
    found
}

/// Asks for every operation of a document without credentials and body; answers how many there are.
fn asked(document: &str, platform: Platform, switches: &[(&str, &str)]) -> usize {
    let site = Site::switched(platform, switches);
    let operations = operations(document);
    for Operation { method, path, statuses } in &operations {
        let path = path.replace("{client_id}", "x").replace("{tokenId}", "x");
        let answer = site.ask(method, &path).send();
        assert_ne!(answer.status, 404, "{method} {path}: {}", answer.text());
        let status = answer.status.to_string();
        assert!(
            statuses.as_ref().is_none_or(|known| known.contains(&status)),
            "{method} {path}: {status} {statuses:?}"
        );
    }
    operations.len()
}

#[test]
fn every_operation_of_every_document_is_there_and_refuses_with_a_documented_status() {
    assert_eq!(asked("cozy", Platform::Cozy, &[]), 6);
    assert_eq!(asked("access-tokens", Platform::AccessTokens, &[]), 8);
    assert_eq!(asked("auth-agent", Platform::AuthAgent, &[]), 14);
    assert_eq!(asked("auth-agent-back-channel", Platform::AuthAgent, &[("generation", "second")]), 9);
}
