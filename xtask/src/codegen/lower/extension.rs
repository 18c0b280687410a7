//! Extensions that are read value by value: each with its place, so that whatever is not expected there is refused.

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::scope::Extensions;
use crate::codegen::location::Location;
use crate::codegen::model::Literal;

/// A value inside an extension.
#[derive(Clone)]
pub(super) struct Extension<'e> {
    value: &'e Value,
    pub location: Location,
    /// A member that is read elsewhere.
    apart: Option<&'static str>,
}

impl<'e> Extension<'e> {
    pub(super) fn new(value: &'e Value, location: Location) -> Self {
        Extension { value, location, apart: None }
    }

    /// The extension of this name, if it is there; `place` is that of the object which has it.
    pub(super) fn of(extensions: &'e Extensions, key: &str, location: &Location) -> Option<Self> {
        Some(Extension::new(extensions.get(key)?, location.child(key)))
    }

    pub(super) fn text(&self) -> anyhow::Result<String> {
        self.value.as_str().map(str::to_owned).with_context(|| format!("{}: a text is expected", self.location))
    }

    pub(super) fn whole(&self) -> anyhow::Result<i64> {
        self.value.as_i64().with_context(|| format!("{}: a whole number is expected", self.location))
    }

    pub(super) fn flag(&self) -> anyhow::Result<bool> {
        self.value.as_bool().with_context(|| format!("{}: true or false is expected", self.location))
    }

    /// A mark, which is there or not.
    pub(super) fn mark(&self) -> anyhow::Result<()> {
        ensure!(self.value == &Value::Bool(true), "{}: only true is understood", self.location);
        Ok(())
    }

    pub(super) fn literal(&self) -> anyhow::Result<Literal> {
        match self.value {
            Value::Null => Ok(Literal::Null),
            Value::String(text) => Ok(Literal::Text(text.clone())),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Ok(Literal::Integer(whole)),
                (None, Some(number)) => Ok(Literal::Number(number)),
                (None, None) => bail!("{}: the number {number} is not understood", self.location),
            },
            other => bail!("{}: the value {other} is not understood", self.location),
        }
    }

    /// One of these words, with what it means.
    pub(super) fn word<T: Copy>(&self, known: &[(&str, T)]) -> anyhow::Result<T> {
        let word = self.text()?;
        let found = known.iter().find(|(name, _)| *name == word).map(|(_, meaning)| *meaning);
        found.with_context(|| format!("{}: the word {word:?} is not understood", self.location))
    }

    pub(super) fn list(&self) -> anyhow::Result<Vec<Extension<'e>>> {
        let list = self.value.as_array().with_context(|| format!("{}: a list is expected", self.location))?;
        Ok(list.iter().enumerate().map(|(at, value)| Extension::new(value, self.location.index(at))).collect())
    }

    pub(super) fn texts(&self) -> anyhow::Result<Vec<String>> {
        self.list()?.iter().map(Extension::text).collect()
    }

    pub(super) fn members(&self) -> anyhow::Result<Vec<(&'e str, Extension<'e>)>> {
        let members = self.value.as_object().with_context(|| format!("{}: a map is expected", self.location))?;
        let members = members.iter().filter(|(name, _)| Some(name.as_str()) != self.apart);
        Ok(members.map(|(name, value)| (name.as_str(), Extension::new(value, self.location.child(name)))).collect())
    }

    /// The same map without a member that is read elsewhere.
    pub(super) fn without(&self, name: &'static str) -> Self {
        Extension { apart: Some(name), ..self.clone() }
    }

    /// The member of this name, which must be there.
    pub(super) fn member(&self, name: &str) -> anyhow::Result<Extension<'e>> {
        let found = self.members()?.into_iter().find(|(known, _)| *known == name);
        found.map(|(_, member)| member).with_context(|| format!("{}: no {name}", self.location))
    }

    /// The member of this name, if it is there.
    pub(super) fn optional(&self, name: &str) -> anyhow::Result<Option<Extension<'e>>> {
        Ok(self.members()?.into_iter().find(|(known, _)| *known == name).map(|(_, member)| member))
    }

    /// That a member has no meaning here.
    pub(super) fn unknown<T>(&self, what: &str) -> anyhow::Result<T> {
        bail!("{}: it is not understood in {what}", self.location)
    }
}
