//! Who a token or cookie belongs to, in the form of the deprecated service.

use axum::http::StatusCode;

use crate::access::{self, Caller};
use crate::context::RequestContext;
use crate::http::{Failure, Reply};
use crate::json::Json;
use crate::oauth::profile;

/// Answers nothing but that the credential is good.
pub(crate) fn verify(cx: &RequestContext<'_>) -> Result<Reply, Failure> {
    access::caller(cx)?;
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// Answers the user, and on request what the user may do and has set.
pub(crate) fn answer(cx: &RequestContext<'_>) -> Result<Reply, Failure> {
    let Caller { user, application } = access::caller(cx)?;
    let profile = profile(cx, user)?;
    let asked = |name: &str| cx.request.query(name).is_some_and(|value| value == "1" || value == "true");
    let lang = profile.setting(cx, "locale", "en-US")?.replace('-', "_");
    let auth = Json::object([("user", user.into()), ("application", application.into()), ("lang", lang.into())]);
    let mut members = vec![
        ("auth", auth),
        ("user", user.into()),
        ("contact", profile.contact.into()),
        ("name", profile.name.as_str().into()),
        ("email", profile.email.as_str().into()),
    ];
    if asked("access") {
        let groups = profile.groups.iter().map(|(id, _, writable)| (id.to_string(), Json::from(*writable)));
        let named = profile
            .permissions
            .iter()
            .filter_map(|(_, value, writable)| value.as_text().map(|name| (name.to_owned(), Json::from(*writable))));
        members.extend([
            ("admin", access::is_admin(cx, user)?.into()),
            ("nopublic", profile.nopublic.into()),
            ("apionly", profile.apionly.into()),
            ("groups", Json::Object(groups.collect())),
            ("permissions", Json::Object(named.collect())),
        ]);
    }
    if asked("settings") {
        let settings = if profile.settings == Json::Null { Json::Object(Vec::new()) } else { profile.settings };
        members.push(("settings", settings));
    }
    let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
    Ok(Reply::json(StatusCode::OK, &Json::Object(members.collect())))
}
