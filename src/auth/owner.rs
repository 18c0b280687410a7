//! Whose login a record is: instance and client application, so that two of them never share one store by mistake.

use zeyos_core::TokenError;

/// Stands for a client application that is not configured.
const NOBODY: &str = "-";

/// The name of an owner.
pub(crate) fn owner(instance: &str, client_id: Option<&str>) -> String {
    format!("{instance} {}", client_id.unwrap_or(NOBODY))
}

/// Whether two owners certainly differ. A program without a client application may use the tokens that another one renews.
pub(crate) fn differ(one: &str, other: &str) -> bool {
    let parts = |owner: &str| owner.split_once(' ').map(|(instance, id)| (instance.to_owned(), id.to_owned()));
    match (parts(one), parts(other)) {
        (Some((one, first)), Some((other, second))) => {
            one != other || (first != NOBODY && second != NOBODY && first != second)
        }
        _ => one != other,
    }
}

/// The owner that a record gets: a program without a client application does not take it from the one that has it.
pub(crate) fn merged(stored: Option<&str>, own: &str) -> String {
    let is_anybody = own.split_once(' ').is_some_and(|(_, id)| id == NOBODY);
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
        let one = owner("https://cloud.zeyos.com/demo", Some("app"));
        assert!(!differ(&one, &one) && !differ(&one, &owner("https://cloud.zeyos.com/demo", None)));
        assert!(differ(&one, &owner("https://cloud.zeyos.com/demo", Some("other app"))));
        assert!(differ(&one, &owner("https://cloud.zeyos.com/other", Some("app"))));
        assert!(differ(&owner("https://a.example/x", None), &owner("https://a.example/y", None)));
        assert!(differ("something else", &one));
    }

    #[test]
    fn a_program_without_an_application_leaves_the_owner_as_it_is() {
        let (app, anybody) = (owner("https://a.example/x", Some("app")), owner("https://a.example/x", None));
        assert_eq!(merged(Some(&app), &anybody), app);
        assert_eq!(merged(Some(&anybody), &app), app);
        assert_eq!(merged(None, &anybody), anybody);
    }
}
