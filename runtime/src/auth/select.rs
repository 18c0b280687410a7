//! The choice of a credential: a pure function of the operation's tag, the mode, and what is configured.

use zeyos_core::{AuthMode, Credential, Holder, Refusal, Requirement, SchemeKind, Security, SecurityScheme, Unusable};

use super::credentials::{Credentials, Role};
use crate::bits::few_sorted;

/// What could be sent to an origin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Available<'a> {
    pub configured: &'a Credentials,
    /// The origin that the request goes to.
    pub origin: &'a str,
    pub bearer: Bearer,
    pub session: Session,
}

/// Whether a bearer token can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Bearer {
    /// There is none and none can be had.
    Missing,
    /// There is an access token.
    Present,
    /// There is only a refresh token, and what is needed to use it.
    Obtainable,
    /// There is only a refresh token, and it cannot be used.
    Locked,
}

/// Whether the session cookie can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Session {
    /// None is configured.
    Missing,
    /// A value or a provider is configured.
    Present,
    /// The provider was asked and gave no usable value.
    Empty,
}

/// What to send, in this order until one is accepted: what one alternative each asks for. An empty alternative sends nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub first: &'static [Requirement],
    /// Most calls have none, and make no list of them.
    pub others: Vec<&'static [Requirement]>,
}

impl Plan {
    fn of(first: &'static [Requirement]) -> Self {
        Plan { first, others: Vec::new() }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static [Requirement]> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }
}

const BARE: &[Requirement] = &[];

/// Why something is not usable, and what would help.
type Reason = (&'static str, &'static str);

/// A page has no value of a cookie to configure.
const NO_SESSION: Reason = if cfg!(all(target_family = "wasm", target_os = "unknown")) {
    ("the session of the page is not configured", "configure `browser_session`")
} else {
    ("no session cookie is configured", "configure `session_cookie` or `session_provider`")
};

/// Chooses, or says for every scheme why it is not usable and what to configure.
pub(crate) fn select(security: Security, mode: AuthMode, available: Available<'_>) -> Result<Plan, Refusal> {
    if security.is_empty() || mode == AuthMode::None {
        return Ok(Plan::of(BARE));
    }
    let is_usable = |alternative: &&'static [Requirement]| {
        alternative.iter().all(|needed| obstacle(needed.scheme, mode, available).is_none())
    };
    let mut usable = security.iter().copied().filter(is_usable);
    let Some(first) = usable.next() else { return Err(refusal(security, mode, available)) };
    let others: Vec<_> = usable.collect();
    Ok(if others.is_empty() { Plan::of(first) } else { in_order(first, others) })
}

/// Several alternatives, in the order in which they are tried.
fn in_order(first: &'static [Requirement], others: Vec<&'static [Requirement]>) -> Plan {
    let whole = [vec![first], others].concat();
    let mut plan = whole.clone();
    // Whoever was refused with all that he has is not let in with a part of it.
    plan.retain(|alternative| alternative.is_empty() || !whole.iter().any(|other| is_part(alternative, other)));
    // What proves most comes first; the order of the document decides between equals.
    let strength = |alternative: &&[Requirement]| {
        alternative.iter().map(|needed| rank(needed.scheme.kind)).min().unwrap_or(u8::MAX)
    };
    let mut plan = few_sorted(plan, strength).into_iter();
    Plan { first: plan.next().unwrap_or(first), others: plan.collect() }
}

/// Why none of the alternatives can be sent, each reason once.
fn refusal(security: Security, mode: AuthMode, available: Available<'_>) -> Refusal {
    let mut unusable: Vec<Unusable> = Vec::new();
    for reason in security.iter().copied().flatten().filter_map(|needed| obstacle(needed.scheme, mode, available)) {
        if !unusable.contains(&reason) {
            unusable.push(reason);
        }
    }
    Refusal { unusable }
}

/// Whether one alternative asks for less of the same than another.
fn is_part(alternative: &[Requirement], other: &[Requirement]) -> bool {
    let is_there = |needed: &Requirement| other.iter().any(|known| std::ptr::eq(known.scheme, needed.scheme));
    alternative.len() < other.len() && alternative.iter().all(is_there)
}

fn rank(kind: SchemeKind) -> u8 {
    match kind {
        SchemeKind::Basic(_) => 0,
        kind if kind.is_cookie() => 2,
        _ => 1,
    }
}

/// Why a scheme cannot be used, if it cannot.
pub(crate) fn obstacle(scheme: &'static SecurityScheme, mode: AuthMode, available: Available<'_>) -> Option<Unusable> {
    let role = available.configured.roles.of(scheme.credential);
    let reason = of_mode(scheme.kind, mode)
        .or_else(|| of_origin(role, scheme.credential, available))
        .or_else(|| lack(role, scheme.credential, available));
    reason.map(|(reason, remedy)| Unusable { scheme, reason, remedy })
}

/// What a mode never sends.
fn of_mode(kind: SchemeKind, mode: AuthMode) -> Option<Reason> {
    match (mode, kind) {
        (AuthMode::OAuth, kind) if kind.is_cookie() => {
            Some(("the mode OAuth sends no cookie", "call it in mode Auto or Session"))
        }
        (AuthMode::OAuth, SchemeKind::Basic(Holder::User)) => Some((
            "the mode OAuth sends the pair of the client application, never that of a user",
            "call it in mode Auto",
        )),
        (AuthMode::OAuth, SchemeKind::ApiKey { .. } | SchemeKind::InBody { .. }) => {
            Some(("the mode OAuth sends no key", "call it in mode Auto"))
        }
        (AuthMode::Session, kind) if kind.is_cookie() => None,
        (AuthMode::Session, SchemeKind::Bearer | SchemeKind::Basic(Holder::Client)) => {
            Some(("the mode Session sends nothing but the cookie", "call it in mode Auto or OAuth"))
        }
        (AuthMode::Session, _) => Some(("the mode Session sends nothing but the cookie", "call it in mode Auto")),
        _ => None,
    }
}

/// Tokens, cookie and pairs go to the origins of the services whose operations ask for them, and to no other.
fn of_origin(role: Role, credential: &Credential, available: Available<'_>) -> Option<Reason> {
    let goes_to = |(known, origin): &(&Credential, String)| *known == credential && origin == available.origin;
    let is_bound = role == Role::Key || available.configured.origins.iter().any(goes_to);
    (!is_bound).then_some((
        "its credential is bound to other origins than that of the service",
        "give the service the base URL with `service_url`, or use another client",
    ))
}

/// Why there is nothing to send.
fn lack(role: Role, credential: &Credential, available: Available<'_>) -> Option<Reason> {
    match role {
        Role::Tokens => match available.bearer {
            Bearer::Present | Bearer::Obtainable => None,
            Bearer::Missing => Some((
                "there is no access token",
                "configure `token_set` or a `token_store` that holds one, or sign in with `client.oauth2()`",
            )),
            Bearer::Locked => Some((
                "there is only a refresh token",
                "configure `client_credentials(id, secret)` and leave `auto_refresh` on, or sign in with `client.oauth2()`",
            )),
        },
        Role::Session => match available.session {
            Session::Present => None,
            Session::Missing => Some(NO_SESSION),
            Session::Empty => {
                Some(("the session provider gave no usable cookie", "sign in to the web front end again"))
            }
        },
        Role::Client if available.configured.client.is_some() => None,
        Role::Client => Some(("no client application is configured", "configure `client_credentials(id, secret)`")),
        Role::User if available.configured.user.is_some() => None,
        Role::User => Some(("no user name and password are configured", "configure `basic_user(name, password)`")),
        Role::Key if available.configured.key(credential, available.origin).is_some() => None,
        Role::Key => Some((
            "no credential is configured for it at the origin of the service",
            "configure `credential(service, scheme, value)`",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use zeyos_core::KeyPlace;

    use super::*;
    use crate::auth::credentials::{Key, Roles, SessionSource};
    use crate::request::{ClientCredentials, UserCredentials};
    use crate::shared::ClientAuthMethod;

    static TOKENS: Credential = Credential::new("zeyos/token");
    static COOKIE: Credential = Credential::new("zeyos/session");
    static CLIENT: Credential = Credential::new("zeyos/client");
    static USER: Credential = Credential::new("zeyos/user");

    static BEARER: SecurityScheme = SecurityScheme::new("oauth", SchemeKind::Bearer, &TOKENS);
    static SESSION: SecurityScheme =
        SecurityScheme::new("session", SchemeKind::ApiKey { place: KeyPlace::Cookie, name: "SID" }, &COOKIE);
    static CLIENT_BASIC: SecurityScheme = SecurityScheme::new("basic", SchemeKind::Basic(Holder::Client), &CLIENT);
    static USER_BASIC: SecurityScheme = SecurityScheme::new("user", SchemeKind::Basic(Holder::User), &USER);

    const OF_BEARER: &[Requirement] = &[Requirement::of(&BEARER)];
    const OF_SESSION: &[Requirement] = &[Requirement::of(&SESSION)];
    const OF_CLIENT: &[Requirement] = &[Requirement::of(&CLIENT_BASIC)];
    const OF_USER: &[Requirement] = &[Requirement::of(&USER_BASIC)];

    const SHAPES: [(&str, Security); 5] = [
        ("public", &[]),
        ("bearer|session", &[OF_BEARER, OF_SESSION]),
        ("bearer", &[OF_BEARER]),
        ("client basic", &[OF_CLIENT]),
        ("user basic", &[OF_USER]),
    ];
    const MODES: [AuthMode; 4] = [AuthMode::Auto, AuthMode::OAuth, AuthMode::Session, AuthMode::None];
    const ORIGIN: &str = "https://a.example";

    fn configured(client: bool, user: bool) -> Credentials {
        let method = ClientAuthMethod::Basic;
        Credentials {
            roles: Roles { tokens: &TOKENS, session: Some(&COOKIE), client: Some(&CLIENT), user: Some(&USER) },
            client: client.then(|| Arc::new(ClientCredentials { id: "app".into(), secret: "s".into(), method })),
            user: user.then(|| UserCredentials { name: "mara".into(), password: "pw".into() }),
            session: Some(SessionSource::Fixed("cookie".into())),
            origins: [&TOKENS, &COOKIE, &CLIENT, &USER].map(|credential| (credential, ORIGIN.to_owned())).into(),
            keys: Arc::default(),
        }
    }

    fn shown(plan: &Result<Plan, Refusal>) -> String {
        match plan {
            Ok(plan) => plan.iter().map(|needed| format!("{needed:?}")).collect::<Vec<_>>().join(" then "),
            Err(refusal) => format!("refused: {refusal}"),
        }
    }

    fn with(configured: &Credentials, bearer: Bearer, session: Session) -> Available<'_> {
        Available { configured, origin: ORIGIN, bearer, session }
    }

    #[test]
    fn every_shape_in_every_mode_with_everything_configured_or_not() {
        let mut table = Vec::new();
        for (name, security) in SHAPES {
            for mode in MODES {
                for bearer in [Bearer::Missing, Bearer::Present, Bearer::Obtainable, Bearer::Locked] {
                    for bits in 0..8 {
                        let session = if bits & 1 > 0 { Session::Present } else { Session::Missing };
                        let (client, user) = (bits & 2 > 0, bits & 4 > 0);
                        let has = [(session == Session::Present, "session"), (client, "client"), (user, "user")];
                        let has: Vec<&str> = has.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect();
                        let configured = configured(client, user);
                        let plan = shown(&select(security, mode, with(&configured, bearer, session)));
                        let (mode, bearer) = (format!("{mode:?}"), format!("{bearer:?}"));
                        table.push(format!("{name:14} {mode:7} {bearer:10} {:19} -> {plan}", has.join("+")));
                    }
                }
            }
        }
        assert!(table.len() >= 200, "{} rows", table.len());
        insta::assert_snapshot!(table.join("\n"));
    }

    #[test]
    fn a_refusal_names_every_scheme_why_it_failed_and_what_helps() {
        let nothing = configured(false, false);
        let refusal =
            select(SHAPES[1].1, AuthMode::Auto, with(&nothing, Bearer::Missing, Session::Missing)).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "oauth (bearer): there is no access token; configure `token_set` or a `token_store` that holds one, or sign in \
             with `client.oauth2()`. session: no session cookie is configured; configure `session_cookie` or \
             `session_provider`."
        );
    }

    #[test]
    fn basic_goes_first_whatever_the_order_of_the_document() {
        let all = configured(true, true);
        const MIXED: Security = &[OF_SESSION, OF_BEARER, OF_CLIENT];
        let plan = select(MIXED, AuthMode::Auto, with(&all, Bearer::Present, Session::Present)).unwrap();
        assert_eq!(plan.iter().collect::<Vec<_>>(), [OF_CLIENT, OF_BEARER, OF_SESSION]);
    }

    #[test]
    fn nothing_goes_last_where_a_credential_is_optional() {
        let some = configured(false, false);
        const OPTIONAL: Security = &[&[], OF_BEARER, OF_SESSION];
        let plan = select(OPTIONAL, AuthMode::Auto, with(&some, Bearer::Present, Session::Missing)).unwrap();
        assert_eq!(plan.iter().collect::<Vec<_>>(), [OF_BEARER, &[]]);
    }

    #[test]
    fn an_alternative_needs_all_its_schemes() {
        const BOTH: Security = &[&[Requirement::of(&BEARER), Requirement::of(&CLIENT_BASIC)]];
        let some = configured(false, true);
        let refusal = select(BOTH, AuthMode::Auto, with(&some, Bearer::Present, Session::Present)).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "basic: no client application is configured; configure `client_credentials(id, secret)`."
        );
    }

    #[test]
    fn a_part_of_another_alternative_is_tried_only_where_that_cannot_be() {
        const WHOLE: &[Requirement] = &[Requirement::of(&BEARER), Requirement::of(&CLIENT_BASIC)];
        const EITHER: Security = &[OF_BEARER, WHOLE];
        for (has_client, wanted) in [(true, WHOLE), (false, OF_BEARER)] {
            let some = configured(has_client, false);
            let plan = select(EITHER, AuthMode::Auto, with(&some, Bearer::Present, Session::Missing)).unwrap();
            assert_eq!(plan, Plan::of(wanted));
        }
    }

    #[test]
    fn a_provider_without_a_cookie_is_told_from_none() {
        let empty = configured(false, false);
        let refusal = select(SHAPES[1].1, AuthMode::Auto, with(&empty, Bearer::Missing, Session::Empty)).unwrap_err();
        let end = "session: the session provider gave no usable cookie; sign in to the web front end again.";
        assert!(refusal.to_string().ends_with(end), "{refusal}");
    }

    /// Every kind of scheme of two documents whose schemes have the same names, each with a credential of its own.
    fn of_documents() -> Vec<[&'static SecurityScheme; 6]> {
        let document = |_| {
            let kinds = [
                SchemeKind::Bearer,
                SchemeKind::Basic(Holder::Client),
                SchemeKind::Basic(Holder::User),
                SchemeKind::ApiKey { place: KeyPlace::Header, name: "x-key" },
                SchemeKind::ApiKey { place: KeyPlace::Cookie, name: "SID" },
                SchemeKind::InBody { member: "token" },
            ];
            kinds.map(|kind| {
                let own: &'static Credential = Box::leak(Box::new(Credential::new("zeyos/token")));
                &*Box::leak(Box::new(SecurityScheme::new("oauth", kind, own)))
            })
        };
        (0..2).map(document).collect()
    }

    #[test]
    fn the_mode_oauth_sends_no_key() {
        for scheme in of_documents().concat() {
            let is_key = matches!(scheme.kind, SchemeKind::ApiKey { .. } | SchemeKind::InBody { .. });
            assert_eq!(
                of_mode(scheme.kind, AuthMode::OAuth).is_some(),
                is_key || scheme.kind == SchemeKind::Basic(Holder::User)
            );
        }
    }

    #[test]
    fn b6_each_credential_has_origins_of_its_own() {
        let other = "https://b.example".to_owned();
        let all =
            Credentials { origins: [(&TOKENS, ORIGIN.to_owned()), (&COOKIE, other)].into(), ..configured(true, true) };
        let goes = |scheme, origin| {
            let available = Available { origin, ..with(&all, Bearer::Present, Session::Present) };
            obstacle(scheme, AuthMode::Auto, available).is_none()
        };
        assert!(goes(&BEARER, ORIGIN) && goes(&SESSION, "https://b.example"));
        assert!(!goes(&BEARER, "https://b.example") && !goes(&SESSION, ORIGIN) && !goes(&CLIENT_BASIC, ORIGIN));
    }

    #[test]
    fn b6_nothing_goes_where_it_was_not_configured_to_go() {
        let documents = of_documents();
        let schemes: Vec<_> =
            documents.iter().flatten().copied().chain([&BEARER, &SESSION, &CLIENT_BASIC, &USER_BASIC]).collect();
        let origins = [ORIGIN, "https://b.example", "https://a.example:8443", "http://a.example"];
        let mut sent = 0;
        for configured_scheme in &documents.concat() {
            for bound_to in origins {
                let value = match configured_scheme.kind {
                    SchemeKind::Basic(_) => ("name", "pw").into(),
                    _ => "s3cret".into(),
                };
                let key = Key { scheme: configured_scheme, value, origins: vec![bound_to.to_owned()] };
                let all = Credentials { keys: [key].into(), ..configured(true, true) };
                for (scheme, origin) in schemes.iter().flat_map(|scheme| origins.map(|origin| (*scheme, origin))) {
                    let available = Available { origin, ..with(&all, Bearer::Present, Session::Present) };
                    let goes = obstacle(scheme, AuthMode::Auto, available).is_none();
                    let is_its_own = std::ptr::eq(scheme, *configured_scheme) && origin == bound_to;
                    let is_of_the_client = all.roles.of(scheme.credential) != Role::Key && origin == ORIGIN;
                    assert_eq!(goes, is_its_own || is_of_the_client, "{scheme:?} at {origin}, bound to {bound_to}");
                    sent += u32::from(is_its_own);
                }
            }
        }
        assert_eq!(sent, 48, "every credential goes to its scheme and origin");
    }
}
