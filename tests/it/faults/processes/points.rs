//! Moments in the life of a client, by name, and what happens there.
//!
//! A moment is a phase and a call. Phases: `u` until the first answer of the API, `r` after it, `p` after that of a token request.
//! Calls: those of a file system, before and after, with what follows `tokens.json` in the name of the file; `send` and `got` with
//! `api`, `token` or `introspect`; `event`.

use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use zeyos::ClientEvent;

use super::child::{say, told};
use crate::support::hooked::{Call, Step, Verdict};

/// Waits for one moment.
pub(super) struct Watch {
    moment: String,
    /// `kill`; `soon`: it says so, and goes on until someone kills it; `wait`: it says so, waits for a word, and dies after the
    /// call; a number: so many bytes of the write get to the file, and it dies.
    act: String,
    phase: Mutex<char>,
    /// It is to die as soon as the call is done.
    is_last: AtomicBool,
}

impl Watch {
    pub(super) fn new(moment: String, act: String) -> Self {
        Watch { moment, act, phase: Mutex::new('u'), is_last: AtomicBool::new(false) }
    }

    pub(super) fn call(&self, call: &Call<'_>) -> Verdict {
        let name = call.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let suffix = name.strip_prefix("tokens.json").unwrap_or_default();
        let step = if call.step == Step::Before { "before" } else { "after" };
        if call.step == Step::After && self.is_last.load(Ordering::SeqCst) {
            die();
        }
        self.reach(format!("{step} {} {suffix}", call.name).trim_end())
    }

    pub(super) fn hear(&self, event: &ClientEvent) {
        if matches!(event, ClientEvent::Refreshed { .. }) {
            self.reach("event");
        }
    }

    pub(super) fn send(&self, target: &str) {
        self.reach(&format!("send {target}"));
    }

    pub(super) fn got(&self, target: &str) {
        self.reach(&format!("got {target}"));
        let mut phase = self.phase.lock().unwrap();
        match (*phase, target) {
            ('u', "api") => *phase = 'r',
            ('r', "token") => *phase = 'p',
            _ => {}
        }
    }

    fn reach(&self, call: &str) -> Verdict {
        let phase = *self.phase.lock().unwrap();
        if format!("{phase}:{call}") != self.moment {
            return Verdict::Go;
        }
        match &*self.act {
            "kill" => die(),
            "soon" => say("here"),
            "wait" => {
                say("here");
                told();
                self.is_last.store(true, Ordering::SeqCst);
            }
            length => {
                self.is_last.store(true, Ordering::SeqCst);
                return Verdict::Cut(length.parse().unwrap());
            }
        }
        Verdict::Go
    }
}

fn die() -> ! {
    let _ = Command::new("kill").args(["-KILL", &std::process::id().to_string()]).status();
    loop {
        std::thread::park();
    }
}
