//! A thousand tasks of a hundred users under load and faults, for minutes: `cargo xtask soak --load --minutes N`. The server is a process
//! of its own, so that the memory that is measured is that of the clients alone.

#[path = "crowd.rs"]
mod crowd;
mod memory;

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use zeyos_emulator::{Emulator, Seed};

use crowd::{Outcome, Plan};
use memory::Memory;

const USAGE: &str = "load_soak --minutes N [--tasks N] [--users N]";

/// How long a request may take, how long the slow ones do, and how long a task rests at most.
const TIMEOUT: Duration = Duration::from_secs(10);
const SLOW: Duration = Duration::from_secs(12);
const PAUSE: Duration = Duration::from_secs(4);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let ended = if words.first().is_some_and(|word| word == "serve") { serve() } else { soak(&words) };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The server: tells where it is, makes faults until a line comes in, and ends with its input.
fn serve() -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let emulator = Emulator::builder().seed(Seed::Empty).start().await?;
        crowd::faults(SLOW).into_iter().for_each(|fault| emulator.inject(fault));
        println!("{} {}", emulator.url(), emulator.credentials().access_token);
        let mut lines = std::io::stdin().lock().lines();
        if lines.next().is_some() {
            emulator.clear_faults();
            println!("calm");
            let _ = lines.next();
        }
        Ok(())
    })
}

/// The server in a process of its own, which ends with this value.
struct Server {
    child: Child,
    said: BufReader<std::process::ChildStdout>,
}

impl Server {
    fn start() -> Outcome<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.arg("serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let said = BufReader::new(child.stdout.take().ok_or("the server has no output")?);
        Ok(Server { child, said })
    }

    fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        self.said.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }

    /// No more faults.
    fn calm(&mut self) -> Outcome {
        let input = self.child.stdin.as_mut().ok_or("the server has no input")?;
        writeln!(input, "calm")?;
        if self.line()? == "calm" { Ok(()) } else { Err("the server is gone".into()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn soak(words: &[String]) -> Outcome {
    let plan = plan(words)?;
    let mut server = Server::start()?;
    let line = server.line()?;
    let (url, token) = line.split_once(' ').ok_or("the server has not started")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let memory = Memory::watch();
    let outcomes = runtime.block_on(crowd::run(url, token, &plan))?;
    let memory = memory.flat();
    server.calm()?;
    let verdict = runtime.block_on(crowd::verdict(url, token, &plan.ledger))?;
    let Plan { tasks, users, time, ledger, .. } = &plan;
    println!("-- {tasks} tasks, {users} users, {} s\n{outcomes}", time.as_secs());
    println!("endings {:?}", outcomes.endings());
    println!("rows {}, writes acknowledged {}, open {}", verdict.rows, verdict.acknowledged, verdict.open);
    verdict.findings.iter().for_each(|finding| println!("finding: {finding}"));
    let [first, last, most] = memory?;
    println!("memory {first} KiB early, {last} KiB late, {most} KiB at most");
    if verdict.findings.is_empty() {
        std::fs::remove_file(ledger)?;
        return Ok(());
    }
    Err(format!("{} findings; the ledger is {}", verdict.findings.len(), ledger.display()).into())
}

fn plan(words: &[String]) -> Outcome<Plan> {
    let ledger = std::env::temp_dir().join(format!("zeyos-load-{}.ledger", std::process::id()));
    let mut plan =
        Plan { tasks: 1_000, users: 100, time: Duration::from_secs(60), timeout: TIMEOUT, pause: PAUSE, ledger };
    for pair in words.chunks(2) {
        let [name, value] = pair else { return Err(USAGE.into()) };
        let value: u32 = value.parse().map_err(|_| USAGE)?;
        match name.as_str() {
            "--minutes" => plan.time = Duration::from_secs(60) * value,
            "--tasks" => plan.tasks = value as usize,
            "--users" => plan.users = (value as usize).max(1),
            _ => return Err(USAGE.into()),
        }
    }
    Ok(plan)
}
