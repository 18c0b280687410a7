//! The documents of further platforms: complete, described, and understood as a whole by the generator.

use super::documents::{of_folder, operations};
use crate::codegen::any_document::{self, EmitOptions};
use crate::file;
use crate::spec::check;
use crate::yaml::Node;

const FOLDER: &str = "spec/platforms";

#[test]
fn every_operation_of_every_platform_is_there() {
    let documents = of_folder(FOLDER);
    let with_id = |document: &Node| operations(document).filter(|one| one.get("operationId").is_some()).count();
    let found: Vec<(&str, usize)> =
        documents.iter().map(|(name, _, document)| (name.as_str(), with_id(document))).collect();
    assert_eq!(found, [("access-tokens", 8), ("auth-agent-back-channel", 9), ("auth-agent", 14), ("cozy", 6)]);
}

#[test]
fn everything_is_described() {
    for (name, _, document) in of_folder(FOLDER) {
        assert_eq!(check::missing(&document), [""; 0], "{name}");
    }
}

#[test]
fn the_generator_takes_every_operation() {
    for (name, _, document) in of_folder(FOLDER) {
        let path = file::root().join(FOLDER).join(format!("{name}.yaml"));
        let read = any_document::read(&EmitOptions { spec: path, ..EmitOptions::default() }).unwrap();
        let ids = operations(&document).filter(|one| one.get("operationId").is_some()).count();
        assert_eq!((read.operations, read.model.refused.len()), (ids, 0), "{name}");
    }
}

#[test]
fn what_nobody_confirmed_is_marked() {
    let (.., document) = of_folder(FOLDER).into_iter().find(|(name, ..)| name == "auth-agent").unwrap();
    let marked = operations(&document).filter(|one| one.get("x-unconfirmed") == Some(&true.into()));
    let ids: Vec<&str> = marked.filter_map(|one| one.get("operationId")?.as_text()).collect();
    let wanted =
        ["revokeToken", "introspectToken", "sendEvent", "requestChallenge", "confirmVerification", "getVerifyStatus"];
    assert_eq!(ids, wanted);
}
