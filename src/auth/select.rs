//! The choice of a credential: a pure function of the operation's tag, the mode, and what is configured.

use zeyos_core::{AuthMode, Refusal, Scheme, Unusable};

/// What could be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Available {
    pub bearer: Bearer,
    pub session: Session,
    pub client: bool,
    pub user: bool,
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

/// What to send, in this order until one is accepted: the schemes of one alternative each. An empty alternative sends nothing.
pub(crate) type Plan = Vec<&'static [Scheme]>;

const BARE: &[Scheme] = &[];

/// Chooses, or says for every scheme why it is not usable and what to configure.
pub(crate) fn select(
    security: &'static [&'static [Scheme]],
    mode: AuthMode,
    available: Available,
) -> Result<Plan, Refusal> {
    if security.is_empty() || mode == AuthMode::None {
        return Ok(vec![BARE]);
    }
    let mut plan: Plan = Vec::new();
    let mut unusable: Vec<Unusable> = Vec::new();
    for alternative in security {
        let reasons: Vec<Unusable> =
            alternative.iter().filter_map(|scheme| obstacle(*scheme, mode, available)).collect();
        if reasons.is_empty() {
            plan.push(alternative);
        }
        unusable.extend(reasons.into_iter().filter(|reason| !unusable.contains(reason)).collect::<Vec<_>>());
    }
    if plan.is_empty() {
        return Err(Refusal { unusable });
    }
    // What proves most comes first; the order of the document decides between equals.
    plan.sort_by_key(|alternative| alternative.iter().map(|scheme| rank(*scheme)).min().unwrap_or(u8::MAX));
    Ok(plan)
}

fn rank(scheme: Scheme) -> u8 {
    match scheme {
        Scheme::ClientBasic | Scheme::UserBasic => 0,
        Scheme::Bearer => 1,
        _ => 2,
    }
}

/// Why a scheme cannot be used, if it cannot.
pub(crate) fn obstacle(scheme: Scheme, mode: AuthMode, available: Available) -> Option<Unusable> {
    let because = |reason, remedy| Some(Unusable { scheme, reason, remedy });
    match scheme {
        Scheme::Session if mode == AuthMode::OAuth => {
            because("the mode OAuth sends no cookie", "call it in mode Auto or Session")
        }
        Scheme::Session => match available.session {
            Session::Present => None,
            Session::Missing => {
                because("no session cookie is configured", "configure `session_cookie` or `session_provider`")
            }
            Session::Empty => {
                because("the session provider gave no usable cookie", "sign in to the web front end again")
            }
        },
        // The mode OAuth does not send the pair of a user either.
        Scheme::UserBasic if mode == AuthMode::Session => {
            because("the mode Session sends nothing but the cookie", "call it in mode Auto")
        }
        _ if mode == AuthMode::Session => {
            because("the mode Session sends nothing but the cookie", "call it in mode Auto or OAuth")
        }
        Scheme::Bearer => match available.bearer {
            Bearer::Present | Bearer::Obtainable => None,
            Bearer::Missing => because(
                "there is no access token",
                "configure `token_set` or a `token_store` that holds one, or sign in with `client.oauth2()`",
            ),
            Bearer::Locked => because(
                "there is only a refresh token",
                "configure `client_credentials(id, secret)` and leave `auto_refresh` on, or sign in with `client.oauth2()`",
            ),
        },
        Scheme::ClientBasic if available.client => None,
        Scheme::ClientBasic => {
            because("no client application is configured", "configure `client_credentials(id, secret)`")
        }
        Scheme::UserBasic if mode == AuthMode::OAuth => because(
            "the mode OAuth sends the pair of the client application, never that of a user",
            "call it in mode Auto",
        ),
        Scheme::UserBasic if available.user => None,
        Scheme::UserBasic => {
            because("no user name and password are configured", "configure `basic_user(name, password)`")
        }
        _ => because("this version does not know the scheme", "update the crate"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPES: [(&str, &[&[Scheme]]); 5] = [
        ("public", &[]),
        ("bearer|session", &[&[Scheme::Bearer], &[Scheme::Session]]),
        ("bearer", &[&[Scheme::Bearer]]),
        ("client basic", &[&[Scheme::ClientBasic]]),
        ("user basic", &[&[Scheme::UserBasic]]),
    ];
    const MODES: [AuthMode; 4] = [AuthMode::Auto, AuthMode::OAuth, AuthMode::Session, AuthMode::None];

    fn every_configuration() -> Vec<Available> {
        let mut all = Vec::new();
        for bearer in [Bearer::Missing, Bearer::Present, Bearer::Obtainable, Bearer::Locked] {
            for bits in 0..8 {
                let session = if bits & 1 > 0 { Session::Present } else { Session::Missing };
                all.push(Available { bearer, session, client: bits & 2 > 0, user: bits & 4 > 0 });
            }
        }
        all
    }

    fn shown(plan: &Result<Plan, Refusal>) -> String {
        match plan {
            Ok(plan) => plan.iter().map(|schemes| format!("{schemes:?}")).collect::<Vec<_>>().join(" then "),
            Err(refusal) => format!("refused: {refusal}"),
        }
    }

    #[test]
    fn every_shape_in_every_mode_with_everything_configured_or_not() {
        let mut table = Vec::new();
        for (name, security) in SHAPES {
            for mode in MODES {
                for available in every_configuration() {
                    let Available { bearer, session, client, user } = available;
                    let has = [(session == Session::Present, "session"), (client, "client"), (user, "user")];
                    let has: Vec<&str> = has.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect();
                    let plan = shown(&select(security, mode, available));
                    let (mode, bearer) = (format!("{mode:?}"), format!("{bearer:?}"));
                    table.push(format!("{name:14} {mode:7} {bearer:10} {:19} -> {plan}", has.join("+")));
                }
            }
        }
        assert!(table.len() >= 200, "{} rows", table.len());
        insta::assert_snapshot!(table.join("\n"));
    }

    #[test]
    fn a_refusal_names_every_scheme_why_it_failed_and_what_helps() {
        let nothing = Available { bearer: Bearer::Missing, session: Session::Missing, client: false, user: false };
        let refusal = select(SHAPES[1].1, AuthMode::Auto, nothing).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "bearer: there is no access token; configure `token_set` or a `token_store` that holds one, or sign in with \
             `client.oauth2()`. session: no session cookie is configured; configure `session_cookie` or `session_provider`."
        );
    }

    #[test]
    fn basic_goes_first_whatever_the_order_of_the_document() {
        let all = Available { bearer: Bearer::Present, session: Session::Present, client: true, user: true };
        const MIXED: &[&[Scheme]] = &[&[Scheme::Session], &[Scheme::Bearer], &[Scheme::ClientBasic]];
        let plan = select(MIXED, AuthMode::Auto, all).unwrap();
        assert_eq!(plan, [&[Scheme::ClientBasic][..], &[Scheme::Bearer], &[Scheme::Session]]);
    }

    #[test]
    fn nothing_goes_last_where_a_credential_is_optional() {
        let some = Available { bearer: Bearer::Present, session: Session::Missing, client: false, user: false };
        const OPTIONAL: &[&[Scheme]] = &[&[], &[Scheme::Bearer], &[Scheme::Session]];
        assert_eq!(select(OPTIONAL, AuthMode::Auto, some).unwrap(), [&[Scheme::Bearer][..], &[]]);
    }

    #[test]
    fn an_alternative_needs_all_its_schemes() {
        const BOTH: &[&[Scheme]] = &[&[Scheme::Bearer, Scheme::ClientBasic]];
        let some = Available { bearer: Bearer::Present, session: Session::Present, client: false, user: true };
        let refusal = select(BOTH, AuthMode::Auto, some).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "basic: no client application is configured; configure `client_credentials(id, secret)`."
        );
    }

    #[test]
    fn a_provider_without_a_cookie_is_told_from_none() {
        let empty = Available { bearer: Bearer::Missing, session: Session::Empty, client: false, user: false };
        let refusal = select(SHAPES[1].1, AuthMode::Auto, empty).unwrap_err();
        assert!(
            refusal
                .to_string()
                .ends_with("session: the session provider gave no usable cookie; sign in to the web front end again.")
        );
    }
}
