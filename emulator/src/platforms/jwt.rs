//! JSON Web Tokens (RFC 7519) as these platforms sign them: HS256, HS512 and EdDSA.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use super::random::Random;
use crate::json::Json;

/// A key that signs tokens and knows them again.
#[derive(Debug)]
pub(crate) enum Key {
    Hs256(hmac::Key),
    Hs512(hmac::Key),
    EdDsa(Box<Ed25519KeyPair>),
}

/// Why a token does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Invalid {
    /// It has not three parts that can be read.
    Malformed,
    /// Another key signed it, or no one.
    Signature,
}

impl Key {
    pub(super) fn hs256(random: &mut Random) -> Self {
        Self::Hs256(hmac::Key::new(hmac::HMAC_SHA256, &random.bytes()))
    }

    pub(super) fn hs512(random: &mut Random) -> Self {
        Self::Hs512(hmac::Key::new(hmac::HMAC_SHA512, &[random.bytes(), random.bytes()].concat()))
    }

    /// A key pair of Ed25519.
    pub(super) fn ed_dsa(random: &mut Random) -> std::io::Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&random.bytes());
        pair.map(|pair| Self::EdDsa(Box::new(pair))).map_err(|error| std::io::Error::other(error.to_string()))
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Hs256(_) => "HS256",
            Self::Hs512(_) => "HS512",
            Self::EdDsa(_) => "EdDSA",
        }
    }

    /// A token with these claims; `kid` names the key in its head.
    pub(super) fn sign(&self, claims: &Json, kid: Option<&str>) -> String {
        let mut head = vec![("alg".to_owned(), self.algorithm().into()), ("typ".to_owned(), "JWT".into())];
        head.extend(kid.map(|kid| ("kid".to_owned(), kid.into())));
        let encode = |part: &Json| URL_SAFE_NO_PAD.encode(part.to_text());
        let signed = format!("{}.{}", encode(&Json::Object(head)), encode(claims));
        let signature = match self {
            Self::Hs256(key) | Self::Hs512(key) => URL_SAFE_NO_PAD.encode(hmac::sign(key, signed.as_bytes())),
            Self::EdDsa(pair) => URL_SAFE_NO_PAD.encode(pair.sign(signed.as_bytes())),
        };
        format!("{signed}.{signature}")
    }

    /// The claims of a token that this key has signed. Times are not looked at.
    pub(super) fn verify(&self, token: &str) -> Result<Json, Invalid> {
        let (signed, signature) = token.rsplit_once('.').ok_or(Invalid::Malformed)?;
        let (_, claims) = signed.split_once('.').ok_or(Invalid::Malformed)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| Invalid::Malformed);
        let (claims, signature) = (decode(claims)?, decode(signature)?);
        let is_ours = match self {
            Self::Hs256(key) | Self::Hs512(key) => hmac::verify(key, signed.as_bytes(), &signature).is_ok(),
            Self::EdDsa(pair) => {
                let public = UnparsedPublicKey::new(&ED25519, pair.public_key());
                public.verify(signed.as_bytes(), &signature).is_ok()
            }
        };
        if is_ours { Json::parse(&claims).ok_or(Invalid::Malformed) } else { Err(Invalid::Signature) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_its_claims_and_only_its_own_key_knows_it() {
        let mut random = Random::new().unwrap();
        let keys = |random: &mut Random| [Key::hs256(random), Key::hs512(random), Key::ed_dsa(random).unwrap()];
        let (ours, others) = (keys(&mut random), keys(&mut random));
        let claims = Json::object([("sub", "a".into())]);
        for (key, other) in ours.iter().zip(&others) {
            let token = key.sign(&claims, Some("k"));
            assert_eq!(key.verify(&token), Ok(claims.clone()));
            assert_eq!(other.verify(&token), Err(Invalid::Signature));
            let (rest, _) = token.rsplit_once('.').unwrap();
            assert_eq!(key.verify(&format!("{rest}.")), Err(Invalid::Signature));
            assert_eq!(key.verify("pat_x.y"), Err(Invalid::Malformed));
        }
    }
}
