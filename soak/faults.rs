//! What goes wrong on the wire, and when.

use std::time::Duration;

use zeyos_emulator::{FaultServer, WireFault};

use super::arguments::Arguments;
use super::{Outcome, random};

/// For how many requests of a path there is a plan: more than a day of refreshes.
const REQUESTS: u32 = 50_000;

const PATHS: [&str; 2] = ["/oauth2/v1/token", "/oauth2/v1/introspect"];

/// Lets the given part of token requests and introspections meet a fault, at random.
pub(crate) fn plan(server: &FaultServer, arguments: &Arguments) -> Outcome {
    for path in PATHS {
        for request in 0..REQUESTS {
            if random::below(100)? < arguments.faults {
                server.inject(one()?.on("POST", path).after(request));
            }
        }
    }
    Ok(())
}

/// One fault of those that a network has: cuts at any byte before and after the request was carried out, delays, odd answers.
fn one() -> Outcome<WireFault> {
    let bytes = usize::try_from(random::below(600)?)?;
    let time = Duration::from_millis(random::below(3_000)?);
    Ok(match random::below(9)? {
        0 => WireFault::cut_request(bytes),
        1 => WireFault::before_commit().reset(),
        2 => WireFault::after_commit().reset(),
        3 | 4 => WireFault::cut_reply(bytes),
        5 => WireFault::status(503),
        6 => WireFault::delay(time),
        7 => WireFault::delay(Duration::ZERO).delayed(time),
        _ => WireFault::body("text/html", "<html>busy</html>"),
    })
}
