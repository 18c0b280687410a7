//! Whose login a record is: instance and client application, so that two of them never share one store by mistake.

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
}
