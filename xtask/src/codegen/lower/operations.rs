//! What all operations have in common, whatever their call looks like.

use anyhow::{Context as _, ensure};
use indexmap::IndexMap;
use openapiv3::Operation as Source;

use super::extension::Extension;
use super::scope::{Scope, text};
use super::{bodies, discovery, method_docs, names, security};
use crate::codegen::location::Location;
use crate::codegen::model::{Body, CallShape, Operation, Safety, Verb, path_parameters};
use crate::codegen::normalise::{IDEMPOTENCY_KEY, OWN, SAFETY_FROM};

/// An operation with its place in the document.
#[derive(Clone, Copy)]
pub(super) struct SourceOperation<'a> {
    pub path: &'a str,
    /// In lower case, as in the document.
    pub method: &'a str,
    pub source: &'a Source,
    pub id: &'a str,
}

impl SourceOperation<'_> {
    pub(super) fn location(&self, scope: &Scope<'_>) -> Location {
        scope.root().at(&["paths", self.path, self.method]).of_operation(self.id)
    }
}

/// All operations of the document; each has an id of its own.
pub(super) fn all<'a>(scope: &Scope<'a>) -> anyhow::Result<Vec<SourceOperation<'a>>> {
    let mut ids: IndexMap<&str, Location> = IndexMap::new();
    let mut all = Vec::new();
    for (path, method, source) in scope.document().operations() {
        let location = scope.root().at(&["paths", path, method]);
        let id = source.operation_id.as_deref();
        let id = id.with_context(|| format!("{location}: the operation has no id (operationId)"))?;
        let found = SourceOperation { path, method, source, id };
        if let Some(earlier) = ids.insert(id, location) {
            let location = found.location(scope);
            anyhow::bail!("{location}: the operation id {id:?} is already taken at {}", earlier.pointer());
        }
        all.push(found);
    }
    Ok(all)
}

/// What every operation has, whatever its call looks like. `success` are the listed statuses that are results.
pub(super) fn common(
    scope: &Scope<'_>,
    found: &SourceOperation<'_>,
    mut success: Vec<u16>,
    body: Option<Body>,
    call: CallShape,
) -> anyhow::Result<Operation> {
    let location = found.location(scope);
    let words = |text: &Option<String>, what: &str| text.clone().with_context(|| format!("{location}: no {what}"));
    if matches!(call, CallShape::Verb(Verb::Exists)) {
        // Not there is an answer to the question whether it is.
        success.push(404);
    }
    let security = security::of_operation(scope, found.source, &location)?;
    let rust = text(&found.source.extensions, "x-rust-name").map_or_else(|| names::snake(found.id), str::to_owned);
    Ok(Operation {
        id: found.id.to_owned(),
        styles_constant: format!("{}_PARAMETERS", names::shouty(&rust)),
        constant: names::shouty(&rust),
        rust,
        summary: words(&found.source.summary, "summary")?,
        description: words(&found.source.description, "description")?,
        notes: method_docs::notes(scope, found, &security),
        security: security.clone(),
        safety: safety(scope, found.source, &location)?,
        path: found.path.to_owned(),
        unconfirmed: is_unconfirmed(found.source, &location)?,
        method: found.method.to_uppercase(),
        success,
        body: body.or_else(|| bodies::of_credentials(scope, &security)),
        options: Vec::new(),
        styles: Vec::new(),
        deprecated: scope.is_foreign() && found.source.deprecated,
        events: None,
        errors: None,
        idempotency_key: text(&found.source.extensions, IDEMPOTENCY_KEY).map(str::to_owned),
        safety_from: text(&found.source.extensions, SAFETY_FROM).unwrap_or("document").to_owned(),
        server: text(&found.source.extensions, OWN).filter(|_| scope.is_foreign()).map(str::to_owned),
        pages: None,
        discovery: discovery::of_operation(scope, found, &location)?,
        call,
        location,
    })
}

fn is_unconfirmed(source: &Source, location: &Location) -> anyhow::Result<bool> {
    let mark = Extension::of(&source.extensions, "x-unconfirmed", location);
    mark.map(|mark| mark.mark()).transpose().map(|mark| mark.is_some())
}

fn safety(scope: &Scope<'_>, source: &Source, location: &Location) -> anyhow::Result<Safety> {
    let by_verb = text(&source.extensions, "x-verb").and_then(|verb| scope.verb(verb)?.get("safety")?.as_str());
    let word = text(&source.extensions, "x-safety")
        .or(by_verb)
        .with_context(|| format!("{location}: no safety (x-safety)"))?;
    let known = Safety::ALL.iter().find(|(name, _)| *name == word);
    known.map(|(_, safety)| *safety).with_context(|| format!("{location}: the safety {word:?} is not understood"))
}

/// The parameters of a path, in their order, must be those that the operation declares.
pub(super) fn path_is_filled(
    found: &SourceOperation<'_>,
    declared: &[&str],
    location: &Location,
) -> anyhow::Result<()> {
    let mut in_path: Vec<&str> = path_parameters(found.path).collect();
    let mut declared = declared.to_vec();
    in_path.sort_unstable();
    declared.sort_unstable();
    ensure!(in_path == declared, "{location}: the path has the parameters {in_path:?}, the operation {declared:?}");
    Ok(())
}
