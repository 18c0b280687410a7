//! `cargo xtask servers`: crates that are emitted from the documents of `testdata/servers` call servers written in other languages, which
//! check credentials and bodies by themselves. FastAPI comes from PyPI, Express from npm, both below `target/`.

use std::ffi::OsString;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};

use super::any_document::{self, EmitOptions};
use super::emit::Emitted;
use super::write::{self, Folder};
use crate::file;

const OF_PYTHON: [&str; 3] = ["fastapi==0.165.0", "uvicorn==0.54.0", "python-multipart==0.0.34"];
const OF_NODE: [&str; 2] = ["express@5.3.0", "multer@2.5.0"];

/// How often it is looked whether a server has started, ten times a second.
const TRIES: usize = 300;

/// A document, and what runs its server.
struct Server {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<OsString>,
}

/// A server that runs, and ends with this.
struct Running(Child, String);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Installs what the servers need, emits the crates, and runs the tests of each against its server.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let (target, sources) = (root.join("target/servers"), root.join("xtask/testdata/servers"));
    let python = python(&target)?;
    let modules = modules(&target)?;
    let servers = [
        Server { name: "club", program: python, arguments: vec![sources.join("club.py").into()] },
        Server { name: "studio", program: "node".into(), arguments: vec![sources.join("studio.mjs").into()] },
    ];
    for server in &servers {
        let package = emitted(root, &sources, &target, server.name)?;
        let running = started(server, &modules)?;
        file::print(format_args!("== {} at {}", server.name, running.1));
        let mut tests = Command::new(crate::toolchain::cargo());
        tests.args(["test", "--quiet", "--offline", "--target-dir"]).arg(target.join("target"));
        // Access tokens that one test ends are those of the others, too.
        tests
            .args(["--test", server.name, "--", "--test-threads", "1"])
            .current_dir(package)
            .env("SERVER_URL", &running.1);
        ensure!(tests.status().context("cargo cannot be started")?.success(), "the calls of {} failed", server.name);
    }
    Ok(())
}

/// The interpreter of an environment of its own.
fn python(target: &Path) -> anyhow::Result<PathBuf> {
    let environment = target.join("python");
    let python = environment.join("bin/python");
    if !python.exists() {
        succeed(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    succeed(
        Command::new(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(OF_PYTHON),
    )?;
    Ok(python)
}

/// The folder below which Node finds the packages.
fn modules(target: &Path) -> anyhow::Result<PathBuf> {
    let folder = target.join("node");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let mut install = Command::new("npm");
    install.args(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(&folder);
    succeed(install.args(OF_NODE))?;
    Ok(folder)
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("{name} cannot be started"))?;
    ensure!(status.success(), "{name} failed: {command:?}");
    Ok(())
}

/// Writes the crate of a document, and the package of its tests.
fn emitted(root: &Path, sources: &Path, target: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let options = EmitOptions { spec: sources.join(format!("{name}.yaml")), ..EmitOptions::default() };
    let read = any_document::read(&options)?;
    ensure!(read.model.refused.is_empty(), "{name}: {:?}", read.model.refused);
    let service = Folder { path: target.join(name), files: any_document::files(root, &options, &read.model)? };
    let copy = |path: &str, from: &Path| -> anyhow::Result<Emitted> {
        Ok(Emitted { path: path.to_owned(), content: file::read(from)? })
    };
    let manifest = format!(
        "[package]\nname = \"servers\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[dev-dependencies]\n{name} = {{ path = {:?} }}\n\
         tokio = {{ version = \"1\", features = [\"rt\", \"macros\", \"net\", \"time\"] }}\n\n[workspace]\n",
        target.join(name)
    );
    let files = vec![
        Emitted { path: "Cargo.toml".to_owned(), content: manifest },
        copy("Cargo.lock", &root.join("Cargo.lock"))?,
        copy("src/lib.rs", &sources.join("support.rs"))?,
        copy(&format!("tests/{name}.rs"), &sources.join(format!("{name}.rs")))?,
    ];
    let package = target.join(format!("{name}-tests"));
    write::write(&[service, Folder { path: package.clone(), files }])?;
    Ok(package)
}

fn started(server: &Server, modules: &Path) -> anyhow::Result<Running> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut command = Command::new(&server.program);
    command.args(&server.arguments).arg(port.to_string()).arg(modules).stdin(Stdio::null());
    let child = command.spawn().with_context(|| format!("{} cannot be started", server.program.display()))?;
    let mut running = Running(child, format!("http://127.0.0.1:{port}"));
    for _ in 0..TRIES {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(running);
        }
        if let Some(status) = running.0.try_wait()? {
            bail!("the server of {} ended with {status}", server.name);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    bail!("the server of {} did not start", server.name)
}
