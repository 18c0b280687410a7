//! What an application says of itself, and what an instance has made of it.

use std::fmt;

use zeyos_core::{Json, JsonMap, Secret};
use zeyos_runtime::{TokenSet, TokenStore};

use super::CozyError;
use super::raw::{self, ClientInformation, ClientRegistration, ClientUpdate};

/// An application that an instance does not know yet, or what one shall be from now on. A later update replaces all of it.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct NewClient {
    redirect_uri: String,
    software_id: String,
    client_name: String,
    rest: Rest,
    /// It was made from a client that is registered already.
    is_registered: bool,
}

/// What may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Rest {
    software_version: Option<String>,
    client_kind: Option<String>,
    client_uri: Option<String>,
    logo_uri: Option<String>,
    policy_uri: Option<String>,
    notification_platform: Option<String>,
    notification_device_token: Option<Secret>,
}

/// The members that may be left out, in both spellings.
macro_rules! rest {
    ($($(#[$docs:meta])* $member:ident, $camel:literal;)*) => {
        impl NewClient {
            $($(#[$docs])*
            pub fn $member(mut self, value: impl Into<String>) -> Self {
                self.rest.$member = Some(value.into());
                self
            })*
        }

        impl Rest {
            fn of(members: &Members<'_>) -> Self {
                Rest {
                    $($member: members.text($camel, stringify!($member)),)*
                    notification_device_token: members
                        .text("notificationDeviceToken", "notification_device_token")
                        .map(Secret::from),
                }
            }

            fn write(&self, members: &mut JsonMap) {
                $(if let Some(value) = &self.$member {
                    members.insert($camel.to_owned(), value.as_str().into());
                })*
                if let Some(value) = &self.notification_device_token {
                    members.insert("notificationDeviceToken".to_owned(), value.expose().into());
                }
            }

            fn registration(&self, mut request: ClientRegistration) -> ClientRegistration {
                $(if let Some(value) = &self.$member {
                    request = request.$member(value);
                })*
                match &self.notification_device_token {
                    Some(value) => request.notification_device_token(value.clone()),
                    None => request,
                }
            }

            fn update(&self, mut request: ClientUpdate) -> ClientUpdate {
                $(if let Some(value) = &self.$member {
                    request = request.$member(value);
                })*
                match &self.notification_device_token {
                    Some(value) => request.notification_device_token(value.clone()),
                    None => request,
                }
            }
        }
    };
}

rest! {
    /// Which release of the software it is.
    software_version, "softwareVersion";
    /// What sort of client it is, in free words such as `web`, `desktop` or `mobile`.
    client_kind, "clientKind";
    /// Its home page.
    client_uri, "clientURI";
    /// A picture that the consent page may show.
    logo_uri, "logoURI";
    /// A page that says how it uses data.
    policy_uri, "policyURI";
    /// The service by which notifications reach the device: `firebase`, `apns`, `huawei`.
    notification_platform, "notificationPlatform";
}

impl NewClient {
    /// An application: where the browser comes back to, which software it is, and the name that the user sees.
    pub fn new(
        redirect_uri: impl Into<String>,
        software_id: impl Into<String>,
        client_name: impl Into<String>,
    ) -> Self {
        NewClient {
            redirect_uri: redirect_uri.into(),
            software_id: software_id.into(),
            client_name: client_name.into(),
            rest: Rest::default(),
            is_registered: false,
        }
    }

    /// The identifier of the device at the service for notifications.
    pub fn notification_device_token(mut self, token: impl Into<Secret>) -> Self {
        self.rest.notification_device_token = Some(token.into());
        self
    }

    /// Reads an application in the spelling of the JavaScript library or of the wire.
    ///
    /// # Errors
    /// When redirect URI, software identifier or name is missing.
    pub fn from_json(value: &Json) -> Result<Self, CozyError> {
        let members = Members::of(value)?;
        let new = NewClient {
            redirect_uri: members.redirect_uri().unwrap_or_default(),
            software_id: members.text("softwareID", "software_id").unwrap_or_default(),
            client_name: members.text("clientName", "client_name").unwrap_or_default(),
            rest: Rest::of(&members),
            is_registered: members.text("clientID", "client_id").is_some(),
        };
        new.checked_members()?;
        Ok(new)
    }

    fn checked_members(&self) -> Result<(), CozyError> {
        let mandatory = [
            (&self.redirect_uri, "the redirect URI is missing"),
            (&self.software_id, "the software identifier is missing"),
            (&self.client_name, "the name of the client is missing"),
        ];
        let missing = mandatory.iter().find(|(value, _)| value.trim().is_empty());
        missing.map_or(Ok(()), |(_, reason)| Err(CozyError::local(reason)))
    }

    pub(super) fn registration(&self) -> Result<ClientRegistration, CozyError> {
        if self.is_registered {
            return Err(CozyError::local("the client is registered already; update it instead"));
        }
        self.checked_members()?;
        let uris = vec![self.redirect_uri.clone()];
        let request = ClientRegistration::new(uris, self.client_name.as_str(), self.software_id.as_str());
        Ok(self.rest.registration(request))
    }

    pub(super) fn update(&self, client_id: &str) -> Result<ClientUpdate, CozyError> {
        self.checked_members()?;
        let uris = vec![self.redirect_uri.clone()];
        let request = ClientUpdate::new(client_id, uris, self.client_name.as_str(), self.software_id.as_str());
        Ok(self.rest.update(request))
    }
}

/// Without what the application says of itself.
impl fmt::Debug for NewClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewClient").field("is_registered", &self.is_registered).finish_non_exhaustive()
    }
}

/// A client that an instance knows. Its secret and its registration token are worth as much as a password.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegisteredClient {
    /// Its identifier at the instance.
    pub client_id: String,
    /// What proves that a request comes from it.
    pub client_secret: Secret,
    /// What reads, changes and removes it. The instance tells it once.
    pub registration_access_token: Secret,
    /// Where the browser comes back to.
    pub redirect_uri: String,
    /// Which software it is.
    pub software_id: String,
    /// Which release.
    pub software_version: Option<String>,
    /// The name that the user sees; the instance may have added a number.
    pub client_name: String,
    /// What sort of client it is.
    pub client_kind: Option<String>,
    /// Its home page.
    pub client_uri: Option<String>,
    /// A picture that the consent page may show.
    pub logo_uri: Option<String>,
    /// A page that says how it uses data.
    pub policy_uri: Option<String>,
    /// The service by which notifications reach the device.
    pub notification_platform: Option<String>,
    /// The identifier of the device there.
    pub notification_device_token: Option<Secret>,
}

impl RegisteredClient {
    pub(super) fn new(made: raw::RegisteredClient) -> Self {
        RegisteredClient {
            client_id: made.client_id,
            client_secret: made.client_secret,
            registration_access_token: made.registration_access_token,
            redirect_uri: made.redirect_uris.into_iter().next().unwrap_or_default(),
            software_id: made.software_id,
            software_version: made.software_version,
            client_name: made.client_name,
            client_kind: made.client_kind,
            client_uri: made.client_uri,
            logo_uri: made.logo_uri,
            policy_uri: made.policy_uri,
            notification_platform: made.notification_platform,
            notification_device_token: made.notification_device_token,
        }
    }

    /// As the instance has it now; it tells the registration token once alone.
    pub(super) fn renewed(&self, now: ClientInformation) -> Self {
        RegisteredClient {
            client_id: now.client_id,
            client_secret: now.client_secret,
            registration_access_token: self.registration_access_token.clone(),
            redirect_uri: now.redirect_uris.into_iter().next().unwrap_or_default(),
            software_id: now.software_id,
            software_version: now.software_version,
            client_name: now.client_name,
            client_kind: now.client_kind,
            client_uri: now.client_uri,
            logo_uri: now.logo_uri,
            policy_uri: now.policy_uri,
            notification_platform: now.notification_platform,
            notification_device_token: now.notification_device_token,
        }
    }

    /// What it says of itself, to be changed and given to an update.
    pub fn to_new(&self) -> NewClient {
        NewClient {
            rest: Rest {
                software_version: self.software_version.clone(),
                client_kind: self.client_kind.clone(),
                client_uri: self.client_uri.clone(),
                logo_uri: self.logo_uri.clone(),
                policy_uri: self.policy_uri.clone(),
                notification_platform: self.notification_platform.clone(),
                notification_device_token: self.notification_device_token.clone(),
            },
            is_registered: true,
            ..NewClient::new(self.redirect_uri.as_str(), self.software_id.as_str(), self.client_name.as_str())
        }
    }

    /// Its thirteen members in the spelling of the JavaScript library, secrets readable. Keep it where only the owner can read it.
    pub fn to_json_exposing_secrets(&self) -> Json {
        let mut members = JsonMap::new();
        let mut text = |name: &str, value: &str| members.insert(name.to_owned(), value.into());
        text("clientID", &self.client_id);
        text("clientSecret", self.client_secret.expose());
        text("registrationAccessToken", self.registration_access_token.expose());
        text("redirectURI", &self.redirect_uri);
        text("softwareID", &self.software_id);
        text("clientName", &self.client_name);
        self.to_new().rest.write(&mut members);
        Json::Object(members)
    }

    /// Reads a client in the spelling of the JavaScript library or of the wire.
    ///
    /// # Errors
    /// When it is none that is registered: identifier, secret and registration token are there, and what every client has.
    pub fn from_json(value: &Json) -> Result<Self, CozyError> {
        let members = Members::of(value)?;
        let unregistered =
            || CozyError::local("the client is not registered: it lacks identifier, secret or registration token");
        let need = |camel: &str, snake: &str| members.text(camel, snake).ok_or_else(unregistered);
        let new = NewClient::from_json(value)?;
        let rest = new.rest;
        Ok(RegisteredClient {
            client_id: need("clientID", "client_id")?,
            client_secret: need("clientSecret", "client_secret")?.into(),
            registration_access_token: need("registrationAccessToken", "registration_access_token")?.into(),
            redirect_uri: new.redirect_uri,
            software_id: new.software_id,
            software_version: rest.software_version,
            client_name: new.client_name,
            client_kind: rest.client_kind,
            client_uri: rest.client_uri,
            logo_uri: rest.logo_uri,
            policy_uri: rest.policy_uri,
            notification_platform: rest.notification_platform,
            notification_device_token: rest.notification_device_token,
        })
    }

    /// Keeps the client in a store of its own, which must not be that of its tokens: it is written as its only secret.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn keep_in(&self, store: &impl TokenStore) -> Result<(), CozyError> {
        let kept = TokenSet::bearer(self.to_json_exposing_secrets().to_string());
        store.set(Some(&kept)).await.map_err(CozyError::store)
    }

    /// The client that a store [keeps](RegisteredClient::keep_in), if it keeps one.
    ///
    /// # Errors
    /// When the store cannot be read, or holds something else.
    pub async fn kept_in(store: &impl TokenStore) -> Result<Option<Self>, CozyError> {
        let kept = store.get().await.map_err(CozyError::store)?;
        let Some(text) = kept.and_then(|kept| kept.access_token) else { return Ok(None) };
        let value: Json =
            serde_json::from_str(text.expose()).map_err(|_| CozyError::local("the store holds no client"))?;
        RegisteredClient::from_json(&value).map(Some)
    }
}

/// The members of a client in either spelling.
struct Members<'a>(&'a JsonMap);

impl<'a> Members<'a> {
    fn of(value: &'a Json) -> Result<Self, CozyError> {
        value.as_object().map(Members).ok_or_else(|| CozyError::local("a client is a JSON object"))
    }

    /// Empty text is as good as none, as the instance has it.
    fn text(&self, camel: &str, snake: &str) -> Option<String> {
        let found = self.0.get(camel).or_else(|| self.0.get(snake))?;
        found.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn redirect_uri(&self) -> Option<String> {
        let first = self.0.get("redirect_uris").and_then(|uris| uris.as_array()?.first()?.as_str().map(str::to_owned));
        self.text("redirectURI", "redirect_uri").or(first).filter(|uri| !uri.is_empty())
    }
}
