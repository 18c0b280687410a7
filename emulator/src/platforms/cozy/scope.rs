//! Scopes: rules with blanks between them, each `doctype`, `doctype:VERBS` or `doctype:VERBS:values:selector`.

/// Whether a scope may be granted to an ordinary client; why not, if it may not.
pub(super) fn check(scope: &str) -> Result<(), &'static str> {
    for rule in scope.split(' ').filter(|rule| !rule.is_empty()) {
        let parts: Vec<&str> = rule.split(':').collect();
        match parts[..] {
            ["*"] => return Err("everything is granted to certified clients alone"),
            ["login"] => return Err("the scope login is not granted"),
            ["", ..] => return Err("a rule names no doctype"),
            [_, "", _, ..] => return Err("values need verbs"),
            [doctype, ..] if doctype.ends_with(".*") && doctype.matches('.').count() < 3 => {
                return Err("a wildcard needs three dots");
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a scope lets a client use this verb on a doctype as a whole.
pub(super) fn allows(scope: &str, verb: &str, doctype: &str) -> bool {
    scope.split(' ').any(|rule| {
        let mut parts = rule.split(':');
        let named = parts.next().unwrap_or_default();
        let verbs = parts.next().filter(|verbs| !verbs.is_empty());
        let is_meant = named == doctype || named.strip_suffix('*').is_some_and(|begin| doctype.starts_with(begin));
        is_meant
            && parts.next().is_none()
            && verbs.is_none_or(|verbs| verbs.split(',').any(|known| known == verb || known == "ALL"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_any_doctype_are_taken_and_a_few_are_refused() {
        for scope in [
            "files/images:read",
            "io.cozy.contacts",
            "io.cozy.files:GET,POST:id io.cozy.jobs:POST:a:worker",
            "io.cozy.bank.*",
        ] {
            assert_eq!(check(scope), Ok(()), "{scope}");
        }
        for scope in ["*", "io.cozy.a login", "io.cozy.*", "io.cozy.files::id", ":GET"] {
            assert!(check(scope).is_err(), "{scope}");
        }
    }

    #[test]
    fn a_rule_allows_its_verbs_on_its_doctype() {
        assert!(allows("io.cozy.a", "GET", "io.cozy.a") && allows("io.cozy.a:ALL", "GET", "io.cozy.a"));
        assert!(allows("io.cozy.bank.*:GET", "GET", "io.cozy.bank.accounts"));
        assert!(!allows("io.cozy.a:POST", "GET", "io.cozy.a") && !allows("io.cozy.a:GET:id", "GET", "io.cozy.a"));
        assert!(!allows("io.cozy.a", "GET", "io.cozy.ab"));
    }
}
