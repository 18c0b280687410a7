//! The web example as a program of its own, which ends with the test.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use zeyos_emulator::Emulator;

use crate::promises::examples::example;

pub(super) struct Program {
    child: Child,
    url: String,
    port: u16,
    /// Open as long as the program may write to it.
    output: BufReader<ChildStdout>,
}

impl Program {
    /// Starts it for visitors of this emulator, with these variables in its environment.
    pub(super) fn start(zeyos: &Emulator, variables: &[(&str, &str)]) -> Self {
        Program::at_port(zeyos, variables, 0)
    }

    fn at_port(zeyos: &Emulator, variables: &[(&str, &str)], port: u16) -> Self {
        let mut command = command(zeyos, variables);
        command.env("ZEYOS_WEB_PORT", port.to_string());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut program = Program { child, url: String::new(), port, output };
        let address = program.said("listening at http://127.0.0.1:");
        program.port = address.parse().unwrap();
        program.url = program.said("open ");
        program
    }

    /// The rest of the next line, which begins like this.
    fn said(&mut self, start: &str) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let rest = line.strip_prefix(start).map(|rest| rest.trim().to_owned());
        rest.unwrap_or_else(|| panic!("the example does not start: {line:?}"))
    }

    /// Ends it as a crash does, and starts it again on the same port.
    #[cfg(feature = "redis")]
    pub(super) fn crash_and_restart(&mut self, zeyos: &Emulator, variables: &[(&str, &str)]) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        *self = Program::at_port(zeyos, variables, self.port);
    }

    /// What it says when it does not start with these variables.
    pub(super) fn refused(zeyos: &Emulator, variables: &[(&str, &str)]) -> String {
        let output = command(zeyos, variables).output().unwrap();
        assert!(!output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Where browsers find it.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Sends a request without a body; the whole answer. Header fields are lines.
    pub(super) fn ask(&self, method: &str, path: &str, fields: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{fields}", self.port);
        stream.write_all(format!("{head}Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(zeyos: &Emulator, variables: &[(&str, &str)]) -> Command {
    let credentials = zeyos.credentials();
    let mut command = example("web");
    command.env("ZEYOS_BASE_URL", zeyos.url()).env("ZEYOS_CLIENT_ID", &credentials.client_id);
    command.env("ZEYOS_CLIENT_SECRET", &credentials.client_secret).envs(variables.iter().copied());
    command
}
