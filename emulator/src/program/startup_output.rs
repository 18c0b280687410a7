//! What the program prints when it has started: where the emulator is and what a client signs in with.

use super::started::Started;

/// One JSON object on one line.
pub(crate) fn object(started: &Started) -> String {
    let members = started.members().into_iter();
    let members = members.map(|(name, value)| format!("\"{name}\":{}", serde_json::Value::from(value)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// The same as text, with the switches that are not as without saying.
pub(crate) fn banner(started: &Started) -> String {
    let mut lines = vec![started.title()];
    lines.extend(started.members().into_iter().map(|(name, value)| format!("  {name:<14} {value}")));
    let (set, usual) = started.switches();
    for (switch, _) in set.iter().zip(usual).filter(|(switch, usual)| switch.value != usual.value) {
        lines.push(format!("  {:<14} {} = {}", "switch", switch.name, switch.value));
    }
    lines.push("Ctrl-C stops it; --help tells how to point a client at it.".to_owned());
    lines.join("\n")
}
