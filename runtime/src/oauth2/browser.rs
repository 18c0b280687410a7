//! Opening an address in the browser of the user: by an argument vector, never through a shell.

use std::ffi::OsString;
use std::fmt;
use std::process::{Command, Stdio};
use std::thread;

use url::Url;

use super::LoginError;
use crate::bits::is_loopback_address;

/// Opens an address in the browser of the user. It does not wait, and cannot tell whether a window has opened.
///
/// The address stands in the list of processes for a moment, where every user of the machine can read it. That of a login holds its
/// state and challenge: open the [one-time address](super::LoopbackReceiver::start_url) of a receiver instead.
///
/// # Errors
/// When the address is neither https nor on this machine, or no browser can be started.
pub fn open_browser(url: &Url) -> Result<(), LoginError> {
    Browser::system().open(url)
}

/// The program that opens addresses.
#[derive(Clone)]
pub struct Browser {
    program: OsString,
    arguments: Vec<OsString>,
}

impl Browser {
    /// The program that the system has for this: `open` on macOS, `rundll32` on Windows, `xdg-open` elsewhere.
    pub fn system() -> Self {
        if cfg!(target_os = "macos") {
            Browser::program("open")
        } else if cfg!(windows) {
            Browser::program("rundll32").argument("url.dll,FileProtocolHandler")
        } else {
            Browser::program("xdg-open")
        }
    }

    /// Another program; it gets the address as its last argument.
    pub fn program(program: impl Into<OsString>) -> Self {
        Browser { program: program.into(), arguments: Vec::new() }
    }

    /// Adds an argument before the address.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Opens an address.
    ///
    /// # Errors
    /// As [`open_browser`].
    pub fn open(&self, url: &Url) -> Result<(), LoginError> {
        let is_fit = match (url.scheme(), url.host_str()) {
            ("https", Some(_)) => true,
            ("http", Some(host)) => is_loopback_address(host),
            _ => false,
        };
        if !is_fit {
            return Err(LoginError::NotForBrowser);
        }
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).arg(url.as_str());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(LoginError::Browser)?;
        // It has to be waited for, or it stays in the list of processes.
        thread::spawn(move || child.wait());
        Ok(())
    }
}

/// Of the arguments there is the number.
impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser").field("program", &self.program).field("arguments", &self.arguments.len()).finish()
    }
}
