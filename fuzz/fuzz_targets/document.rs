//! Third-party documents: each is understood, as a whole or in part, or refused with a message that can be read, whatever stands in it.
#![no_main]

use libfuzzer_sys::fuzz_target;

/// What a message may have, in bytes: it repeats texts of the document, and the fuzzer's are short.
const LONGEST: usize = 64 * 1024;

fuzz_target!(|text: &str| {
    if let Err(message) = xtask::fuzzing::document(text) {
        assert!(!message.is_empty() && message.len() < LONGEST, "{} bytes", message.len());
    }
});
