//! The program: an emulator from the command line. It starts it, prints how to sign in, and waits.

mod program;

use std::process::ExitCode;

use program::arguments::{self, Arguments};
use program::told;

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

fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let json = arguments.json;
        let builder = arguments.builder()?;
        // Listened for before anything is printed: whoever reads the first line may send a signal at once.
        let interrupted = interrupted()?;
        let zeyos = builder.start().await?;
        println!("{}", if json { told::object(&zeyos) } else { told::banner(&zeyos) });
        interrupted.await;
        zeyos.stop().await;
        Ok(())
    })
}

/// Listens for Ctrl-C and for the signal by which a system ends a program; the future waits for either.
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
