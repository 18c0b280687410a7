//! What the program prints when it has started: where the emulator is and what a client signs in with.

use zeyos_emulator::Emulator;

use super::defaults::switches;

/// Url and credentials under the names that scripts read.
fn members(zeyos: &Emulator) -> Vec<(&'static str, &str)> {
    let credentials = zeyos.credentials();
    let mut members = vec![
        ("url", zeyos.url()),
        ("client_id", &credentials.client_id),
        ("client_secret", &credentials.client_secret),
        ("username", &credentials.username),
        ("password", &credentials.password),
        ("access_token", &credentials.access_token),
        ("refresh_token", &credentials.refresh_token),
        ("session", &credentials.session),
    ];
    members.extend(zeyos.control_url().map(|url| ("control_url", url)));
    members
}

/// The same under the names of environment variables, which the examples of the `zeyos` crate read.
pub(crate) fn variables(zeyos: &Emulator) -> Vec<(&'static str, &str)> {
    let variable = |(name, value)| {
        let variable = match name {
            "url" => "ZEYOS_BASE_URL",
            "access_token" => "ZEYOS_TOKEN",
            "refresh_token" => "ZEYOS_REFRESH_TOKEN",
            "session" => "ZEYOS_SESSION",
            "client_id" => "ZEYOS_CLIENT_ID",
            "client_secret" => "ZEYOS_CLIENT_SECRET",
            "username" => "ZEYOS_USERNAME",
            "password" => "ZEYOS_PASSWORD",
            _ => "ZEYOS_CONTROL_URL",
        };
        (variable, value)
    };
    members(zeyos).into_iter().map(variable).collect()
}

/// One JSON object on one line.
pub(crate) fn object(zeyos: &Emulator) -> String {
    let members = members(zeyos).into_iter();
    let members = members.map(|(name, value)| format!("\"{name}\":{}", serde_json::Value::from(value)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// The same as text, with the switches that are not as without saying.
pub(crate) fn banner(zeyos: &Emulator) -> String {
    let mut lines = vec!["ZeyOS emulator".to_owned()];
    lines.extend(members(zeyos).into_iter().map(|(name, value)| format!("  {name:<14} {value}")));
    let (set, usual) = (zeyos.switches().list(), switches().list());
    for (switch, _) in set.iter().zip(usual).filter(|(switch, usual)| switch.value != usual.value) {
        lines.push(format!("  {:<14} {} = {}", "switch", switch.name, switch.value));
    }
    lines.push("Ctrl-C stops it; --help tells how to point a client at it.".to_owned());
    lines.join("\n")
}
