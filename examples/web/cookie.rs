//! The cookie by which a browser is recognised.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use zeyos::Secret;

use super::Outcome;

/// How many characters 128 bits have in base64url.
const LENGTH: usize = 22;

/// 128 random bits: whoever knows the id of a session is in it.
#[derive(Clone)]
pub(crate) struct SessionId(Secret);

impl SessionId {
    pub(crate) fn random() -> Outcome<Self> {
        random().map(SessionId)
    }

    fn parse(text: &str) -> Option<Self> {
        let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (text.len() == LENGTH && text.bytes().all(is_base64url)).then(|| SessionId(Secret::new(text)))
    }

    /// What is kept under this id is found by its hash, so that who reads the keys of a store cannot take over a session.
    pub(crate) fn key(&self) -> String {
        hash(&[self.0.expose()])
    }

    /// Where the pending login with this state is kept. Without the same cookie and the same state no one finds it.
    pub(crate) fn login_key(&self, state: &Secret) -> String {
        hash(&[self.0.expose(), state.expose()])
    }
}

/// The id has a fixed length, so two different lists of parts never make one text.
fn hash(parts: &[&str]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(parts.concat()))
}

/// 128 random bits as 22 characters.
pub(crate) fn random() -> Outcome<Secret> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
}

/// How the id of a session travels.
pub(crate) struct SessionCookie {
    name: &'static str,
    attributes: &'static str,
}

impl SessionCookie {
    /// The prefix `__Host-` keeps other hosts of the same domain from planting an id of theirs; browsers take it only with `Secure`.
    pub(crate) fn of(origin: &str) -> Self {
        if origin.starts_with("https:") {
            let attributes = "Path=/; HttpOnly; SameSite=Lax; Secure";
            SessionCookie { name: "__Host-zeyos_web_session", attributes }
        } else {
            SessionCookie { name: "zeyos_web_session", attributes: "Path=/; HttpOnly; SameSite=Lax" }
        }
    }

    /// The id that the browser sent. Two ids are none: no one knows which one is ours.
    pub(crate) fn read(&self, headers: &HeaderMap) -> Option<SessionId> {
        let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut own = pairs.filter(|(name, _)| *name == self.name);
        let (_, value) = own.next()?;
        if own.next().is_some() { None } else { SessionId::parse(value) }
    }

    /// The value of `Set-Cookie` that gives the browser this id until it is closed.
    pub(crate) fn set(&self, id: &SessionId) -> String {
        format!("{}={}; {}", self.name, id.0.expose(), self.attributes)
    }

    /// The value of `Set-Cookie` that takes the id away.
    pub(crate) fn clear(&self) -> String {
        format!("{}=; {}; Max-Age=0", self.name, self.attributes)
    }
}
