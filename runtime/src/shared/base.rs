//! Where the services of a client are.

use std::borrow::Cow;

use zeyos_core::call::Request;
use zeyos_core::{Operation, ServiceDescription, ServiceRoot};

/// Where the services are.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    /// Without a slash at the end.
    pub url: String,
    /// Services that are elsewhere.
    pub services: Vec<(&'static ServiceDescription, String)>,
    /// Other paths of operations whose path no one has confirmed.
    pub paths: Vec<(&'static Operation, String)>,
    /// The beginnings of paths that are elsewhere below their service, and where.
    pub moved: Vec<(&'static ServiceDescription, &'static str, String)>,
    /// Endpoints that the server has told about itself: their services, their paths in the document, and where they are below `url`.
    pub told: Vec<(&'static ServiceDescription, &'static str, String)>,
}

impl Base {
    /// The URL that was named for a service. A service is known by its `static`, since another document may have its name.
    fn named(&self, service: &ServiceDescription) -> Option<&str> {
        let is_it = |(known, _): &&(&'static ServiceDescription, String)| std::ptr::eq(*known, service);
        self.services.iter().rev().find(is_it).map(|(_, url)| url.as_str())
    }

    /// Whether the caller has named a URL for a service.
    pub(crate) fn is_named(&self, service: &ServiceDescription) -> bool {
        self.named(service).is_some()
    }

    /// Base URL of a service that is not below the usual one.
    pub(crate) fn elsewhere(&self, service: &ServiceDescription) -> Option<String> {
        let url = self.of(service);
        let is_elsewhere = url.strip_prefix(&self.url).is_none_or(|path| path != service.path);
        is_elsewhere.then_some(url)
    }

    /// Base URL of a service, without a slash at the end.
    pub(crate) fn of(&self, service: &ServiceDescription) -> String {
        self.parts(service).concat()
    }

    /// What the base URL of a service is put together from.
    fn parts<'a>(&'a self, service: &'a ServiceDescription) -> [&'a str; 2] {
        match self.named(service) {
            Some(url) => [url, ""],
            None => [self.root(service), service.path],
        }
    }

    /// The address of a request to a service, whose path may have been moved.
    fn at(&self, operation: &Operation, path: &str) -> String {
        if let Some(told) = self.told(operation, path) {
            return [&self.url, told].concat();
        }
        let [root, base] = self.parts(operation.service);
        let is_moved = |(service, from, _): &&(&'static ServiceDescription, &'static str, String)| {
            std::ptr::eq(*service, operation.service) && begins(operation.path, from) && begins(path, from)
        };
        match self.moved.iter().filter(is_moved).max_by_key(|(_, from, _)| from.len()) {
            Some((_, from, to)) => [root, base, to, &path[from.len()..]].concat(),
            None => [root, base, path].concat(),
        }
    }

    /// Where below the URL of the client the server has an operation, as it says itself. It says nothing of other servers, nor of what the
    /// caller has named.
    fn told(&self, operation: &Operation, path: &str) -> Option<&str> {
        let service = operation.service;
        let is_it = |(known, documented, _): &&(&'static ServiceDescription, &'static str, String)| {
            std::ptr::eq(*known, service) && operation.path == *documented && path == *documented
        };
        let (_, _, told) = self.told.iter().rev().find(is_it)?;
        let is_own = !self.is_named(service) && self.origin(service) == origin_of(&self.url);
        is_own.then_some(told)
    }

    /// The path that the caller has chosen for an operation, with parameters in braces.
    fn chosen(&self, operation: &Operation) -> Option<&str> {
        let is_it = |(known, _): &&(&'static Operation, String)| std::ptr::eq(*known, operation);
        self.paths.iter().rev().find(is_it).map(|(_, path)| path.as_str())
    }

    /// URL of an operation without parameters.
    pub(crate) fn url_of(&self, operation: &Operation) -> String {
        self.at(operation, self.chosen(operation).unwrap_or(operation.path))
    }

    /// URL of a request without its query.
    pub(crate) fn url_for(&self, request: &Request) -> String {
        let chosen = self.chosen(request.operation).map(|template| Cow::Owned(request.path_at(template)));
        let path = chosen.unwrap_or(Cow::Borrowed(&request.path));
        self.at(request.operation, &path)
    }

    /// Whether a service is where the caller has said, and not where its document alone does.
    pub(crate) fn is_chosen(&self, service: &ServiceDescription) -> bool {
        self.is_named(service) || self.origin(service) == origin_of(&self.url)
    }

    /// What the path of a service is below, where the caller has named no URL for it.
    fn root(&self, service: &ServiceDescription) -> &str {
        match service.root {
            ServiceRoot::Origin => origin_of(&self.url),
            ServiceRoot::At(origin) => origin,
            _ => &self.url,
        }
    }

    /// Scheme, host and port of a service.
    pub(crate) fn origin(&self, service: &ServiceDescription) -> &str {
        origin_of(self.named(service).unwrap_or_else(|| self.root(service)))
    }
}

/// Scheme, host and port of a URL: what is before its third slash. Each call asks for it several times, so the first two are looked for
/// where they are.
fn origin_of(url: &str) -> &str {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| url.starts_with(scheme)).map_or(0, str::len);
    let path = match scheme {
        0 => url.match_indices('/').nth(2).map(|(path, _)| path),
        scheme => url[scheme..].find('/').map(|path| scheme + path),
    };
    path.map_or(url, |path| &url[..path])
}

/// Whether a path is this one or leads on from it.
fn begins(path: &str, beginning: &str) -> bool {
    path.strip_prefix(beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
