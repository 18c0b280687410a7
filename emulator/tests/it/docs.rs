//! The README says what is there, and its examples work.

use std::fs;

use serde_json::json;
use zeyos_emulator::platforms::Platform;
use zeyos_emulator::switches::{Profile, Switch};
use zeyos_emulator::{Emulator, Switches};

use crate::client::started;

const README: &str = include_str!("../../README.md");

/// The row of a switch: name, default, choices with what they do, whether it is a guess, what it is about.
fn row(switch: &Switch) -> String {
    let choice = |choice: &zeyos_emulator::switches::Choice| match choice.about.trim_end_matches('.') {
        "" => format!("`{}`", choice.name),
        about if about == choice.name => format!("`{}`", choice.name),
        about => format!("`{}`: {about}", choice.name),
    };
    let choices: Vec<_> = switch.choices.iter().map(choice).collect();
    let allowed = if choices.is_empty() { switch.kind.to_owned() } else { choices.join("; ") };
    let default = if switch.default.is_empty() { "none".to_owned() } else { format!("`{}`", switch.default) };
    let mark = if switch.unconfirmed { "unconfirmed" } else { "documented" };
    format!("| `{}` | {default} | {allowed} | {mark} | {} |", switch.name, switch.about)
}

#[test]
fn the_readme_has_every_switch_of_every_platform() {
    for platform in Platform::ALL {
        let rows: Vec<String> = platform.switches().iter().map(row).collect();
        let (_, table) = README.split_once(&format!("### Switches of {}\n", platform.as_str())).unwrap();
        let table: Vec<&str> = table.lines().skip(2).take_while(|line| line.starts_with("| `")).collect();
        assert_eq!(table, rows, "the table of {platform:?} should be:\n{}", rows.join("\n"));
    }
}

/// The first block of this language.
fn block(language: &str) -> &'static str {
    let (_, rest) = README.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_readme_has_every_switch_with_its_default_and_choices() {
    let rows: Vec<String> = Switches::default().list().iter().map(row).collect();
    let (_, table) = README.split_once("## Switches").unwrap();
    let (table, _) = table.split_once("### Profiles").unwrap();
    let table: Vec<&str> = table.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(table, rows, "the table of switches should be:\n{}", rows.join("\n"));
}

#[test]
fn the_readme_has_the_profiles_with_a_value_for_every_switch() {
    let of = |profile| Switches::profile(profile).list();
    let profiles = [of(Profile::Documented), of(Profile::Strict), of(Profile::Lenient)];
    let value =
        |switch: &Switch| if switch.value.is_empty() { "none".to_owned() } else { format!("`{}`", switch.value) };
    let row = |index: usize| {
        let values: Vec<String> = profiles.iter().map(|switches| value(&switches[index])).collect();
        format!("| `{}` | {} |", profiles[0][index].name, values.join(" | "))
    };
    let rows: Vec<String> = (0..profiles[0].len()).map(row).collect();
    let (_, table) = README.split_once("### Profiles").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let table: Vec<&str> = table.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(table, rows, "the table of profiles should be:\n{}", rows.join("\n"));
}

#[test]
fn the_example_file_of_the_readme_is_read() {
    let folder = std::env::temp_dir().join(format!("zeyos-emulator-{}-readme", std::process::id()));
    fs::create_dir_all(folder.join("dist")).unwrap();
    fs::write(folder.join("emulator.toml"), block("toml")).unwrap();
    let builder = Emulator::builder().config_file(folder.join("emulator.toml")).unwrap();
    let server = started(builder.port(0).control_port(0));
    let ask = || server.ask("PUT", "/api/v1/tickets").json(&json!({})).send().status;
    assert_eq!([ask(), ask(), ask()], [503, 503, 400]);
    drop(server);
    assert!(folder.join("demo.db").exists());
    fs::remove_dir_all(&folder).unwrap();
}
