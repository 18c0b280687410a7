//! What is said from outside: switches by name, the configuration file, faults as tables.

use std::fs;
use std::path::PathBuf;

use serde_json::json;
use zeyos_emulator::{Builder, Emulator, Seed, Switches};

use crate::client::{block_on, empty, started};

/// The open questions of the service with their switches and the values that each must take, the default first.
const QUESTIONS: &[(&str, &[&str])] = &[
    ("filter_fk", &["honour", "ignore"]),
    ("both_filters", &["and", "prefer_filters", "reject"]),
    ("unknown_member", &["ignore", "reject"]),
    ("bad_column", &["opaque", "named"]),
    ("unknown_write", &["reject", "ignore"]),
    ("readonly_write", &["ignore", "reject", "accept"]),
    ("create_id", &["conflict_if_used", "always_conflict", "ignore"]),
    ("gone", &["never", "deleted_ids"]),
    ("undeletable", &["", "tickets/5,accounts/17"]),
    ("limit_over", &["clamp", "reject"]),
    ("default_order", &["id", "random"]),
    ("nulls", &["postgres", "sqlite"]),
    ("null_filter", &["is_null", "never"]),
    ("not_many", &["not_and", "nor"]),
    ("query", &["all_terms", "any_term", "phrase"]),
    ("query_none", &["empty", "ignore"]),
    ("join_depth", &["1", "2", "9"]),
    ("dotted", &["flat", "nested"]),
    ("unexpanded", &["reference", "omit"]),
    ("extdata_values", &["text", "json"]),
    ("list_tags", &["on", "off"]),
    ("record_tags", &["on", "off"]),
    ("count_shape", &["object", "number", "text", "wrapper"]),
    ("csv_eol", &["crlf", "lf"]),
    ("csv_bom", &["off", "on"]),
    ("unindexed_window", &["ok", "503"]),
    ("auto_number", &["on", "off"]),
    ("rule_status", &["500", "400", "409"]),
    ("extra_columns", &["on", "off"]),
    ("permissions", &["off", "on"]),
    ("etag", &["row", "lastmodified"]),
    ("one_token_per_app", &["on", "off"]),
    ("code_ttl", &["60", "5"]),
    ("redirect_check", &["strict", "off"]),
    ("client_auth", &["either", "basic", "body"]),
    ("authorize", &["auto", "form"]),
    ("cookie_on_login", &["off", "on"]),
    ("password_token", &["on", "off"]),
    ("password_token_ttl", &["86400", "60"]),
    ("filter", &["honour", "ignore"]),
    ("empty_update", &["reject", "noop"]),
    ("campaign_owner", &["optional", "required"]),
    ("text_order", &["code_points", "locale"]),
    ("extdata_keys", &["path", "underscore"]),
    ("hidden_columns", &["reject", "read"]),
    ("list_extdata", &["on", "off"]),
    ("user_extdata", &["off", "on"]),
    ("commit_delay", &["0", "60"]),
    ("introspect_lies", &["off", "on"]),
    ("replay_ends_tokens", &["off", "on"]),
    ("wrong_verifier_burns_code", &["off", "on"]),
    ("one_code_per_app", &["off", "on"]),
    ("token_query", &["reject", "accept"]),
    ("lockout", &["0", "5"]),
    ("cookie_on_token", &["off", "on"]),
    ("expdate_null", &["off", "on"]),
    ("cors_credentials", &["off", "on"]),
    ("cors_expose", &["on", "off"]),
];

/// A file that is gone when the test is over.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("zeyos-emulator-{}-{name}.toml", std::process::id()));
        fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn builder() -> Builder {
    Emulator::builder().seed(Seed::Empty)
}

fn refused(text: &str) -> String {
    let file = File::new("refused", text);
    let error = builder().config_file(&file.0).unwrap_err().to_string();
    error.strip_prefix(file.0.to_str().unwrap()).unwrap().to_owned()
}

#[test]
fn every_open_question_has_its_switch_with_its_values() {
    for (name, values) in QUESTIONS {
        let mut switches = Switches::default();
        let known = switches.list().into_iter().find(|switch| switch.name == *name);
        assert_eq!(
            known.map(|switch| (switch.value, switch.unconfirmed)),
            Some((values[0].to_owned(), true)),
            "{name}"
        );
        for value in *values {
            switches.set(name, value).unwrap();
            assert!(switches.list().iter().any(|switch| switch.name == *name && switch.value == *value), "{name}");
        }
    }
}

#[test]
fn an_origin_of_pages_is_any_one_or_none_and_a_wrong_one_is_told() {
    let mut switches = Switches::default();
    for value in ["*", "", "http://localhost:3000"] {
        switches.set("cors_origin", value).unwrap();
    }
    let told = switches.set("cors_origin", "http://x/").unwrap_err().to_string();
    assert!(told.contains("without a slash at its end"), "{told}");
}

#[test]
fn a_file_sets_switches_faults_seed_clock_and_instance() {
    let file = File::new(
        "whole",
        "instance = 'nord'\nseed = 'empty'\nclock = '+1h'\n\n[switches]\nrule_status = 409\ncsv_bom = true\n\
         count_shape = 'number'\n\n[[fault]]\nmethod = 'GET'\npath = '/api/v1/config'\nstatus = 503\nretry_after = 1\n",
    );
    let server = started(Emulator::builder().config_file(&file.0).unwrap());
    assert!(server.zeyos.url().ends_with("/nord"));
    assert_eq!(server.list("tickets", json!({ "count": true })), json!(0));
    assert_eq!(server.ask("PUT", "/api/v1/tickets").json(&json!({})).send().error(), 409);
    let busy = server.ask("GET", "/api/v1/config").send();
    assert_eq!((busy.status, busy.header("retry-after")), (503, Some("1")));
    let seen = server.ask("GET", "/api/v1/config").send();
    let stored = server.create("tickets", json!({ "name": "A" }));
    let machine = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let ahead = stored["creationdate"].as_u64().unwrap() - machine;
    assert!(seen.status == 200 && (3590..3610).contains(&ahead), "{ahead}");
}

#[test]
fn a_database_is_looked_for_beside_the_file() {
    let folder = std::env::temp_dir().join(format!("zeyos-emulator-{}-beside", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("emulator.toml"), "db = 'kept.db'\nseed = 'empty'\n").unwrap();
    drop(started(Emulator::builder().config_file(folder.join("emulator.toml")).unwrap()));
    assert!(folder.join("kept.db").exists());
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_folder_of_pages_lies_beside_the_instance_and_is_no_part_of_the_service() {
    let folder = std::env::temp_dir().join(format!("zeyos-emulator-{}-pages", std::process::id()));
    fs::create_dir_all(folder.join("dist/demo")).unwrap();
    fs::write(folder.join("dist/demo/index.html"), "hidden by the instance").unwrap();
    fs::write(folder.join("dist/index.html"), "<p>a page").unwrap();
    fs::write(folder.join("emulator.toml"), "pages = 'dist'\nseed = 'empty'\n").unwrap();
    let builder = Emulator::builder().config_file(folder.join("emulator.toml")).unwrap();
    let server = started(builder.fault_table("status = 503, times = \"always\"").unwrap());
    let page = server.bare("GET", "//").send();
    assert_eq!((page.status, page.text()), (200, "<p>a page".to_owned()));
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(server.bare("GET", "//").named("evil.example").send().status, 403, "under its own names alone");
    assert_eq!(server.bare("GET", "//nowhere").send().status, 404);
    assert!(server.zeyos.requests().is_empty(), "{:?}", server.zeyos.requests());
    assert_eq!(server.bare("GET", "//demo/").send().status, 503, "the instance is what it was");
    drop(server);
    let error = block_on(Emulator::builder().pages(folder.join("nowhere")).start()).unwrap_err();
    assert!(error.to_string().contains("nowhere") && std::error::Error::source(&error).is_some(), "{error}");
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_is_said_later_wins() {
    let file = File::new("later", "[switches]\nrule_status = 409\nnulls = 'sqlite'\n");
    let builder = builder().config_file(&file.0).unwrap().switch("rule_status", "400").unwrap();
    let switches = started(builder).zeyos.switches();
    let mut expected = Switches::default();
    expected.set("rule_status", "400").unwrap();
    expected.set("nulls", "sqlite").unwrap();
    assert_eq!(switches, expected);
}

#[test]
fn a_mistake_in_a_file_is_told_with_its_line_and_what_is_known() {
    let told = refused("port = 1\n[switches]\nfilter_kf = 'ignore'\n");
    assert!(
        told.starts_with(":3: no switch is called \"filter_kf\"; did you mean \"filter_fk\"? known are filter_fk, ")
    );
    assert_eq!(
        refused("[switches]\n\nrule_status = 418"),
        ":3: \"418\" is not a value of \"rule_status\"; allowed are 500, 400, 409"
    );
    assert_eq!(
        refused("[switches]\ncode_ttl = -1"),
        ":2: \"-1\" is not a value of \"code_ttl\"; allowed are whole seconds"
    );
    assert!(refused("[switches").starts_with(":1: this is not TOML: "));
    assert!(refused("[[fault]]\nstatus = 503\nevery = 2").starts_with(":3: no part of a fault is called \"every\"; "));
}

#[test]
fn a_fault_may_be_said_as_a_switch_or_on_a_line() {
    let server = started(builder().switch("fault", "status = 429, retry_after = 'soon'").unwrap());
    let answer = server.ask("GET", "/api/v1/config").send();
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("soon")));
    let file = File::new("inside", "[switches]\nfault = { status = 503, every_n = 2 }");
    let server = started(builder().config_file(&file.0).unwrap());
    let status = || server.ask("GET", "/api/v1/config").send().status;
    assert_eq!([status(), status(), status(), status()], [200, 503, 200, 503]);
    let error = builder().fault_table("status == 503").unwrap_err().to_string();
    assert!(error.starts_with("\"status == 503\" is not the inside of a TOML table: "), "{error}");
}

#[test]
fn switches_of_a_running_emulator_may_change() {
    let server = empty();
    let ask = || server.ask("PUT", "/api/v1/tickets").json(&json!({})).send().error();
    assert_eq!(ask(), 500);
    let mut switches = server.zeyos.switches();
    switches.set("rule_status", "400").unwrap();
    server.zeyos.set_switches(switches);
    assert_eq!(ask(), 400);
}
