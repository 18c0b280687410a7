//! A program with three calls, written with zeyos and with reqwest and `serde_json` alone over the same TLS: how large it is
//! (`cargo xtask bench size`), and what it costs to build from nothing and after an edit (`cargo xtask bench build`).

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::file;

/// The most kilobytes by which our program may be larger, stripped.
const LARGER: [(&str, u64); 2] = [("release", 600), ("small", 250)];

/// The most CPU time that our program may take to build, as a multiple of the other.
const COLD: f64 = 1.35;

/// The same after an edit of the program, where all else is built. The median counts of so many.
const EDITED: f64 = 1.2;
const EDITS: usize = 5;

const OURS: &str = r#"use zeyos::rest::{NewTicket, Ticket};
use zeyos::{Client, Id, TokenSet};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder("https://cloud.zeyos.com/demo").token_set(TokenSet::bearer("token")).build()?;
    let id = client.api().create_ticket(NewTicket::new("Pump seal leaks")).await?.into_inner().id;
    println!("{}", client.api().get_ticket(Id::new(id.get())).await?.name);
    for ticket in client.api().list_tickets(Ticket::query().limit(10)).await?.into_inner() {
        println!("{}", ticket.name);
    }
    Ok(())
}
"#;

const PLAIN: &str = r#"use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    let url = "https://cloud.zeyos.com/demo/api/v1/tickets";
    let send = |request: reqwest::RequestBuilder, body: Option<Value>| async move {
        let request = request.bearer_auth("token");
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(body.to_string()),
            None => request,
        };
        let answer = request.send().await?.error_for_status()?.bytes().await?;
        Ok::<Value, Box<dyn std::error::Error>>(serde_json::from_slice(&answer)?)
    };
    let made = send(client.put(url), Some(json!({"name": "Pump seal leaks"}))).await?;
    println!("{}", send(client.get(format!("{url}/{}", made["ID"])), None).await?["name"]);
    for ticket in send(client.post(url), Some(json!({"limit": 10}))).await?.as_array().into_iter().flatten() {
        println!("{}", ticket["name"]);
    }
    Ok(())
}
"#;

/// The profiles of both.
const PROFILES: &str = r#"
[profile.release]
strip = true

[profile.small]
inherits = "release"
opt-level = "z"
lto = true
codegen-units = 1
panic = "abort"

[workspace]
"#;

/// A program that is built.
struct Program {
    name: &'static str,
    source: &'static str,
    folder: PathBuf,
}

impl Program {
    fn write(root: &Path, name: &'static str, source: &'static str, dependencies: &str) -> anyhow::Result<Self> {
        let folder = root.join("target/bench-program").join(name);
        let tokio = r#"tokio = { version = "1", features = ["macros", "rt", "net", "time"] }"#;
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{tokio}\n{dependencies}{PROFILES}"
        );
        file::write_if_changed(&folder.join("Cargo.toml"), &manifest)?;
        file::write_if_changed(&folder.join("src/main.rs"), source)?;
        std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).context("Cargo.lock")?;
        Ok(Program { name, source, folder })
    }

    /// Another text in one of its calls, as someone changes a program who works on it.
    fn edit(&self, number: usize) -> anyhow::Result<()> {
        let edited = self.source.replace("Pump seal leaks", &format!("Pump seal {number} leaks"));
        ensure!(edited != self.source, "{}: nothing to edit", self.name);
        file::write_if_changed(&self.folder.join("src/main.rs"), &edited)?;
        Ok(())
    }

    fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    /// Builds it, and answers the seconds of CPU that this took in all processes.
    fn build(&self, profile: &str) -> anyhow::Result<f64> {
        let cargo = crate::toolchain::cargo();
        let mut command = Command::new("sh");
        command.args(["-c", r#""$0" build --quiet --offline --profile "$1" && times"#]).arg(cargo).arg(profile);
        command.current_dir(&self.folder).env("CARGO_TARGET_DIR", self.target());
        let output = command.output().context("sh cannot be started")?;
        ensure!(output.status.success(), "{}:\n{}", self.name, String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let children = text.lines().last().unwrap_or_default();
        let seconds: Option<Vec<f64>> = children.split_whitespace().map(seconds).collect();
        Ok(seconds.with_context(|| format!("{text:?} are not times"))?.iter().sum())
    }

    fn size(&self, profile: &str) -> anyhow::Result<u64> {
        let path = self.target().join(profile).join(self.name);
        Ok(std::fs::metadata(&path).with_context(|| path.display().to_string())?.len())
    }
}

/// As in `1m2.34s`.
fn seconds(text: &str) -> Option<f64> {
    let (minutes, seconds) = text.strip_suffix('s')?.split_once('m')?;
    Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
}

/// Ours and the other.
fn programs(root: &Path) -> anyhow::Result<[Program; 2]> {
    let zeyos = format!("zeyos = {{ path = {:?} }}\n", root.display().to_string());
    let plain = "reqwest = { version = \"0.13\", default-features = false, features = [\"rustls-no-provider\"] }\n\
        rustls = { version = \"0.23\", default-features = false, features = [\"ring\", \"std\", \"tls12\"] }\n\
        serde_json = \"1\"\n";
    Ok([Program::write(root, "ours", OURS, &zeyos)?, Program::write(root, "plain", PLAIN, plain)?])
}

/// How much larger our program is.
pub(crate) fn size(root: &Path) -> anyhow::Result<()> {
    let [ours, plain] = programs(root)?;
    let mut missed = Vec::new();
    file::print("profile       ours      plain     larger by   must");
    for (profile, must) in LARGER {
        ours.build(profile)?;
        plain.build(profile)?;
        let (ours, plain) = (ours.size(profile)? / 1000, plain.size(profile)? / 1000);
        let larger = ours.saturating_sub(plain);
        file::print(format_args!("{profile:9} {ours:6} kB  {plain:6} kB  {larger:6} kB  {must:6} kB"));
        if larger > must {
            missed.push(format!("{profile}: {larger} kB, above {must}"));
        }
    }
    ensure!(missed.is_empty(), "{}", missed.join("; "));
    Ok(())
}

/// What a build from nothing costs in CPU time, and one after an edit.
pub(crate) fn build(root: &Path) -> anyhow::Result<()> {
    let programs = programs(root)?;
    let mut missed = Vec::new();
    file::print("build               ours      plain   ratio   must");
    for profile in ["dev", "release"] {
        let mut seconds = [0.0; 2];
        for (program, seconds) in programs.iter().zip(&mut seconds) {
            let folder = program.target();
            if folder.exists() {
                std::fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
            }
            *seconds = program.build(profile)?;
        }
        missed.extend(judged(profile, seconds, COLD));
        missed.extend(judged(&format!("{profile}, edited"), edited(&programs, profile)?, EDITED));
    }
    ensure!(missed.is_empty(), "{}", missed.join("; "));
    Ok(())
}

/// What a build after an edit costs, where everything was built before. They take turns.
fn edited(programs: &[Program; 2], profile: &str) -> anyhow::Result<[f64; 2]> {
    let mut samples = [Vec::new(), Vec::new()];
    for number in 1..=EDITS {
        for (program, samples) in programs.iter().zip(&mut samples) {
            program.edit(number)?;
            samples.push(program.build(profile)?);
        }
    }
    Ok(samples.map(|mut samples| {
        samples.sort_by(f64::total_cmp);
        samples.get(EDITS / 2).copied().unwrap_or(f64::NAN)
    }))
}

/// Prints the times of both, and answers what is wrong with them.
fn judged(what: &str, [ours, plain]: [f64; 2], must: f64) -> Option<String> {
    let ratio = ours / plain;
    file::print(format_args!("{what:15} {ours:6.1} s  {plain:6.1} s    {ratio:.2}   {must:.2}"));
    (ratio > must).then(|| format!("{what}: {ratio:.2}, above {must:.2}"))
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn the_times_of_a_shell_are_read() {
        assert_eq!((seconds("1m2.5s"), seconds("0m0.00s"), seconds("2.5")), (Some(62.5), Some(0.0), None));
    }
}
