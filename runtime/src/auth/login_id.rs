//! The login id of a record: base URL, client identifier and issuer, so that two logins never share one store by mistake.

use zeyos_core::TokenError;

/// Stands for a client identifier that is not configured.
const NO_CLIENT: &str = "-";

/// The login id. The issuer stands in it where its URL is not below the base.
pub(crate) fn login_id(base: &str, client_id: Option<&str>, issuer: Option<&str>) -> String {
    let name = format!("{base} {}", client_id.unwrap_or(NO_CLIENT));
    issuer.map_or_else(|| name.clone(), |issuer| format!("{name} {issuer}"))
}

/// The parts of a login id: whose tokens they are, and the client application. URLs have no blanks; an identifier may have some.
struct Parts<'a> {
    base: &'a str,
    client_id: &'a str,
    issuer: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(login_id: &'a str) -> Option<Self> {
        let (base, rest) = login_id.split_once(' ')?;
        let (client_id, issuer) = match rest.rsplit_once(' ') {
            Some((client_id, issuer)) if issuer.contains("://") => (client_id, Some(issuer)),
            _ => (rest, None),
        };
        Some(Parts { base, client_id, issuer })
    }
}

/// Whether two login ids conflict. A program without a client identifier may use the tokens that another program refreshes.
pub(crate) fn conflicts(one: &str, other: &str) -> bool {
    match (Parts::of(one), Parts::of(other)) {
        (Some(one), Some(other)) => {
            let ids = [one.client_id, other.client_id];
            let is_other_issuer = one.base != other.base || one.issuer != other.issuer;
            is_other_issuer || (!ids.contains(&NO_CLIENT) && ids[0] != ids[1])
        }
        _ => one != other,
    }
}

/// The login id of a new record: a program without a client identifier keeps the one that is stored.
pub(crate) fn merged(stored: Option<&str>, own: &str) -> String {
    let has_no_client = Parts::of(own).is_some_and(|own| own.client_id == NO_CLIENT);
    match stored {
        Some(stored) if has_no_client && !conflicts(stored, own) => stored.to_owned(),
        _ => own.to_owned(),
    }
}

/// The error if a record belongs to another login.
pub(crate) fn conflict(stored: Option<&str>, own: &str) -> Option<TokenError> {
    let stored = stored.filter(|stored| conflicts(stored, own))?;
    Some(TokenError::OtherLogin { owner: stored.to_owned(), client: own.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_instance_or_application_is_another_owner_and_none_is_anybody() {
        let one = login_id("https://cloud.zeyos.com/demo", Some("app"), None);
        assert!(!conflicts(&one, &one) && !conflicts(&one, &login_id("https://cloud.zeyos.com/demo", None, None)));
        assert!(conflicts(&one, &login_id("https://cloud.zeyos.com/demo", Some("other app"), None)));
        assert!(conflicts(&one, &login_id("https://cloud.zeyos.com/other", Some("app"), None)));
        assert!(conflicts(&login_id("https://a.example/x", None, None), &login_id("https://a.example/y", None, None)));
        assert!(conflicts("something else", &one));
    }

    #[test]
    fn another_issuer_is_another_owner() {
        let instance = "https://cloud.zeyos.com/demo";
        let of = |id, issuer| login_id(instance, id, issuer);
        let (moved, elsewhere) = (Some("https://login.example.com/oauth2"), Some("https://login.example.com/v2"));
        for id in [Some("app"), Some("my app"), None] {
            assert!(!conflicts(&of(id, moved), &of(id, moved)) && !conflicts(&of(id, moved), &of(None, moved)));
            assert!(conflicts(&of(id, moved), &of(id, None)) && conflicts(&of(id, moved), &of(id, elsewhere)));
            assert!(conflicts(&of(id, moved), &of(Some("other"), moved)) == id.is_some());
        }
        assert_eq!(merged(Some(&of(Some("app"), moved)), &of(None, moved)), of(Some("app"), moved));
    }

    #[test]
    fn a_program_without_an_application_leaves_the_owner_as_it_is() {
        let (app, anybody) =
            (login_id("https://a.example/x", Some("app"), None), login_id("https://a.example/x", None, None));
        assert_eq!(merged(Some(&app), &anybody), app);
        assert_eq!(merged(Some(&anybody), &app), app);
        assert_eq!(merged(None, &anybody), anybody);
    }
}
