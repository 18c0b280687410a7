//! `--prism`: every operation of an emitted crate is called once, over HTTP, against Prism, which mocks the document and checks what it is
//! sent by rules of its own.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::wire;
use crate::codegen::any_document::EmitOptions;
use crate::codegen::reader::Verdict;

/// The version that is installed from npm.
const PACKAGE: &str = "@stoplight/prism-cli@5.16.0";

/// The documents of `testdata/corpus` whose operations take the values that every call sends: others ask for patterns, lengths or
/// formats that these do not have.
pub(super) const DOCUMENTS: [&str; 6] = ["all-of-towers", "code-hosting.", "json-api", "kennel", "pages.", "regions"];

/// How often it is looked whether Prism has started, ten times a second.
const TRIES: usize = 600;

/// Ends with what it holds.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Installs Prism below this folder, unless it is there. Answers its program.
pub(super) fn installed(target: &Path) -> anyhow::Result<PathBuf> {
    let folder = target.join("prism");
    let program = folder.join("node_modules/@stoplight/prism-cli/dist/index.js");
    let version = PACKAGE.rsplit('@').next().unwrap_or_default();
    let manifest = folder.join("node_modules/@stoplight/prism-cli/package.json");
    let is_there = |text: String| text.contains(&format!("\"version\": \"{version}\""));
    if std::fs::read_to_string(manifest).is_ok_and(is_there) {
        return Ok(program);
    }
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let mut install = Command::new("npm");
    install.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(&folder).arg(PACKAGE);
    let status = install.status().context("npm cannot be started; Debian's package `npm` has it")?;
    ensure!(status.success(), "npm did not install {PACKAGE}");
    Ok(program)
}

/// Calls every operation, and tells what Prism found and what could not be read although it fits the document.
pub(super) fn judged(options: &EmitOptions, out: &Path, target: &Path) -> anyhow::Result<Verdict> {
    let program = installed(target.parent().unwrap_or(target))?;
    let (_server, url) = started(&program, &options.spec)?;
    let mut verdict = Verdict::default();
    for row in wire::lines(out, target, Some(&url))? {
        verdict.checked += 1;
        let operation = row.get("operation").and_then(Value::as_str).unwrap_or_default();
        verdict.faults.extend(faults(&row).into_iter().map(|fault| format!("{operation}: {fault}")));
    }
    Ok(verdict)
}

fn started(program: &Path, document: &Path) -> anyhow::Result<(Server, String)> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut mock = Command::new("node");
    mock.arg(program).args(["mock", "--host", "127.0.0.1", "--port", &port.to_string()]).arg(document);
    let child = mock.stdout(Stdio::null()).stderr(Stdio::null()).spawn().context("node cannot be started")?;
    let mut server = Server(child);
    for _ in 0..TRIES {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok((server, format!("http://127.0.0.1:{port}")));
        }
        if let Some(status) = server.0.try_wait()? {
            bail!("Prism ended with {status}");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    bail!("Prism did not start")
}

/// What is wrong with a call: its request by Prism, or an answer that was not read. Prism makes some answers that it says itself do not
/// fit the document; those need not be read.
fn faults(row: &Value) -> Vec<String> {
    let header = row.get("answer headers").and_then(|headers| headers.get("sl-violations")).and_then(Value::as_str);
    let violations: Vec<Value> = header.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let at = |violation: &Value| {
        let first = violation.get("location").and_then(|location| location.get(0));
        first.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let is_error = |violation: &&Value| violation.get("severity").and_then(Value::as_str) == Some("Error");
    let errors: Vec<&Value> = violations.iter().filter(is_error).collect();
    let of_request = errors.iter().filter(|violation| at(violation) != "response");
    let mut faults: Vec<String> = of_request.map(|violation| format!("Prism: {violation}")).collect();
    let status = row.get("status").and_then(Value::as_u64);
    let error = row.get("error").and_then(Value::as_str);
    let answer_fits = !errors.iter().any(|violation| at(violation) == "response");
    match (status, error) {
        (None, error) => faults.push(format!("no answer: {}", error.unwrap_or_default())),
        (Some(400..), _) => faults.push(format!("Prism answered {}: {}", row["status"], row["answer"])),
        (Some(_), Some(error)) if answer_fits => faults.push(format!("not read: {error}: {}", row["answer"])),
        _ => {}
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_prism_says_of_requests_counts_and_of_its_own_answers_does_not() {
        let row = |location: &str, severity: &str, rest: Value| {
            let violations = json!([{"location": [location, "body"], "severity": severity}]).to_string();
            let mut row = json!({"status": 200, "answer": "{}", "answer headers": {"sl-violations": violations}});
            row.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            faults(&row)
        };
        assert_eq!(row("request", "Error", json!({})).len(), 1);
        assert_eq!(row("request", "Warning", json!({})), Vec::<String>::new());
        assert_eq!(row("response", "Error", json!({"error": "it does not fit"})), Vec::<String>::new());
        assert_eq!(row("response", "Warning", json!({"error": "it does not fit"})).len(), 1);
        assert_eq!(row("response", "Warning", json!({"status": 422})).len(), 1);
        assert_eq!(faults(&json!({"error": "no connection"})), ["no answer: no connection"]);
    }
}
