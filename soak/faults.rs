//! What goes wrong on the wire, in which order.

use std::time::Duration;

use zeyos_emulator::{Emulator, Fault};

use super::arguments::Arguments;
use super::{Outcome, random};

/// For how many requests of a path there is a plan: more than a day of refreshes.
const REQUESTS: u64 = 50_000;

const PATHS: [&str; 2] = ["/oauth2/v1/token", "/oauth2/v1/introspect"];

/// Lets the given part of token requests and introspections meet a fault, at random.
///
/// No fault closes the connection after the request was carried out: that is what an answer without a body does too, and of
/// that one the log tells that it was carried out.
pub fn plan(zeyos: &Emulator, arguments: &Arguments) -> Outcome {
    for path in PATHS {
        let mut good = 0;
        for _ in 0..REQUESTS {
            if random::below(100)? >= arguments.faults {
                good += 1;
                continue;
            }
            if good > 0 {
                zeyos.inject(Fault::delay(Duration::ZERO).on("POST", path).times(good));
            }
            good = 0;
            zeyos.inject(one()?.on("POST", path));
        }
    }
    Ok(())
}

/// One fault of those that a network has, cuts at every place of the answer among them.
fn one() -> Outcome<Fault> {
    let kept = usize::try_from(random::below(250)?)?;
    Ok(match random::below(6)? {
        0 => Fault::close_before(),
        1 => Fault::status(503),
        2 => Fault::cut_body(0),
        3 => Fault::delay(Duration::from_millis(20 * kept as u64)),
        4 => Fault::replace_body("<html>busy</html>"),
        _ => Fault::cut_body(kept),
    })
}
