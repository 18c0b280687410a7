//! What the program does otherwise than the library, unless it is told.

use zeyos_emulator::Switches;
use zeyos_emulator::switches::Authorize;

/// The switches before any is set. Whoever runs a program has a browser at hand; a test that embeds the library has not.
pub(super) fn switches() -> Switches {
    let mut switches = Switches::default();
    switches.authorize = Authorize::Form;
    switches
}
