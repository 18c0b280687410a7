//! The choice of a credential: a pure function of the operation's tag, the mode, and what is configured.

use zeyos_core::{AuthMode, Refusal, Scheme, Unusable};

/// What could be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Available {
    pub bearer: Bearer,
    pub session: bool,
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
    plan.sort_by_key(|alternative| alternative.iter().map(|scheme| rank(*scheme)).min());
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
fn obstacle(scheme: Scheme, mode: AuthMode, available: Available) -> Option<Unusable> {
    let because = |reason, remedy| Some(Unusable { scheme, reason, remedy });
    match scheme {
        Scheme::Session if mode == AuthMode::OAuth => {
            because("the mode OAuth sends no cookie", "call it in mode Auto or Session")
        }
        Scheme::Session if available.session => None,
        Scheme::Session => {
            because("no session cookie is configured", "configure `session_cookie` or `session_provider`")
        }
        _ if mode == AuthMode::Session => {
            because("the mode Session sends nothing but the cookie", "call it in mode Auto or OAuth")
        }
        Scheme::Bearer if available.bearer != Bearer::Missing => None,
        Scheme::Bearer => because(
            "there is no access token",
            "configure `token_set` or a `token_store` that holds one, or sign in with `client.oauth2()`",
        ),
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
        for bearer in [Bearer::Missing, Bearer::Present, Bearer::Obtainable] {
            for bits in 0..8 {
                all.push(Available { bearer, session: bits & 1 > 0, client: bits & 2 > 0, user: bits & 4 > 0 });
            }
        }
        all
    }

    fn shown(plan: &Result<Plan, Refusal>) -> String {
        match plan {
            Ok(plan) => plan.iter().map(|schemes| format!("{schemes:?}")).collect::<Vec<_>>().join(" then "),
            Err(refusal) => {
                let reasons = refusal.unusable.iter().map(|one| format!("{:?}: {}", one.scheme, one.reason));
                format!("refused ({})", reasons.collect::<Vec<_>>().join("; "))
            }
        }
    }

    #[test]
    fn every_shape_in_every_mode_with_everything_configured_or_not() {
        let mut table = Vec::new();
        for (name, security) in SHAPES {
            for mode in MODES {
                for available in every_configuration() {
                    let Available { bearer, session, client, user } = available;
                    let has = [(session, "session"), (client, "client"), (user, "user")];
                    let has: Vec<&str> = has.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect();
                    let plan = shown(&select(security, mode, available));
                    table.push(format!("{name:14} {mode:8?} {bearer:10?} {:20} -> {plan}", has.join("+")));
                }
            }
        }
        assert!(table.len() >= 200, "{} rows", table.len());
        insta::assert_snapshot!(table.join("\n"));
    }

    #[test]
    fn a_refusal_names_every_scheme_why_it_failed_and_what_helps() {
        let nothing = Available { bearer: Bearer::Missing, session: false, client: false, user: false };
        let refusal = select(SHAPES[1].1, AuthMode::Auto, nothing).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "bearer: there is no access token; configure `token_set` or a `token_store` that holds one, or sign in with \
             `client.oauth2()`. session: no session cookie is configured; configure `session_cookie` or `session_provider`."
        );
    }

    #[test]
    fn basic_goes_first_whatever_the_order_of_the_document() {
        let all = Available { bearer: Bearer::Present, session: true, client: true, user: true };
        const MIXED: &[&[Scheme]] = &[&[Scheme::Session], &[Scheme::Bearer], &[Scheme::ClientBasic]];
        let plan = select(MIXED, AuthMode::Auto, all).unwrap();
        assert_eq!(plan, [&[Scheme::ClientBasic][..], &[Scheme::Bearer], &[Scheme::Session]]);
    }
}
