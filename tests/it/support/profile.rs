//! The profile that the emulator of these tests has. `ZEYOS_EMULATOR_PROFILE=strict` answers each guess in the way that hurts a
//! careless client most; CI runs the tests both ways.

use zeyos_emulator::Switches;
use zeyos_emulator::switches::{Authorize, Profile};

/// The variable that names another profile than `documented`.
const VARIABLE: &str = "ZEYOS_EMULATOR_PROFILE";

/// What a client cannot get along with. Whether a refresh token of unknown fate is alive, only the server can tell: one that calls a
/// living token dead costs the login, one that calls a spent token alive costs a second post of it. docs/facts.md says so.
fn without_lies(switches: &mut Switches) {
    switches.introspect_lies = false;
    switches.spent_looks_active = false;
}

/// The switches of the profile, but for the lies. Consent is given without a page: what is in it is no matter of the client.
pub(crate) fn switches() -> Switches {
    let name = std::env::var(VARIABLE).unwrap_or_else(|_| "documented".to_owned());
    let mut switches = Switches::profile(Profile::named(&name).unwrap());
    without_lies(&mut switches);
    switches.authorize = Authorize::Auto;
    switches
}
