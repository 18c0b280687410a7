//! The profile that the emulator of these tests has. `ZEYOS_EMULATOR_PROFILE=strict` answers each guess in the way that hurts a
//! careless client most; CI runs the tests both ways.

use zeyos_emulator::Switches;
use zeyos_emulator::switches::{Authorize, Profile};

/// The variable that names another profile than `documented`.
const VARIABLE: &str = "ZEYOS_EMULATOR_PROFILE";

/// The switches of the profile. Consent is given without a page: what is in it is no matter of the client.
pub(crate) fn switches() -> Switches {
    let name = std::env::var(VARIABLE).unwrap_or_else(|_| "documented".to_owned());
    let mut switches = Switches::profile(Profile::named(&name).unwrap());
    switches.authorize = Authorize::Auto;
    switches
}
