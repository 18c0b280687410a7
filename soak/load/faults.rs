//! What goes wrong: each of these for five of a hundred requests.

use std::time::Duration;

use zeyos_emulator::Fault;

const CHANCE: f64 = 0.05;

/// All faults; some requests wait for so long before they are carried out.
pub(crate) fn faults(delay: Duration) -> Vec<Fault> {
    let statuses = [429, 500, 502, 503, 504].map(Fault::status);
    let others = [
        Fault::close_before(),
        Fault::close_before().reset(),
        Fault::close_after(),
        Fault::close_after().reset(),
        Fault::cut_body(7),
        Fault::truncate_body(7),
        Fault::body("text/html", "<p>The gateway is tired.</p>"),
        Fault::invalid_token(),
        Fault::trickle(Duration::from_millis(1)),
        Fault::delay(delay),
    ];
    let all = statuses.into_iter().chain(others).enumerate();
    all.map(|(seed, fault)| fault.on("*", "/api/v1/tickets").probability(CHANCE, seed as u64)).collect()
}
