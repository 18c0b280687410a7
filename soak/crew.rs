//! The processes: started, killed, started again, and listened to.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use zeyos_emulator::Emulator;

use super::counters::Counters;
use super::{Outcome, random};

/// What a process needs to know, and the processes.
pub struct Crew {
    environment: Vec<(&'static str, String)>,
    members: Vec<Child>,
    said: Receiver<String>,
    say: Sender<String>,
}

impl Crew {
    /// Starts so many processes that use this server and the store at this address.
    pub fn start(zeyos: &Emulator, url: &str, store: &str, processes: usize) -> Outcome<Self> {
        let credentials = zeyos.credentials();
        let environment = vec![
            ("SOAK_URL", url.to_owned()),
            ("SOAK_CLIENT_ID", credentials.client_id.clone()),
            ("SOAK_CLIENT_SECRET", credentials.client_secret.clone()),
            ("SOAK_STORE", store.to_owned()),
        ];
        let (say, said) = channel();
        let mut crew = Crew { environment, members: Vec::new(), said, say };
        for _ in 0..processes {
            let member = crew.spawn()?;
            crew.members.push(member);
        }
        Ok(crew)
    }

    fn spawn(&self) -> Outcome<Child> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("worker").envs(self.environment.iter().map(|(name, value)| (name, value)));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (lines, say) = (child.stdout.take().ok_or("no output")?, self.say.clone());
        std::thread::spawn(move || {
            BufReader::new(lines).lines().map_while(Result::ok).all(|line| say.send(line).is_ok());
        });
        Ok(child)
    }

    /// Counts what was said, waits a little for more, and replaces those who have ended.
    #[expect(clippy::disallowed_methods, reason = "this is no part of the library: it waits for processes")]
    pub fn listen(&mut self, counters: &mut Counters, patience: Duration) -> Outcome {
        let begun = Instant::now();
        while let Ok(line) = self.said.recv_timeout(patience.saturating_sub(begun.elapsed())) {
            counters.hear(&line);
        }
        for place in 0..self.members.len() {
            if self.members[place].try_wait()?.is_some() && !counters.wants_login() {
                self.members[place] = self.spawn()?;
            }
        }
        Ok(())
    }

    /// Kills one at random, without a word before (SIGKILL), and starts another in its place.
    pub fn kill_one(&mut self, counters: &mut Counters) -> Outcome {
        let place = usize::try_from(random::below(self.members.len() as u64)?)?;
        let Some(member) = self.members.get_mut(place) else { return Ok(()) };
        member.kill()?;
        member.wait()?;
        counters.killed();
        self.members[place] = self.spawn()?;
        Ok(())
    }

    /// Lets all end and counts what they still had to say.
    pub fn stop(mut self, counters: &mut Counters) -> Outcome {
        for member in &mut self.members {
            member.kill()?;
            member.wait()?;
        }
        while let Ok(line) = self.said.recv_timeout(Duration::from_millis(200)) {
            counters.hear(&line);
        }
        Ok(())
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for member in &mut self.members {
            let _ = member.kill();
            let _ = member.wait();
        }
    }
}
