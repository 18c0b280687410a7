//! The text of a personal access token, and the hash by which it is known again.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use scrypt::{Params, scrypt};

use crate::platforms::random::Random;

const PREFIX: &str = "pat_";
const ID_LENGTH: usize = 21;
const LONGEST: usize = 200;

/// The cost of hashes that are made here. The service takes 14; a secret of 32 random bytes needs none of it.
const LOG_N: u8 = 4;

/// Above these a hash would cost more than a test server should spend.
const MOST: (u8, u32, u32) = (16, 16, 4);

/// A personal access token.
#[derive(Clone)]
pub(super) struct Pat {
    pub id: String,
    secret: Vec<u8>,
}

/// Shows nothing of the secret.
impl std::fmt::Debug for Pat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pat").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Whether a text can be the identifier of a token.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == ID_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl Pat {
    /// A new one, with this identifier if there is one.
    pub(super) fn new(random: &mut Random, id: Option<String>) -> Self {
        Self { id: id.unwrap_or_else(|| random.alphanumeric(ID_LENGTH)), secret: random.bytes().to_vec() }
    }

    /// Reads the text of one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX).filter(|_| text.len() <= LONGEST)?.split_once('.')?;
        is_id(id).then(|| STANDARD.decode(secret).ok()).flatten().map(|secret| Self { id: id.to_owned(), secret })
    }

    pub(super) fn text(&self) -> String {
        format!("{PREFIX}{}.{}", self.id, STANDARD.encode(&self.secret))
    }

    /// The hash of its secret in PHC form.
    pub(super) fn phc(&self, random: &mut Random) -> String {
        let salt = &random.bytes()[..16];
        let hash = Params::new(LOG_N, 8, 1).ok().and_then(|params| hashed(&self.secret, salt, &params, 32));
        let encode = |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes);
        format!("$scrypt$ln={LOG_N},r=8,p=1${}${}", encode(salt), encode(&hash.unwrap_or_default()))
    }

    /// Whether its secret has this hash; nothing if that is not a hash.
    pub(super) fn has(&self, phc: &str) -> Option<bool> {
        let phc = Phc::parse(phc)?;
        hashed(&self.secret, &phc.salt, &phc.params, phc.hash.len()).map(|hash| hash == phc.hash)
    }
}

fn hashed(secret: &[u8], salt: &[u8], params: &Params, length: usize) -> Option<Vec<u8>> {
    let mut hash = vec![0; length];
    scrypt(secret, salt, params, &mut hash).ok().map(|()| hash)
}

/// A hash that was taken apart.
struct Phc {
    params: Params,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Phc {
    fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('$').collect();
        let ["", "scrypt", costs, salt, hash] = parts[..] else { return None };
        let cost = |name: &str| costs.split(',').find_map(|cost| cost.strip_prefix(name)?.strip_prefix('='));
        let (log_n, r, p) = (cost("ln")?.parse().ok()?, cost("r")?.parse().ok()?, cost("p")?.parse().ok()?);
        if log_n > MOST.0 || r > MOST.1 || p > MOST.2 {
            return None;
        }
        let decode = |text: &str| STANDARD_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() >= 8);
        Some(Self { params: Params::new(log_n, r, p).ok()?, salt: decode(salt)?, hash: decode(hash)? })
    }
}

/// Whether a text is a hash in PHC form.
pub(super) fn is_phc(text: &str) -> bool {
    Phc::parse(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_hash_alone() {
        let mut random = Random::new().unwrap();
        let (pat, other) = (Pat::new(&mut random, None), Pat::new(&mut random, None));
        let phc = pat.phc(&mut random);
        let read = Pat::parse(&pat.text()).unwrap();
        assert_eq!((read.id.as_str(), read.has(&phc)), (pat.id.as_str(), Some(true)));
        assert_eq!(other.has(&phc), Some(false));
        assert!(pat.text().len() <= LONGEST && pat.text().starts_with("pat_"));
    }

    #[test]
    fn what_is_no_token_or_hash_is_told() {
        for text in ["", "pat_", "pat_short.AAAA", "x_aaaaaaaaaaaaaaaaaaaaa.AAAA", "pat_aaaaaaaaaaaaaaaaaaaaa.%"] {
            assert!(Pat::parse(text).is_none(), "{text}");
        }
        for text in
            ["junk", "$scrypt$ln=30,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2g", "$scrypt$ln=4,r=8$c2FsdHNhbHQ$aGFzaGhhc2g"]
        {
            assert!(!is_phc(text), "{text}");
        }
        assert!(is_phc("$scrypt$ln=4,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"));
    }
}
