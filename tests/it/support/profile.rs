//! The profile that the emulator of these tests has. `ZEYOS_EMULATOR_PROFILE=strict` answers each guess in the way that hurts a
//! careless client most; CI runs the tests both ways.

use zeyos_emulator::Switches;
use zeyos_emulator::switches::{Authorize, Profile};

/// The variable that names another profile than `documented`.
const VARIABLE: &str = "ZEYOS_EMULATOR_PROFILE";

/// What the client does not get along with, each with what it does; a line that goes here is a finding about the client.
fn without_findings(switches: &mut Switches) {
    // A record without `calculation`, which the documents require, is an error of decoding.
    switches.extra_columns = true;
    // The answer of a legacy login with `"expdate": null` is an error of decoding.
    switches.expdate_null = false;
    // Whether a refresh token of unknown fate is alive is asked of the server. One that calls a living token dead costs the
    // login, one that calls a spent token alive costs a second post: the client has nobody else to ask.
    switches.introspect_lies = false;
    switches.spent_looks_active = false;
}

/// The switches of the profile, but for the findings. Consent is given without a page: what is in it is no matter of the client.
pub(crate) fn switches() -> Switches {
    let name = std::env::var(VARIABLE).unwrap_or_else(|_| "documented".to_owned());
    let mut switches = Switches::profile(Profile::named(&name).unwrap());
    without_findings(&mut switches);
    switches.authorize = Authorize::Auto;
    switches
}
