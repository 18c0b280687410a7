//! What the program does unless it is told otherwise.

use zeyos_emulator::Switches;
use zeyos_emulator::switches::Profile;

/// The switches before any is set. Whoever runs a program has a browser at hand; a test that embeds the library has not.
pub(super) fn switches() -> Switches {
    Switches::profile(Profile::Documented)
}
