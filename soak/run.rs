//! Everything that takes part in a run, and the messages of the processes.

use std::time::Duration;

use zeyos::store::{SharedTokenStore, TokenStore as _};
use zeyos_emulator::FaultServer;

use super::Outcome;
use super::answers::Told;
use super::arguments::{Arguments, Kind};
use super::clock::Clock;
use super::counters::{Counters, Finding};
use super::log::Log;
use super::login::Login;
use super::message::{Change, Message};
use super::processes::{Processes, Received};
use super::server::Server;
use super::store_location::Store;

/// For so long what is said may come from a disturbance that is over.
const ECHO: Duration = Duration::from_secs(15);

/// As long as others renew their tokens, no one calls the login lost for longer.
const CATCHES_UP: Duration = Duration::from_secs(30);

pub(crate) struct Run {
    pub arguments: Arguments,
    pub clock: Clock,
    pub server: Server,
    pub wire: FaultServer,
    pub store: Store,
    pub processes: Processes,
    pub counters: Counters,
    pub login: Login,
    pub log: Log,
    told: Told,
    /// Until then a loss may come from what was done to the store.
    disturbed_until: Duration,
}

impl Run {
    pub(crate) fn new(
        (arguments, clock, log): (Arguments, Clock, Log),
        (server, wire, store, processes): (Server, FaultServer, Store, Processes),
        login: Login,
    ) -> Self {
        let (counters, told, disturbed_until) = (Counters::default(), Told::default(), Duration::ZERO);
        Run { arguments, clock, server, wire, store, processes, counters, login, log, told, disturbed_until }
    }

    pub(crate) fn shared(&self) -> Outcome<&dyn SharedTokenStore> {
        self.store.shared().ok_or_else(|| "the store cannot be shared".into())
    }

    pub(crate) fn note(&mut self, text: &str) {
        self.log.note(self.clock.now(), text);
    }

    /// Something was found that must not be.
    pub(crate) fn found(&mut self, finding: Finding, what: &str) {
        self.note(&format!("FOUND: {} {what}", finding.text()));
        self.log.show(&format!("{} {what}", finding.text()));
        self.counters.found(finding);
    }

    /// Whether something is done to the store, or was until now.
    pub(crate) fn disturb(&mut self, is_over: bool) {
        self.disturbed_until = if is_over { self.clock.now() + ECHO } else { Duration::MAX };
    }

    /// Listens for a while.
    pub(crate) fn listen(&mut self, patience: Duration) -> Outcome {
        let heard = self.processes.listen(patience);
        heard.iter().for_each(|heard| self.hear(heard));
        self.count();
        Ok(())
    }

    /// Ends all processes, and hears what they still had to say.
    pub(crate) fn end(&mut self) -> Outcome {
        let heard = self.processes.stop()?;
        heard.iter().for_each(|heard| self.hear(heard));
        self.count();
        Ok(())
    }

    fn hear(&mut self, heard: &Received) {
        let Received { process, at, message } = heard;
        match message {
            Message::Did(calls, times) => self.counters.did(*calls, *times),
            Message::Failed(error) => self.counters.failed(error),
            Message::Holds { refresh_token, .. } => self.login.know(refresh_token),
            Message::Changed(change, _) => self.changed(*change, *process, *at),
            Message::Lost(_, cause) => {
                self.counters.lost(cause);
                self.login.lost_at.get_or_insert(*at);
            }
        }
        // They are counted, and drown everything else.
        if !matches!(message, Message::Did(..) | Message::Failed(_)) {
            self.log.note(*at, &format!("process {process}: {}", shortened(&message.to_string())));
        }
    }

    fn changed(&mut self, change: Change, process: u64, at: Duration) {
        self.counters.changed(change);
        if change == Change::Refreshed {
            self.told.tell(process, at);
        }
        if matches!(change, Change::Refreshed | Change::Restored) {
            self.login.renewed = at.max(self.login.renewed);
            if let Some(lost_at) = self.login.lost_at.take() {
                self.counters.put_right += 1;
                if lost_at > self.disturbed_until && !self.server.is_lying() {
                    self.found(Finding::Uncaused, &format!("after a loss at {:.3}", lost_at.as_secs_f64()));
                }
            }
        }
    }

    /// Counts what the server saw.
    fn count(&mut self) {
        let found = self.counters.count(&self.server.0.take_requests(), self.wire.counts());
        found.into_iter().for_each(|finding| self.found(finding, ""));
    }

    /// Looks for answers and processes that got lost without a word.
    pub(crate) fn inspect(&mut self) -> Outcome {
        let judged = self.told.judge(&self.wire, &self.processes.deaths, self.clock.now());
        self.counters.answers_told += judged.told;
        self.counters.answers_lost += judged.lost;
        for process in judged.missing {
            self.found(Finding::Untold, &format!("by process {process}"));
        }
        for _ in 0..self.processes.replace_ended()? {
            self.found(Finding::Ended, "");
        }
        self.inspect_the_lost();
        Ok(())
    }

    /// Looks for processes that go on calling the login lost although others renew it.
    fn inspect_the_lost(&mut self) {
        let now = self.clock.now();
        if self.login.lost_at.is_some() || self.login.since + CATCHES_UP > now {
            return;
        }
        let mut behind = Vec::new();
        for process in &mut self.processes.all {
            if process.lost_since.is_some_and(|since| since + CATCHES_UP < now) {
                // Once for each time that long.
                process.lost_since = Some(now);
                behind.push(process.number);
            }
        }
        behind.into_iter().for_each(|process| self.found(Finding::LeftBehind, &format!("process {process}")));
    }

    /// How long no one has told that the login goes on.
    pub(crate) fn stalled(&self) -> Duration {
        self.clock.now().saturating_sub(self.login.renewed)
    }

    pub(crate) fn has(&self, kind: Kind) -> bool {
        self.arguments.has(kind)
    }
}

/// Tokens are long, and their beginnings differ.
fn shortened(text: &str) -> String {
    let word = |word: &str| if word.len() > 30 { word.chars().take(8).collect() } else { word.to_owned() };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
