//! Clients that are killed while they renew their tokens. Whatever the moment, the next start goes on, or names the loss where the
//! reply never reached the disk; it never sends a spent token.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use zeyos::{Clock as _, SessionLoss, SystemClock};

use super::child::Scene;
use super::each_of;
use crate::promises::refresh::{list, loss};
use crate::support::issuer::Distortion;
use crate::support::random::Random;
use crate::support::size::size;

/// Multiplies the runs of each test here.
const RUNS: &str = "ZEYOS_KILL_RUNS";

/// The point at which only a part of the reply gets to the disk.
const CUT: &str = "inside the journal write";

/// What the next start finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// The server knows nothing of a refresh.
    NotDone,
    /// The server has carried it out, and the reply is on the disk.
    Kept,
    /// The server has carried it out, and the reply is nowhere.
    Gone,
}

/// Starts again, after the process was killed, and sees whether that ends as it must.
fn check(scene: &Scene, what: &str) -> Ending {
    let (server, path) = (&scene.server, scene.store());
    server.settle();
    let sent = server.issuer.posts();
    let ending = match (server.issuer.state().number, scene.has_reply()) {
        (0, _) => Ending::NotDone,
        (_, true) => Ending::Kept,
        (_, false) => Ending::Gone,
    };
    // The second start finds what the first one has made of it, and the server hears no more of it.
    let mut known = None;
    for start in 0..2 {
        let client = server.client(&path);
        for _ in 0..2 {
            let call = server.runtime.block_on(list(&client));
            let expected = (ending == Ending::Gone).then_some(SessionLoss::RotationOutcomeUnknown);
            let found = call.as_ref().err().and_then(loss);
            assert_eq!(
                (call.is_ok(), found),
                (expected.is_none(), expected),
                "{what}, start {start}: {ending:?}, {call:?}"
            );
        }
        let seen = server.issuer.seen();
        assert_eq!(
            *known.get_or_insert((seen.posts, seen.introspections)),
            (seen.posts, seen.introspections),
            "{what}"
        );
        // One question about the exchange, and one check of the login with the tokens of the renewal.
        assert!(seen.introspections <= 2, "{what}");
    }
    let seen = server.issuer.seen();
    assert_eq!((seen.replays, server.issuer.state().is_revoked), (0, false), "{what}");
    let number = server.issuer.state().number;
    // The new refresh token of a reply that is not all there is worth one refresh of its own.
    let is_cut = what == CUT && ending == Ending::Kept && number == 2;
    let again = u32::from(ending == Ending::NotDone || is_cut);
    assert_eq!((seen.posts, number), (sent + again, 1 + u32::from(is_cut)), "{what}");
    ending
}

/// Kills a process at this moment.
fn killed(scene: &Scene, moment: &str, act: &str) {
    let mut process = scene.process(Some((moment, act)));
    process.go();
    if act == "soon" {
        process.expect("here");
        return process.kill();
    }
    process.died();
}

#[test]
fn fault_06_killed_before_the_journal_is_synced_it_asks_first_and_names_the_loss() {
    let moments = [
        ("r:send token", Ending::NotDone),
        ("held by the server", Ending::Gone),
        ("r:got token", Ending::Gone),
        ("p:before open .journal", Ending::Gone),
        ("p:before write .journal", Ending::Gone),
        // The process is killed, not the machine: what was written is there.
        ("p:before sync .journal", Ending::Kept),
    ];
    each_of(5 * size(RUNS, 1) * moments.len(), |run| {
        let ((moment, ending), scene) = (moments[run % moments.len()], Scene::new());
        if moment.starts_with("held") {
            killed_while_the_server_works(&scene);
        } else {
            killed(&scene, moment, "kill");
        }
        assert_eq!(check(&scene, moment), ending, "{moment}");
        let introspections = match ending {
            // The question, and the check of the login by the renewal that follows.
            Ending::NotDone => 2,
            Ending::Gone => 1,
            Ending::Kept => 0,
        };
        assert_eq!(scene.server.issuer.seen().introspections, introspections, "{moment}");
    });
}

fn killed_while_the_server_works(scene: &Scene) {
    let gate = Arc::new(Semaphore::new(0));
    scene.server.issuer.distort([Distortion::Hold(Arc::clone(&gate))]);
    let mut process = scene.process(None);
    process.go();
    while scene.server.issuer.posts() == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    process.kill();
    gate.add_permits(1);
}

#[test]
fn fault_07_killed_between_the_journal_and_the_rename_the_reply_is_found_in_the_journal() {
    let moments = [
        "p:after sync .journal",
        "p:before facts",
        "p:before open .new",
        "p:before write .new",
        "p:after write .new",
        "p:after sync .new",
        "p:before rename",
    ];
    each_of(100 * size(RUNS, 1), |run| {
        let (moment, scene) = (moments[run % moments.len()], Scene::new());
        killed(&scene, moment, "kill");
        assert_eq!(check(&scene, moment), Ending::Kept, "{moment}");
        let seen = scene.server.issuer.seen();
        let is_checked = u32::from(moment != "p:after sync .journal");
        assert_eq!((seen.posts, seen.introspections), (1, is_checked), "{moment}: nothing but the check of the login");
    });
}

#[test]
fn fault_08_killed_at_a_random_time_only_a_reply_that_never_reached_the_disk_is_lost() {
    let scene = Scene::new();
    let mut process = scene.process(None);
    let start = SystemClock.monotonic();
    process.go();
    process.expect("ok");
    let whole = SystemClock.monotonic() - start;
    let endings = [const { AtomicUsize::new(0) }; 3];
    each_of(60 * size(RUNS, 1), |run| {
        let scene = Scene::new();
        let mut process = scene.process(None);
        process.go();
        // A little longer than all of it takes.
        let part = Random(run as u64).below(1 << 20);
        std::thread::sleep(whole.mul_f64(1.2 * part as f64 / f64::from(1 << 20)));
        process.kill();
        let ending = check(&scene, &format!("run {run}"));
        endings[ending as usize].fetch_add(1, Ordering::SeqCst);
    });
    let [not_done, kept, gone] = endings.map(AtomicUsize::into_inner);
    println!("killed within {whole:?}: {not_done} before, {kept} kept, {gone} gone");
    assert!(not_done > 0 && kept > 0, "the kills were all too early or all too late");
}

/// Before and after each step of the design advice, and three more: name, moment, act, ending. Step d has a predecessor that was
/// killed before it sent.
const POINTS: [(&str, &str, &str, Option<Ending>); 25] = {
    use Ending::{Gone, Kept, NotDone};
    [
        ("a before", "u:got api", "kill", Some(NotDone)),
        ("a after", "r:before open .lock", "kill", Some(NotDone)),
        ("b before", "r:before lock .lock", "kill", Some(NotDone)),
        ("b after", "r:after lock .pending", "kill", Some(NotDone)),
        ("c before", "r:before facts", "kill", Some(NotDone)),
        ("c after", "r:after read", "kill", Some(NotDone)),
        ("d before", "r:before read .pending", "kill", Some(NotDone)),
        ("d after", "r:after remove .new", "kill", Some(NotDone)),
        ("e before", "r:before open .new", "kill", Some(NotDone)),
        ("e after", "r:after sync folder", "kill", Some(NotDone)),
        ("f before", "r:send token", "kill", Some(NotDone)),
        ("f after", "r:got token", "kill", Some(Gone)),
        ("g before", "p:before open .journal", "kill", Some(Gone)),
        ("g after", "p:after sync .journal", "kill", Some(Kept)),
        // To parse is no call: the signal comes while the process goes on from the journal.
        ("h before", "p:after sync .journal", "soon", Some(Kept)),
        ("h after", "p:before facts", "kill", Some(Kept)),
        ("i before", "p:before open .new", "kill", Some(Kept)),
        ("i after", "p:after sync folder", "kill", Some(Kept)),
        ("j before", "p:after sync .lock", "kill", Some(Kept)),
        ("j after", "p:event", "kill", Some(Kept)),
        ("k before", "p:before write .pending", "kill", Some(Kept)),
        ("k after", "p:send api", "kill", Some(Kept)),
        // How much of the reply is there decides.
        (CUT, "p:before write .journal", "cut", None),
        // One system call, which no signal can cut: between it and the sync of the folder.
        ("inside the rename", "p:after rename", "kill", Some(Kept)),
        ("between two readers", "p:before rename", "wait", Some(Kept)),
    ]
};

#[test]
fn killed_at_each_of_25_named_points_the_next_start_goes_on_or_names_the_loss() {
    each_of(POINTS.len() * size(RUNS, 1), |run| {
        let (name, moment, act, ending) = POINTS[run % POINTS.len()];
        let (round, scene) = (run / POINTS.len(), Scene::new());
        if name.starts_with("d ") {
            killed(&scene, "r:send token", "kill");
        }
        match act {
            "wait" => between_two_readers(&scene, moment),
            "cut" => killed(&scene, moment, &(100 + 7 * round).to_string()),
            act => killed(&scene, moment, act),
        }
        let found = check_at(&scene, name);
        assert!(ending.is_none_or(|ending| ending == found), "{name}: {found:?}");
    });
}

fn check_at(scene: &Scene, name: &str) -> Ending {
    // The mark of the predecessor was dealt with, and the one who dealt with it has asked.
    if name == "d after" {
        assert_eq!(scene.server.issuer.seen().introspections, 1);
    }
    check(scene, name)
}

/// One reads before the rename, the other after it and after the kill.
fn between_two_readers(scene: &Scene, moment: &str) {
    let read = || {
        let store = zeyos::FileTokenStore::open(scene.store()).unwrap();
        scene.server.runtime.block_on(zeyos::TokenStore::get(&store)).unwrap().unwrap()
    };
    let mut process = scene.process(Some((moment, "wait")));
    process.go();
    process.expect("here");
    assert_eq!(read().access_token, Some("a0".into()));
    process.go();
    process.died();
    assert_eq!(read().access_token, Some("a1".into()));
}
