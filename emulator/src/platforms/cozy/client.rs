//! A registered client: what it says about itself, as it is read and written.

use axum::http::StatusCode;
use url::Url;

use crate::json::Json;

/// What a client says about itself, in the order in which it is answered.
const FIELDS: [&str; 9] = [
    "client_name",
    "client_kind",
    "client_uri",
    "logo_uri",
    "policy_uri",
    "software_id",
    "software_version",
    "notification_platform",
    "notification_device_token",
];

/// Platforms that notifications can reach; the last two are older names.
const PLATFORMS: [&str; 5] = ["firebase", "apns", "huawei", "android", "ios"];

/// A registered client.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub id: String,
    pub secret: String,
    pub metadata: Metadata,
    /// Until it has its first token.
    pub pending: bool,
}

/// What a client says about itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Metadata {
    pub redirect_uris: Vec<String>,
    /// The other fields that are not empty.
    fields: Vec<(String, String)>,
}

/// Why metadata are refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum InvalidMetadata {
    /// A member is of a type that cannot be read.
    Unreadable,
    /// Status, code and text.
    Refused(StatusCode, &'static str, &'static str),
}

const fn invalid(code: &'static str, text: &'static str) -> InvalidMetadata {
    InvalidMetadata::Refused(StatusCode::BAD_REQUEST, code, text)
}

impl Metadata {
    /// Reads what was sent; an empty text counts as missing. `domain` is the name of the instance.
    pub(super) fn read(body: &Json, domain: &str, unapproved: &[String]) -> Result<Self, InvalidMetadata> {
        let redirect_uris = match body.get("redirect_uris") {
            None | Some(Json::Null) => Vec::new(),
            Some(Json::List(uris)) => texts(uris)?,
            Some(_) => return Err(InvalidMetadata::Unreadable),
        };
        let mut fields = Vec::new();
        for name in FIELDS {
            match body.get(name) {
                None | Some(Json::Null) => {}
                Some(Json::Text(text)) if text.is_empty() => {}
                Some(Json::Text(text)) if name == "notification_platform" => {
                    fields.push((name.to_owned(), text.to_ascii_lowercase()));
                }
                Some(Json::Text(text)) => fields.push((name.to_owned(), text.clone())),
                Some(_) => return Err(InvalidMetadata::Unreadable),
            }
        }
        let metadata = Self { redirect_uris, fields };
        metadata.check(domain, unapproved)?;
        if body.get("allow_login_scope").and_then(Json::to_flag) == Some(true) {
            return Err(InvalidMetadata::Refused(
                StatusCode::UNAUTHORIZED,
                "not authorized to ask for the login scope",
                "",
            ));
        }
        Ok(metadata)
    }

    fn check(&self, domain: &str, unapproved: &[String]) -> Result<(), InvalidMetadata> {
        if self.redirect_uris.is_empty() {
            return Err(invalid("invalid_redirect_uri", "redirect_uris is mandatory"));
        }
        if !self.redirect_uris.iter().all(|uri| leads_away(uri, domain)) {
            return Err(invalid(
                "invalid_redirect_uri",
                "a redirect URI is not a URL, has a fragment, or leads to the instance",
            ));
        }
        if self.get("client_name").is_none() {
            return Err(invalid("invalid_client_metadata", "client_name is mandatory"));
        }
        let Some(software) = self.get("software_id") else {
            return Err(invalid("invalid_client_metadata", "software_id is mandatory"));
        };
        if unapproved.iter().any(|known| known == software) {
            return Err(invalid("unapproved_software_id", "this software may not register"));
        }
        match self.get("notification_platform") {
            Some(platform) if !PLATFORMS.contains(&platform) => {
                Err(invalid("invalid_client_metadata", "notification_platform is not known"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Gives it another name.
    pub(super) fn rename(&mut self, name: String) {
        if let Some((_, value)) = self.fields.iter_mut().find(|(known, _)| known == "client_name") {
            *value = name;
        }
    }

    /// The slug of a linked application.
    pub(super) fn slug(&self) -> Option<&str> {
        self.get("software_id")?.strip_prefix("registry://")
    }
}

fn texts(list: &[Json]) -> Result<Vec<String>, InvalidMetadata> {
    list.iter().map(|entry| entry.as_text().map(str::to_owned).ok_or(InvalidMetadata::Unreadable)).collect()
}

/// Whether a redirect URI can be used: it parses, has no fragment, and leads elsewhere.
fn leads_away(uri: &str, domain: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    let host = url.host_str().unwrap_or_default();
    let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    url.fragment().is_none() && authority != domain
}

impl Client {
    /// As it is answered; with its registration token when it has just been registered.
    pub(super) fn information(&self, registration_token: Option<String>) -> Json {
        let list = |values: &[&str]| Json::List(values.iter().map(|value| Json::from(*value)).collect());
        let mut members: Vec<(String, Json)> = vec![
            ("client_id".to_owned(), self.id.as_str().into()),
            ("client_secret".to_owned(), self.secret.as_str().into()),
            ("client_secret_expires_at".to_owned(), 0.into()),
        ];
        members.extend(registration_token.map(|token| ("registration_access_token".to_owned(), token.into())));
        members.push(("grant_types".to_owned(), list(&["authorization_code", "refresh_token"])));
        members.push(("response_types".to_owned(), list(&["code"])));
        let uris: Vec<&str> = self.metadata.redirect_uris.iter().map(String::as_str).collect();
        members.push(("redirect_uris".to_owned(), list(&uris)));
        members.extend(self.metadata.fields.iter().map(|(name, value)| (name.clone(), value.as_str().into())));
        if self.pending {
            members.push(("pending".to_owned(), true.into()));
        }
        members.push(("cozyMetadata".to_owned(), Json::object([("doctypeVersion", "1".into())])));
        Json::Object(members)
    }
}
