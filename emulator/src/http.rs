//! HTTP on both sides of the handlers: requests, answers, and the front that connects them to axum. The handlers
//! themselves are synchronous and see only `Request` and `Reply`.

pub(crate) mod body;
pub(crate) mod connection;
pub(crate) mod cors;
pub(crate) mod credential;
pub(crate) mod endpoint;
pub(crate) mod form;
pub(crate) mod front;
pub(crate) mod handle;
pub(crate) mod host;
pub(crate) mod read;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod serve;

pub(crate) use reply::{Failure, Published, Reply};
pub(crate) use request::Request;
