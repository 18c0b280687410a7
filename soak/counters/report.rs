//! The counters as they are printed.

use std::fmt;

use super::{Counters, Finding, SignIn};
use crate::arguments::Kind;
use crate::message::{Calls, Change};

const CALLS: [(&str, Calls); 4] = [
    ("calls answered", Calls::Good),
    ("calls with a limit from 20 ms to 2 s", Calls::Limited),
    ("calls on a runtime that was dropped", Calls::Dropped),
    ("refreshes carried out on order", Calls::Ordered),
];

const CHANGES: [(&str, Change); 6] = [
    ("refreshes", Change::Refreshed),
    ("recoveries (from the journal)", Change::Recovered),
    ("adoptions", Change::Adopted),
    ("restored (written back over less)", Change::Restored),
    ("unpersisted", Change::Unpersisted),
    ("persisted later", Change::Persisted),
];

const KINDS: [(&str, Kind); 3] = [
    ("store rolled back", Kind::Rollback),
    ("store damaged", Kind::Damage),
    ("token set of another program written", Kind::Foreign),
];

const SIGN_INS: [(&str, SignIn); 5] = [
    ("on its own", SignIn::Scheduled),
    ("after an answer that no one can have kept", SignIn::Window),
    ("lied to before the server was checked", SignIn::LiedTo),
    ("held up by a server that lies", SignIn::HeldUp),
    ("unexplained", SignIn::Unexplained),
];

struct Line<'a>(&'a str, u64, &'a str);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<58} {:>8}{}", self.0, self.1, self.2)
    }
}

impl Counters {
    fn of_the_server(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Line("token requests", self.wire.token_posts, ""))?;
        write!(f, "{}", Line("rotations (at the server)", self.rotations, ""))?;
        write!(f, "{}", Line("refusals (invalid_grant)", self.invalid_grants, ""))?;
        write!(f, "{}", Line("introspections", self.wire.introspections, ""))?;
        write!(f, "{}", Line("logins in which the server lies", self.lying, ""))
    }

    fn of_the_processes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Line("kill -9", self.kills, ""))?;
        write!(f, "{}", Line("processes started beside the others", self.newcomers, ""))?;
        for (text, calls) in CALLS {
            write!(f, "{}", Line(text, self.calls.get(&calls).copied().unwrap_or(0), ""))?;
        }
        for (text, change) in CHANGES {
            write!(f, "{}", Line(text, self.changes.get(&change).copied().unwrap_or(0), ""))?;
        }
        for (cause, times) in &self.losses {
            write!(f, "{}", Line(&format!("losses as processes say them: {cause}"), *times, ""))?;
        }
        write!(f, "{}", Line("losses put right by others", self.put_right, ""))
    }

    fn of_the_run(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (text, kind) in KINDS {
            let disturbed = self.disturbed.get(&kind).copied().unwrap_or_default();
            write!(f, "{}", Line(text, disturbed.times, &format!("  ({} put right)", disturbed.put_right)))?;
        }
        write!(f, "{}", Line("whole answers of which their process told", self.answers_told, ""))?;
        write!(f, "{}", Line("predicted window: answers that no one can have kept", self.answers_lost, ""))?;
        write!(f, "{}", Line("refreshes ordered under a server that lies", self.orders, ""))?;
        for (text, why) in SIGN_INS {
            write!(f, "{}", Line(&format!("sign-ins: {text}"), self.sign_ins.get(&why).copied().unwrap_or(0), ""))?;
        }
        write!(f, "{}", Line("expected: spent tokens of an older copy that were sent", self.expected_replays, ""))?;
        write!(f, "{}", Line("expected: of these, or ordered, sent a second time", self.expected_repeats, ""))?;
        for (finding, text) in Finding::ALL {
            let times = self.findings.get(&finding).copied().unwrap_or(0);
            write!(f, "{}", Line(text, times, "  (must be 0)"))?;
        }
        Ok(())
    }
}

impl fmt::Display for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.of_the_server(f)?;
        self.of_the_processes(f)?;
        self.of_the_run(f)?;
        let mut failed: Vec<_> = self.failed.iter().collect();
        failed.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
        failed.iter().try_for_each(|(error, times)| writeln!(f, "calls failed: {times} x {error}"))
    }
}
