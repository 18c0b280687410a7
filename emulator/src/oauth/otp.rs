//! One-time passwords by time (RFC 6238): six digits, a new one every 30 seconds.

use sha1::{Digest, Sha1};

const STEP: i64 = 30;
const BLOCK: usize = 64;

/// Whether a code is that of now, or of the step before or after it.
pub(crate) fn fits(secret: &[u8], code: &str, now: i64) -> bool {
    let step = now / STEP;
    [step - 1, step, step + 1].iter().any(|step| self::code(secret, *step) == code.trim())
}

/// The code of one step (RFC 4226, section 5.3).
fn code(secret: &[u8], step: i64) -> String {
    let hash = hmac(secret, &step.to_be_bytes());
    let start = usize::from(hash[hash.len() - 1] & 0xf);
    let number = hash[start..start + 4].iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// HMAC with SHA-1 (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0; BLOCK];
    let hashed = Sha1::digest(key);
    let key = if key.len() > BLOCK { hashed.as_slice() } else { key };
    block[..key.len()].copy_from_slice(key);
    let inner = Sha1::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(message).finalize();
    Sha1::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_rfc() {
        assert_eq!(code(SECRET, 59 / STEP), "287082");
        assert_eq!(code(SECRET, 1_111_111_109 / STEP), "081804");
        assert_eq!(code(SECRET, 20_000_000_000 / STEP), "353130");
    }

    #[test]
    fn the_neighbouring_steps_count_and_others_do_not() {
        assert!(fits(SECRET, "287082", 59));
        assert!(fits(SECRET, "287082", 89));
        assert!(!fits(SECRET, "287082", 120));
        assert!(!fits(SECRET, "", 59));
    }
}
