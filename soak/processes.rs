//! The processes: starts, kills and restarts them, and reads their messages.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::clock::Clock;
use super::message::{Change, Message};
use super::{Outcome, random};

/// How the server knows a process, by its number.
pub(crate) fn user_agent(number: u64) -> String {
    format!("soak/{number}")
}

/// The number of the process with this name.
pub(crate) fn number_of(user_agent: &str) -> Option<u64> {
    user_agent.strip_prefix("soak/")?.parse().ok()
}

/// A process, and what it has said last.
pub(crate) struct Process {
    pub number: u64,
    child: Child,
    /// The refresh token in use.
    pub holds: Option<String>,
    /// Since when it calls the login lost.
    pub lost_since: Option<Duration>,
}

/// A line of a process.
pub(crate) struct Received {
    pub process: u64,
    pub at: Duration,
    pub message: Message,
}

pub(crate) struct Processes {
    clock: Clock,
    environment: Vec<(&'static str, String)>,
    pub all: Vec<Process>,
    lines: Receiver<(u64, Duration, String)>,
    say: Sender<(u64, Duration, String)>,
    /// When those ended that were killed.
    pub deaths: BTreeMap<u64, Duration>,
    started: u64,
    size: usize,
}

impl Processes {
    /// Starts so many processes, each with this environment.
    pub(crate) fn start(clock: Clock, environment: Vec<(&'static str, String)>, size: usize) -> Outcome<Self> {
        let (say, lines) = channel();
        let (all, deaths) = (Vec::new(), BTreeMap::new());
        let mut processes = Processes { clock, environment, all, lines, say, deaths, started: 0, size };
        for _ in 0..size {
            processes.start_one()?;
        }
        Ok(processes)
    }

    /// Starts one more.
    pub(crate) fn start_one(&mut self) -> Outcome {
        let number = self.started;
        self.started += 1;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("worker").envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env("SOAK_USER_AGENT", user_agent(number)).env("SOAK_NUMBER", number.to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (lines, say, clock) = (child.stdout.take().ok_or("no output")?, self.say.clone(), self.clock);
        std::thread::spawn(move || {
            let mut lines = BufReader::new(lines).lines().map_while(Result::ok);
            lines.all(|line| say.send((number, clock.now(), line)).is_ok());
        });
        self.all.push(Process { number, child, holds: None, lost_since: None });
        Ok(())
    }

    /// What is said within this time.
    pub(crate) fn listen(&mut self, patience: Duration) -> Vec<Received> {
        let (begun, mut heard) = (self.clock.now(), Vec::new());
        let left = || patience.saturating_sub(self.clock.now().saturating_sub(begun));
        while let Ok((process, at, line)) = self.lines.recv_timeout(left()) {
            match Message::read(&line) {
                Some(message) => heard.push(Received { process, at, message }),
                None => eprintln!("process {process} says: {line}"),
            }
        }
        heard.iter().for_each(|heard| self.remember(heard));
        heard
    }

    fn remember(&mut self, heard: &Received) {
        let Some(process) = self.all.iter_mut().find(|process| process.number == heard.process) else { return };
        match &heard.message {
            Message::Holds { refresh_token, .. } => process.holds = Some(refresh_token.clone()),
            Message::Lost(..) => process.lost_since = Some(heard.at),
            Message::Changed(Change::Refreshed | Change::Adopted | Change::Recovered | Change::Restored, _) => {
                process.lost_since = None;
            }
            _ => {}
        }
    }

    /// Whether a process that lives has said that it holds this refresh token.
    pub(crate) fn holder_of(&self, refresh_token: &str) -> Option<u64> {
        let holds = |process: &&Process| process.holds.as_deref() == Some(refresh_token);
        self.all.iter().find(holds).map(|process| process.number)
    }

    /// Kills one at random, without a word before (SIGKILL), and starts another in its place unless there are too many.
    pub(crate) fn kill_one(&mut self) -> Outcome {
        let place = usize::try_from(random::below(self.all.len() as u64)?)?;
        let mut process = self.all.swap_remove(place);
        process.child.kill()?;
        self.deaths.insert(process.number, self.clock.now());
        process.child.wait()?;
        while self.all.len() < self.size {
            self.start_one()?;
        }
        Ok(())
    }

    /// Lets a process refresh although no one can say whether that is safe, as its user may order. It may be gone by now.
    pub(crate) fn order_refresh(&mut self, number: u64) {
        let process = self.all.iter_mut().find(|process| process.number == number);
        if let Some(input) = process.and_then(|process| process.child.stdin.as_mut()) {
            let _ = input.write_all(b"refresh\n");
        }
    }

    /// Replaces processes that have ended by themselves. Answers how many there were.
    pub(crate) fn replace_ended(&mut self) -> Outcome<u64> {
        let before = self.all.len();
        self.all.retain_mut(|process| matches!(process.child.try_wait(), Ok(None)));
        let ended = before - self.all.len();
        while self.all.len() < self.size {
            self.start_one()?;
        }
        Ok(ended as u64)
    }

    /// Ends all and answers what they still had to say.
    pub(crate) fn stop(&mut self) -> Outcome<Vec<Received>> {
        for process in &mut self.all {
            process.child.kill()?;
            process.child.wait()?;
        }
        Ok(self.listen(Duration::from_millis(200)))
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for process in &mut self.all {
            let _ = process.child.kill();
            let _ = process.child.wait();
        }
    }
}
