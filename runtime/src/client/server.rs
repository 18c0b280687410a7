//! The servers that a document lists, with their variables.

use std::fmt;

use super::BaseUrl;

/// A server of a document (OpenAPI 3.0, section 4.7.5): a URL with variables, each of which has a default. Emitted crates have one
/// for each that their document lists.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    template: &'static str,
    variables: &'static [ServerVariable],
    chosen: Vec<(&'static str, String)>,
    origin: String,
}

/// A variable of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerVariable {
    /// Its name in braces.
    pub name: &'static str,
    /// Its value unless another one is chosen.
    pub default: &'static str,
    /// The values that it may have; any where there are none.
    pub values: &'static [&'static str],
}

impl ServerVariable {
    /// A variable of this name.
    pub const fn new(name: &'static str, default: &'static str, values: &'static [&'static str]) -> Self {
        ServerVariable { name, default, values }
    }
}

impl Server {
    /// A server with this address, in which names in braces stand for variables.
    pub const fn new(template: &'static str, variables: &'static [ServerVariable]) -> Self {
        Server { template, variables, chosen: Vec::new(), origin: String::new() }
    }

    /// The value of a variable. What the document does not allow, or what would lead to another host than the document means, is
    /// refused when the client is built.
    #[must_use]
    pub fn variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.chosen.push((name, value.into()));
        self
    }

    /// Below this origin, where the document names none.
    #[must_use]
    pub fn below(mut self, origin: &str) -> Self {
        origin.trim_end_matches('/').clone_into(&mut self.origin);
        self
    }

    fn url(&self) -> Result<String, String> {
        let is_known = |name: &str| self.variables.iter().any(|variable| variable.name == name);
        if let Some((unknown, _)) = self.chosen.iter().find(|(name, _)| !is_known(name)) {
            let known = self.variables.iter().map(|variable| variable.name).collect::<Vec<_>>().join(", ");
            return Err(format!("the server {} has no variable {unknown}; it has {known:?}", self.template));
        }
        let mut url = self.template.to_owned();
        for variable in self.variables {
            let chosen = self.chosen.iter().rev().find(|(name, _)| *name == variable.name);
            let value = chosen.map_or(variable.default, |(_, value)| value);
            if let Some(wrong) = self.wrong_with(variable, value) {
                return Err(format!("the variable {} of the server {} {wrong}", variable.name, self.template));
            }
            url = url.replace(&format!("{{{}}}", variable.name), value);
        }
        // Without a slash between them the path would go on with the name of the host.
        let joint = if self.origin.is_empty() || url.is_empty() || url.starts_with('/') { "" } else { "/" };
        Ok(format!("{}{joint}{url}", self.origin))
    }

    /// Why a variable cannot have this value. The value is not repeated.
    fn wrong_with(&self, variable: &ServerVariable, value: &str) -> Option<String> {
        if !variable.values.is_empty() && !variable.values.contains(&value) {
            return Some(format!("is one of {}", variable.values.join(", ")));
        }
        let leaves = value.is_empty() || value.contains(['/', '\\', '?', '#', '@', '%']);
        (leaves && self.is_in_authority(variable.name))
            .then(|| "is a part of the host; it is empty, or has characters that end one".to_owned())
    }

    /// Whether a variable stands between the scheme and the path.
    fn is_in_authority(&self, name: &str) -> bool {
        let Some((scheme, rest)) = self.template.split_once("://") else { return false };
        let authority = rest.split('/').next().unwrap_or_default();
        [scheme, authority].iter().any(|part| part.contains(&format!("{{{name}}}")))
    }
}

/// Without what a caller chose.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("template", &self.template).finish_non_exhaustive()
    }
}

impl From<Server> for BaseUrl {
    fn from(server: Server) -> Self {
        match server.url() {
            Ok(url) => BaseUrl::from(url),
            Err(reason) => BaseUrl::refused(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGIONAL: Server = Server::new(
        "https://{region}.pens.example:{port}/{base}",
        &[
            ServerVariable::new("region", "eu", &["eu", "us"]),
            ServerVariable::new("port", "443", &[]),
            ServerVariable::new("base", "v2", &[]),
        ],
    );

    fn checked(server: Server) -> Result<String, String> {
        BaseUrl::from(server).checked().map_err(|error| error.to_string())
    }

    #[test]
    fn variables_have_their_defaults_until_others_are_chosen() {
        assert_eq!(checked(REGIONAL).unwrap(), "https://eu.pens.example/v2");
        let other = REGIONAL.variable("region", "us").variable("port", "8443").variable("base", "v3/beta");
        assert_eq!(checked(other).unwrap(), "https://us.pens.example:8443/v3/beta");
        assert_eq!(checked(Server::new("/v1", &[]).below("https://a.example/")).unwrap(), "https://a.example/v1");
    }

    #[test]
    fn a_value_that_the_document_does_not_allow_is_refused_without_being_repeated() {
        let error = checked(REGIONAL.variable("region", "hunter2")).unwrap_err();
        assert!(error.contains("region") && error.contains("eu, us") && !error.contains("hunter2"), "{error}");
        assert!(checked(REGIONAL.variable("zone", "eu")).unwrap_err().contains("has no variable zone"));
    }

    #[test]
    fn b6_no_value_of_a_variable_leads_to_another_host() {
        const TENANT: &[ServerVariable] = &[ServerVariable::new("tenant", "demo", &[])];
        const BASE: &[ServerVariable] = &[ServerVariable::new("base", "v1", &[])];
        let host = Server::new("https://{tenant}.pens.example/v1", TENANT);
        for odd in [
            "evil.example/",
            "evil.example\\",
            "evil.example?",
            "evil.example#",
            "a@evil.example",
            "evil%2f",
            "e\tvil",
            "",
        ] {
            assert!(checked(host.clone().variable("tenant", odd)).is_err(), "{odd:?}");
        }
        let first = Server::new("{base}", BASE).below("https://pens.example");
        assert_eq!(checked(first.clone()).unwrap(), "https://pens.example/v1");
        for odd in [".evil.example/x", ":8443", "@evil.example", "v2"] {
            let url = checked(first.clone().variable("base", odd));
            assert!(url.as_ref().map_or(true, |url| url.starts_with("https://pens.example/")), "{odd:?}: {url:?}");
        }
        let path = Server::new("https://pens.example/{base}", BASE);
        for odd in ["..", "../admin", "v1?x", "v1#x", "a//b"] {
            assert!(checked(path.clone().variable("base", odd)).is_err(), "{odd:?}");
        }
    }
}
