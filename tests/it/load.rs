//! Ten seconds of the soak under load (`cargo xtask soak --load`): a thousand tasks of a hundred users, every fault of it.

use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use zeyos_emulator::{Emulator, Seed};

#[path = "../../soak/load/crowd.rs"]
mod crowd;

use crowd::Plan;

/// A server on a runtime of its own, so that the tasks of the clients can be counted.
fn served<T>(run: impl FnOnce(&Emulator) -> T) -> T {
    let (started, emulator) = std::sync::mpsc::channel();
    let (end, ended) = oneshot::channel::<()>();
    let server = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let emulator = std::sync::Arc::new(Emulator::builder().seed(Seed::Empty).start().await.unwrap());
            started.send(std::sync::Arc::clone(&emulator)).unwrap();
            let _ = ended.await;
        });
    });
    let value = run(&emulator.recv().unwrap());
    end.send(()).unwrap();
    server.join().unwrap();
    value
}

#[test]
fn under_load_and_faults_nothing_is_lost_or_made_twice_for_ten_seconds() {
    let ledger = std::env::temp_dir().join(format!("zeyos-load-test-{}.ledger", std::process::id()));
    let plan = Plan {
        tasks: 1_000,
        users: 100,
        time: Duration::from_secs(10),
        timeout: Duration::from_secs(4),
        pause: Duration::from_secs(6),
        ledger,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (endings, verdict) = served(|emulator| {
        crowd::faults(Duration::from_secs(5)).into_iter().for_each(|fault| emulator.inject(fault));
        let (url, token) = (emulator.url().to_owned(), emulator.credentials().access_token.clone());
        let tally = runtime.block_on(crowd::run(&url, &token, &plan)).unwrap();
        emulator.clear_faults();
        (tally.endings(), runtime.block_on(crowd::verdict(&url, &token, &plan.ledger)).unwrap())
    });
    std::fs::remove_file(&plan.ledger).unwrap();
    assert!(verdict.findings.is_empty(), "{:?}", verdict.findings);
    // Faults of several kinds were met, and enough went well all the same for a loss to show.
    assert!(endings["ok"] > 100 && endings.len() > 5 && verdict.acknowledged > 20, "{endings:?} {verdict:?}");
}
