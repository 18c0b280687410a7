//! Whose login a record is: base, client application and issuer, so that two of them never share one store by mistake.

use zeyos_core::TokenError;

/// Stands for a client application that is not configured.
const NOBODY: &str = "-";

/// The name of an owner. The issuer stands in it where its URL is not below the base.
pub(crate) fn owner(base: &str, client_id: Option<&str>, issuer: Option<&str>) -> String {
    let name = format!("{base} {}", client_id.unwrap_or(NOBODY));
    issuer.map_or_else(|| name.clone(), |issuer| format!("{name} {issuer}"))
}

/// The parts of a name: whose tokens they are, and the client application. URLs have no blanks; an identifier may have some.
struct Parts<'a> {
    base: &'a str,
    client_id: &'a str,
    issuer: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(owner: &'a str) -> Option<Self> {
        let (base, rest) = owner.split_once(' ')?;
        let (client_id, issuer) = match rest.rsplit_once(' ') {
            Some((client_id, issuer)) if issuer.contains("://") => (client_id, Some(issuer)),
            _ => (rest, None),
        };
        Some(Parts { base, client_id, issuer })
    }
}

/// Whether two owners certainly differ. A program without a client application may use the tokens that another one renews.
pub(crate) fn differ(one: &str, other: &str) -> bool {
    match (Parts::of(one), Parts::of(other)) {
        (Some(one), Some(other)) => {
            let ids = [one.client_id, other.client_id];
            let is_other_issuer = one.base != other.base || one.issuer != other.issuer;
            is_other_issuer || (!ids.contains(&NOBODY) && ids[0] != ids[1])
        }
        _ => one != other,
    }
}

/// The owner that a record gets: a program without a client application does not take it from the one that has it.
pub(crate) fn merged(stored: Option<&str>, own: &str) -> String {
    let is_anybody = Parts::of(own).is_some_and(|own| own.client_id == NOBODY);
    match stored {
        Some(stored) if is_anybody && !differ(stored, own) => stored.to_owned(),
        _ => own.to_owned(),
    }
}

/// Why a record is none of this client's, if it is another one's.
pub(crate) fn foreign(stored: Option<&str>, own: &str) -> Option<TokenError> {
    let stored = stored.filter(|stored| differ(stored, own))?;
    Some(TokenError::OtherLogin { owner: stored.to_owned(), client: own.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_instance_or_application_is_another_owner_and_none_is_anybody() {
        let one = owner("https://cloud.zeyos.com/demo", Some("app"), None);
        assert!(!differ(&one, &one) && !differ(&one, &owner("https://cloud.zeyos.com/demo", None, None)));
        assert!(differ(&one, &owner("https://cloud.zeyos.com/demo", Some("other app"), None)));
        assert!(differ(&one, &owner("https://cloud.zeyos.com/other", Some("app"), None)));
        assert!(differ(&owner("https://a.example/x", None, None), &owner("https://a.example/y", None, None)));
        assert!(differ("something else", &one));
    }

    #[test]
    fn another_issuer_is_another_owner() {
        let instance = "https://cloud.zeyos.com/demo";
        let of = |id, issuer| owner(instance, id, issuer);
        let (moved, elsewhere) = (Some("https://login.example.com/oauth2"), Some("https://login.example.com/v2"));
        for id in [Some("app"), Some("my app"), None] {
            assert!(!differ(&of(id, moved), &of(id, moved)) && !differ(&of(id, moved), &of(None, moved)));
            assert!(differ(&of(id, moved), &of(id, None)) && differ(&of(id, moved), &of(id, elsewhere)));
            assert!(differ(&of(id, moved), &of(Some("other"), moved)) == id.is_some());
        }
        assert_eq!(merged(Some(&of(Some("app"), moved)), &of(None, moved)), of(Some("app"), moved));
    }

    #[test]
    fn a_program_without_an_application_leaves_the_owner_as_it_is() {
        let (app, anybody) =
            (owner("https://a.example/x", Some("app"), None), owner("https://a.example/x", None, None));
        assert_eq!(merged(Some(&app), &anybody), app);
        assert_eq!(merged(Some(&anybody), &app), app);
        assert_eq!(merged(None, &anybody), anybody);
    }
}
