//! The README and the help say what is there.

use zeyos_emulator::Switches;

const README: &str = include_str!("../../README.md");

#[test]
fn the_readme_has_every_switch_with_its_default_and_choices() {
    let rows: Vec<String> = Switches::default()
        .list()
        .iter()
        .map(|switch| {
            let shown = |name: &str| format!("`{name}`");
            let choices: Vec<_> = switch.choices.iter().map(|choice| shown(choice.name)).collect();
            let allowed = if choices.is_empty() { switch.kind.to_owned() } else { choices.join(", ") };
            let default = if switch.default.is_empty() { "none".to_owned() } else { shown(&switch.default) };
            let mark = if switch.unconfirmed { "unconfirmed" } else { "documented" };
            format!("| `{}` | {default} | {allowed} | {mark} | {} |", switch.name, switch.about)
        })
        .collect();
    let table: Vec<&str> = README.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(table, rows, "the table of switches should be:\n{}", rows.join("\n"));
}
