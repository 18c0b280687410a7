//! Credentials that several security schemes share: each is one thing, with a constant of its own.

use anyhow::ensure;

use crate::codegen::location::Location;
use crate::codegen::lower;
use crate::codegen::model::{Document, Scheme};

/// Checks all schemes that share a credential against each other.
pub(super) fn all(documents: &[&Document]) -> anyhow::Result<()> {
    let mut known: Vec<(&str, &Scheme, &Document)> = Vec::new();
    for document in documents {
        for scheme in &document.schemes {
            let Some(credential) = scheme.credential.as_deref() else { continue };
            let place = Location::root(&document.file).component("securitySchemes", &scheme.name).child("x-credential");
            for (other, earlier, of) in &known {
                let (name, file) = (&earlier.name, &of.file);
                if *other == credential {
                    let (one, two) = (scheme.configured(), earlier.configured());
                    ensure!(
                        one == two,
                        "{place}: {credential:?} cannot be {one}: in the security scheme {name:?} of {file} it is {two}"
                    );
                } else {
                    ensure!(
                        lower::shared_constant(other) != lower::shared_constant(credential),
                        "{place}: {credential:?} would be one name with {other:?} of the security scheme {name:?} of {file}"
                    );
                }
            }
            known.push((credential, scheme, document));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::golden::model;
    use crate::codegen::model::{KeyPlace, SchemeKind};

    #[test]
    fn a_shared_credential_is_one_thing_with_one_name() {
        let (_, document) = model("shared-credential");
        let changed = |change: fn(&mut Scheme)| {
            let (_, mut document) = model("shared-credential");
            change(&mut document.schemes[1]);
            all(&[&document]).unwrap_err().to_string()
        };
        all(&[&document]).unwrap();
        let place = "shared-credential.yaml#/components/securitySchemes/token/x-credential";
        let other = "the security scheme \"login\" of shared-credential.yaml";
        assert_eq!(
            changed(|scheme| scheme.kind = SchemeKind::ApiKey { place: KeyPlace::Header, name: "X-Key".to_owned() }),
            format!("{place}: \"drawer/token\" cannot be a key: in {other} it is a bearer token")
        );
        assert_eq!(
            changed(|scheme| scheme.credential = Some("drawer-token/".to_owned())),
            format!("{place}: \"drawer-token/\" would be one name with \"drawer/token\" of {other}")
        );
    }
}
