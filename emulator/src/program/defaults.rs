//! The defaults of the program.

use zeyos_emulator::Switches;
use zeyos_emulator::switches::Profile;

/// The switches before any is set. A program is run by someone with a browser at hand; a test that embeds the library has none.
pub(super) fn switches() -> Switches {
    Switches::profile(Profile::Documented)
}
