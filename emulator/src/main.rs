//! The program: an emulator, or the server of a platform, from the command line. It starts it, prints how to sign in, and waits.

mod program;

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use program::arguments::{self, Arguments};
use program::{env_file, startup_output};
use zeyos_emulator::StartError;

fn main() -> ExitCode {
    match run(arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("zeyos-emulator: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  because: {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let json = arguments.json;
        let (env_file, db) = (arguments.env_file.clone(), arguments.db.clone());
        let choice = arguments.choice()?;
        env_file.as_deref().map_or(Ok(()), env_file::remove)?;
        // Listened for before anything is printed: whoever reads the first line may send a signal at once.
        let interrupted = interrupted()?;
        let started = choice.start().await.map_err(|error| Refused { db, error })?;
        let address = started.address().ip();
        if !address.is_loopback() {
            eprintln!("zeyos-emulator: warning: it listens on {address}; whoever reaches it can use it, with well-known passwords");
        }
        if let Some(path) = &env_file {
            env_file::write(path, &started)?;
        }
        println!("{}", if json { startup_output::object(&started) } else { startup_output::banner(&started) });
        interrupted.await;
        started.stop().await;
        Ok(())
    })
}

/// Why the emulator did not start, with the file that it is about.
#[derive(Debug)]
struct Refused {
    db: Option<PathBuf>,
    error: StartError,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.db.as_ref().filter(|_| self.error.is_database()) {
            Some(db) => write!(f, "--db {}: {}", db.display(), self.error),
            None => self.error.fmt(f),
        }
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

/// Listens for Ctrl-C and SIGTERM; the future waits for either.
#[cfg(unix)]
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Listens for Ctrl-C; the future waits for it.
#[cfg(not(unix))]
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
