//! The processes: started, killed, started again, and listened to.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::clock::Clock;
use super::said::{Change, Said};
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
pub(crate) struct Member {
    pub number: u64,
    child: Child,
    /// The refresh token in use.
    pub holds: Option<String>,
    /// Since when it calls the login lost.
    pub lost_since: Option<Duration>,
}

/// A line of a process.
pub(crate) struct Heard {
    pub member: u64,
    pub at: Duration,
    pub said: Said,
}

pub(crate) struct Crew {
    clock: Clock,
    environment: Vec<(&'static str, String)>,
    pub members: Vec<Member>,
    lines: Receiver<(u64, Duration, String)>,
    say: Sender<(u64, Duration, String)>,
    /// When those ended that were killed.
    pub deaths: BTreeMap<u64, Duration>,
    started: u64,
    size: usize,
}

impl Crew {
    /// Starts so many processes, each with this environment.
    pub(crate) fn start(clock: Clock, environment: Vec<(&'static str, String)>, size: usize) -> Outcome<Self> {
        let (say, lines) = channel();
        let (members, deaths) = (Vec::new(), BTreeMap::new());
        let mut crew = Crew { clock, environment, members, lines, say, deaths, started: 0, size };
        for _ in 0..size {
            crew.start_one()?;
        }
        Ok(crew)
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
        self.members.push(Member { number, child, holds: None, lost_since: None });
        Ok(())
    }

    /// What is said within this time.
    pub(crate) fn listen(&mut self, patience: Duration) -> Vec<Heard> {
        let (begun, mut heard) = (self.clock.now(), Vec::new());
        let left = || patience.saturating_sub(self.clock.now().saturating_sub(begun));
        while let Ok((member, at, line)) = self.lines.recv_timeout(left()) {
            match Said::read(&line) {
                Some(said) => heard.push(Heard { member, at, said }),
                None => eprintln!("process {member} says: {line}"),
            }
        }
        heard.iter().for_each(|heard| self.remember(heard));
        heard
    }

    fn remember(&mut self, heard: &Heard) {
        let Some(member) = self.members.iter_mut().find(|member| member.number == heard.member) else { return };
        match &heard.said {
            Said::Holds { refresh_token, .. } => member.holds = Some(refresh_token.clone()),
            Said::Lost(..) => member.lost_since = Some(heard.at),
            Said::Changed(Change::Refreshed | Change::Adopted | Change::Recovered | Change::Restored, _) => {
                member.lost_since = None;
            }
            _ => {}
        }
    }

    /// Whether a process that lives has said that it holds this refresh token.
    pub(crate) fn holder_of(&self, refresh_token: &str) -> Option<u64> {
        let holds = |member: &&Member| member.holds.as_deref() == Some(refresh_token);
        self.members.iter().find(holds).map(|member| member.number)
    }

    /// Kills one at random, without a word before (SIGKILL), and starts another in its place unless there are too many.
    pub(crate) fn kill_one(&mut self) -> Outcome {
        let place = usize::try_from(random::below(self.members.len() as u64)?)?;
        let mut member = self.members.swap_remove(place);
        member.child.kill()?;
        self.deaths.insert(member.number, self.clock.now());
        member.child.wait()?;
        while self.members.len() < self.size {
            self.start_one()?;
        }
        Ok(())
    }

    /// Lets a process refresh although nobody can say whether that is safe, as its user may order. It may be gone by now.
    pub(crate) fn order_refresh(&mut self, number: u64) {
        let member = self.members.iter_mut().find(|member| member.number == number);
        if let Some(input) = member.and_then(|member| member.child.stdin.as_mut()) {
            let _ = input.write_all(b"refresh\n");
        }
    }

    /// Replaces processes that have ended by themselves. Answers how many there were.
    pub(crate) fn replace_ended(&mut self) -> Outcome<u64> {
        let before = self.members.len();
        self.members.retain_mut(|member| matches!(member.child.try_wait(), Ok(None)));
        let ended = before - self.members.len();
        while self.members.len() < self.size {
            self.start_one()?;
        }
        Ok(ended as u64)
    }

    /// Ends all and answers what they still had to say.
    pub(crate) fn stop(&mut self) -> Outcome<Vec<Heard>> {
        for member in &mut self.members {
            member.child.kill()?;
            member.child.wait()?;
        }
        Ok(self.listen(Duration::from_millis(200)))
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for member in &mut self.members {
            let _ = member.child.kill();
            let _ = member.child.wait();
        }
    }
}
