//! Processes that return from `main` around a refresh, and processes that come one after the other while no one can tell what became
//! of one.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use zeyos::{FileTokenStore, Timestamp, TokenStore as _};

use super::child::{Process, Scene};
use crate::promises::refresh::list;
use crate::support::clock::START;
use crate::support::issuer::{Distortion, Issuer, Seen};

fn wait_until(scene: &Scene, happened: impl Fn(Seen) -> bool) {
    while !happened(scene.server.issuer.seen()) {
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn path(scene: &Scene) -> String {
    scene.store().to_str().unwrap().to_owned()
}

#[test]
fn fault_63_a_process_that_returns_from_main_after_close_has_stored_what_was_issued() {
    let moments: [fn(Seen) -> bool; 3] = [|_| true, |seen| seen.calls == 1, |seen| seen.posts == 1];
    for (point, is_there) in moments.into_iter().enumerate() {
        let (scene, gate) = (Scene::new(), Arc::new(Semaphore::new(0)));
        scene.server.issuer.distort([Distortion::Hold(Arc::clone(&gate))]);
        let mut process = Process::leaving(&scene.server.url, &path(&scene));
        process.expect("ready");
        wait_until(&scene, is_there);
        process.go();
        process.expect("alone");
        gate.add_permits(1);
        process.expect("closed");
        process.ended();
        scene.server.settle();
        if scene.server.issuer.posts() > 0 {
            assert!(scene.has_reply(), "point {point}: the login was lost");
        }
        scene.server.runtime.block_on(list(&scene.server.client(&scene.store()))).unwrap();
        let seen = scene.server.issuer.seen();
        assert_eq!((seen.posts, seen.replays), (1, 0), "point {point}");
    }
}

/// A short program ends with its last call, and would take a renewal with it that goes on without the call: so the call that
/// begins one waits for it, though no longer than a second.
#[test]
fn fault_74_a_process_that_returns_from_main_after_its_call_leaves_no_renewal_behind() {
    let (scene, gate) = (Scene::new(), Arc::new(Semaphore::new(0)));
    let mut tokens = Issuer::tokens();
    tokens.expires_at = Some(Timestamp::from_unix(START + 30));
    let store = FileTokenStore::open(scene.store()).unwrap();
    scene.server.runtime.block_on(store.set(Some(&tokens))).unwrap();
    scene.server.issuer.state().is_alive = true;
    scene.server.issuer.distort([Distortion::Hold(Arc::clone(&gate))]);
    // By its clock no second passes.
    let mut process = Process::frozen(&scene.server.url, &path(&scene), 0);
    process.expect("ready");
    process.go();
    wait_until(&scene, |seen| seen.posts == 1);
    assert_eq!(scene.server.issuer.seen().calls, 0, "it waits for its new token");
    gate.add_permits(1);
    process.expect("ok");
    process.ended();
    assert!(scene.has_reply());
    scene.server.runtime.block_on(list(&scene.server.client(&scene.store()))).unwrap();
    let seen = scene.server.issuer.seen();
    assert_eq!((seen.posts, seen.replays, seen.unauthorized), (1, 0, 0));
}

#[test]
fn fault_78_sixteen_processes_that_meet_an_unknown_outcome_ask_once_a_minute_between_them() {
    let scene = Scene::new();
    let issuer = &scene.server.issuer;
    let down = || Distortion::Answer(502, "down".into());
    issuer.distort([down()]);
    issuer.distort_introspection(std::iter::repeat_with(down).take(3));
    for minute in 0..3 {
        // Others each minute, as programs that are started anew.
        let start = |_| Process::frozen(&scene.server.url, &path(&scene), 60 * i64::from(minute));
        let mut processes: Vec<Process> = (0..16).map(start).collect();
        processes.iter_mut().for_each(|process| process.expect("ready"));
        for _ in 0..2 {
            processes.iter_mut().for_each(Process::go);
            for process in &mut processes {
                let said = process.hear().unwrap();
                assert!(said.contains("it is unknown"), "{said}");
            }
        }
        assert_eq!((issuer.posts(), issuer.seen().introspections), (1, minute + 1));
    }
    let mut process = Process::frozen(&scene.server.url, &path(&scene), 180);
    process.expect("ready");
    process.go();
    process.expect("ok");
    assert_eq!((issuer.posts(), issuer.seen().replays), (2, 0));
}
