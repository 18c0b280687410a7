//! What a client may do, as rules.

use std::fmt;

/// A rule of what a client may do: `doctype[:VERBS[:values[:selector]]]`.
///
/// ```
/// use zeyos::platforms::cozy::{Scope, Verb};
///
/// assert_eq!(Scope::of("io.cozy.contacts").to_string(), "io.cozy.contacts");
/// let jobs = Scope::of("io.cozy.jobs").verbs([Verb::Post]).values(["sendmail"]).selector("worker");
/// assert_eq!(jobs.to_string(), "io.cozy.jobs:POST:sendmail:worker");
/// assert_eq!(Scope::raw("files/images:read").to_string(), "files/images:read");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[must_use]
pub struct Scope(Form);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Form {
    Raw(String),
    Rule { doctype: String, verbs: Vec<Verb>, values: Vec<String>, selector: Option<String> },
}

/// What may be done with documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Read them.
    Get,
    /// Make them.
    Post,
    /// Replace them.
    Put,
    /// Change them.
    Patch,
    /// Delete them.
    Delete,
    /// All of it.
    All,
}

impl Scope {
    /// Everything with the documents of this type.
    pub fn of(doctype: impl Into<String>) -> Self {
        Scope(Form::Rule { doctype: doctype.into(), verbs: Vec::new(), values: Vec::new(), selector: None })
    }

    /// A rule as the caller writes it.
    pub fn raw(rule: impl Into<String>) -> Self {
        Scope(Form::Raw(rule.into()))
    }

    /// Only this may be done.
    pub fn verbs(self, allowed: impl IntoIterator<Item = Verb>) -> Self {
        self.with(|verbs, _, _| *verbs = allowed.into_iter().collect())
    }

    /// Only with the documents whose identifiers, or whose values of the [selector](Scope::selector), are these.
    pub fn values<S: Into<String>>(self, allowed: impl IntoIterator<Item = S>) -> Self {
        self.with(|_, values, _| *values = allowed.into_iter().map(Into::into).collect())
    }

    /// The member that values are compared with.
    pub fn selector(self, member: impl Into<String>) -> Self {
        self.with(|_, _, selector| *selector = Some(member.into()))
    }

    /// A rule of the caller's own stays as it is.
    fn with(mut self, set: impl FnOnce(&mut Vec<Verb>, &mut Vec<String>, &mut Option<String>)) -> Self {
        if let Form::Rule { verbs, values, selector, .. } = &mut self.0 {
            set(verbs, values, selector);
        }
        self
    }
}

impl Verb {
    fn word(self) -> &'static str {
        match self {
            Verb::Get => "GET",
            Verb::Post => "POST",
            Verb::Put => "PUT",
            Verb::Patch => "PATCH",
            Verb::Delete => "DELETE",
            Verb::All => "ALL",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (doctype, verbs, values, selector) = match &self.0 {
            Form::Raw(rule) => return f.write_str(rule),
            Form::Rule { doctype, verbs, values, selector } => (doctype, verbs, values, selector),
        };
        f.write_str(doctype)?;
        if verbs.is_empty() && values.is_empty() {
            return Ok(());
        }
        let words: Vec<&str> = verbs.iter().map(|verb| verb.word()).collect();
        // Verbs are mandatory where values follow.
        write!(f, ":{}", if words.is_empty() { "ALL".to_owned() } else { words.join(",") })?;
        if values.is_empty() {
            return Ok(());
        }
        write!(f, ":{}", values.join(","))?;
        selector.iter().try_for_each(|selector| write!(f, ":{selector}"))
    }
}
