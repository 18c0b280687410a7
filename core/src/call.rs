//! A call as a description: nothing happens until it is awaited, and everything that happens then happens behind [`Dispatch`].

mod aggregate;
mod answer;
mod answers;
mod bodies;
mod body;
mod content;
mod dispatch;
mod events;
mod file;
mod form;
mod head;
mod headers;
pub mod kind;
mod listing;
mod media;
mod multipart;
mod options;
mod pages;
mod parameter;
mod repeat;
mod request;
mod sent;
mod stream;
mod streamed;
mod upload;
mod written;

use std::collections::BTreeMap;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;

use progenitor_client::ResponseValue;

pub use aggregate::{Aggregate, AggregateGroup, Aggregation, Grouping};
pub use answer::{Conditional, Count, Redirect, Versioned, WithBody};
pub use answers::Answers;
#[doc(hidden)]
pub use answers::{Media, fits};
#[doc(hidden)]
pub use bodies::{Bodies, content, json};
pub use body::Body;
pub use content::Content;
#[doc(hidden)]
pub use content::Opened;
pub use dispatch::{Dispatch, Dispatcher, DryRun};
#[doc(hidden)]
pub use events::EventKind;
pub use events::{EventStream, MAX_EVENT, ServerSentEvent};
pub use file::FilePart;
#[doc(hidden)]
pub use headers::{RESERVED, RESERVED_PREFIX, refusal, sensitive};
pub use listing::{ListCursor, PageStream, ParseCursorError, RowStream};
pub use options::{AuthMode, CallOptions};
pub use pages::ItemStream;
#[doc(hidden)]
pub use parameter::{Parameter, ParameterPlace};
#[doc(hidden)]
pub use repeat::Repeatable;
#[doc(hidden)]
pub use request::SEGMENT;
pub use request::{Cookie, Request};
pub use sent::Sent;
pub use stream::ByteStream;
pub use upload::{IntoUpload, Upload};

use crate::confidential::Confidential;
use crate::error::Error;
use crate::fields::Fields;
use crate::maybe_send::{BoxFuture, MaybeSend};
use crate::model::Wire;
use crate::operation::Operation;
use crate::query::{Model, Query};
use crate::write::{Rules, Validation, Violations};
use kind::Kind;
use media::is_json;

/// A described call that answers a `T`. Await it to send it.
///
/// `K` is the kind of call; it decides which options there are and how the answer is read.
///
/// # Several at once
///
/// [`into_future`](IntoFuture::into_future) makes the future of a call, which borrows nothing: it can be spawned, and collected by
/// whatever takes futures (`JoinSet`, `FuturesUnordered`, `join_all`). The client keeps to what the server asks of all of them
/// together.
///
/// ```
/// use serde::de::DeserializeOwned;
/// use zeyos_core::Call;
/// use zeyos_core::call::kind::Get;
///
/// async fn all<T>(calls: Vec<Call<T, Get>>) -> Result<Vec<T>, Box<dyn std::error::Error>>
/// where
///     T: DeserializeOwned + Send + 'static,
/// {
///     let tasks: Vec<_> = calls.into_iter().map(|call| tokio::spawn(call.into_future())).collect();
///     let mut records = Vec::new();
///     for task in tasks {
///         records.push(task.await??.into_inner());
///     }
///     Ok(records)
/// }
/// ```
#[must_use = "a call is only sent when it is awaited"]
pub struct Call<T, K = kind::Json> {
    raw: RawCall,
    answer: PhantomData<fn() -> (T, K)>,
}

/// A call without its types: what the emitted methods fill in.
#[doc(hidden)]
#[derive(Clone)]
pub struct RawCall {
    dispatch: Arc<dyn Dispatch>,
    request: Request,
}

impl RawCall {
    /// A call of this operation.
    pub fn new(dispatch: &Arc<dyn Dispatch>, operation: &'static Operation) -> Self {
        RawCall { dispatch: Arc::clone(dispatch), request: Request::new(operation) }
    }

    /// Fills a path parameter with a number.
    pub fn id(mut self, name: &str, id: i64) -> Self {
        self.request.fill_path(name, &id.to_string());
        self
    }

    /// Fills the one path parameter there is with the number of a record.
    pub(crate) fn key(self, id: i64) -> Self {
        let path = self.request.operation.path;
        let name = path.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map_or("", |(name, _)| name);
        self.id(name, id)
    }

    /// Sets parameters, each in its place and style. They stand in the fields under the keys of the table.
    pub fn parameters(mut self, table: &'static [(&'static str, Parameter)], fields: Fields) -> Self {
        self.request.add_parameters(table, &fields);
        self
    }

    /// Fills a path parameter with a value in its style.
    pub fn styled_segment(mut self, parameter: &Parameter, value: Option<crate::model::Json>) -> Self {
        self.request.fill_path_with(parameter, &value.unwrap_or_default());
        self
    }

    /// Fills a path parameter with a text, as one encoded segment.
    pub fn segment(mut self, name: &str, text: &str) -> Self {
        self.request.fill_path(name, text);
        self
    }

    /// Adds the set members as query parameters.
    pub fn query(mut self, fields: Fields) -> Self {
        self.request.add_query(fields);
        self
    }

    /// Sets the body of a list request, with the filter under the name that the client is set to.
    pub fn list<E: Model, P>(mut self, query: Query<E, P>) -> Self {
        self.request.unindexed = query.unindexed();
        match query.into_request(self.dispatch.filter_member()) {
            Ok((fields, verification)) => {
                self.request.verification = verification.map(Arc::new);
                self.body(fields)
            }
            Err(reason) => {
                self.request.refuse(reason);
                self
            }
        }
    }

    /// Sets the members of the body.
    pub fn body(mut self, fields: Fields) -> Self {
        self.request.body = Body::Fields(fields);
        self
    }

    /// Says what the members of the body must meet.
    pub fn checked(mut self, rules: &'static Rules) -> Self {
        self.request.rules = Some(rules);
        self
    }

    /// The same where there may be no rules.
    pub(crate) fn checked_if(self, rules: Option<&'static Rules>) -> Self {
        match rules {
            Some(rules) => self.checked(rules),
            None => self,
        }
    }

    /// Holds the members of the body against the rules of the table, as strictly as the call or the client is set to.
    fn validate(&self) -> Result<(), Error> {
        if let Some(violations) = self.violations()? {
            self.dispatch.violated(self.request.operation, &violations);
        }
        Ok(())
    }

    /// The rules that are broken by what is sent all the same.
    fn violations(&self) -> Result<Option<Violations>, Error> {
        let RawCall { dispatch, request } = self;
        let validation = request.options.validation.unwrap_or_else(|| dispatch.validation());
        if request.rules.is_none() || validation == Validation::Off {
            return Ok(None);
        }
        match request.check_rules() {
            Err(violations) if validation == Validation::Strict => Err(Error::request(violations)),
            checked => Ok(checked.err()),
        }
    }

    /// Sets the members of a body that need not be there.
    pub fn optional_body(self, fields: Option<Fields>) -> Self {
        match fields {
            Some(fields) => self.body(fields),
            None => self,
        }
    }

    /// Sets the body, in the media type of the operation.
    pub fn content(mut self, content: impl Into<Content>) -> Self {
        match body::static_value(self.request.operation.body.media_type) {
            Ok(media_type) => self.request.body = Body::Content(media_type, content.into()),
            Err(error) => self.request.refuse(error.to_string()),
        }
        self
    }

    /// Sets a body that need not be there.
    pub fn optional_content(self, content: Option<Content>) -> Self {
        match content {
            Some(content) => self.content(content),
            None => self,
        }
    }

    /// Sets the body, in a media type that the caller chooses of those that the document names.
    pub fn content_of(mut self, media_type: &str, content: impl Into<Content>) -> Self {
        let listed = self.request.operation.body.media_type;
        match http::HeaderValue::from_str(media_type) {
            Ok(value) if media::is_one(media_type) && media::is_listed(listed, media_type) => {
                self.request.body = Body::Content(value, content.into());
            }
            _ => self.request.refuse(format!("the body must be of the type {listed}")),
        }
        self
    }

    /// Sets a body that need not be there, in a media type that the caller chooses.
    pub fn optional_content_of(self, media_type: &str, content: Option<Content>) -> Self {
        match content {
            Some(content) => self.content_of(media_type, content),
            None => self,
        }
    }

    /// Sets one of several bodies.
    pub fn one_of(mut self, body: impl Bodies) -> Self {
        match body.into_body() {
            Ok(body) => self.request.body = body,
            Err(error) => self.request.refuse(error.to_string()),
        }
        self
    }

    /// Sets one of several bodies that need not be there.
    pub fn optional_one_of(self, body: Option<impl Bodies>) -> Self {
        match body {
            Some(body) => self.one_of(body),
            None => self,
        }
    }

    /// Sets the members of a body whose names the document does not list.
    pub fn members<T: Wire + Send + Sync + 'static>(self, members: BTreeMap<String, T>) -> Self {
        let mut fields = Fields::new();
        members.into_iter().for_each(|(name, value)| fields.set_confidential(name, value));
        self.body(fields)
    }

    /// Sets the members of a body that need not be there.
    pub fn optional_members<T: Wire + Send + Sync + 'static>(self, members: Option<BTreeMap<String, T>>) -> Self {
        match members {
            Some(members) => self.members(members),
            None => self,
        }
    }

    /// Sets the files of a multipart body whose parts the document does not list.
    pub fn file_members(self, files: BTreeMap<String, FilePart>) -> Self {
        let mut fields = Fields::new();
        files.into_iter().for_each(|(name, file)| fields.set_files(name, [file]));
        self.body(fields)
    }

    /// Sets the files of a body that need not be there.
    pub fn optional_file_members(self, files: Option<BTreeMap<String, FilePart>>) -> Self {
        match files {
            Some(files) => self.file_members(files),
            None => self,
        }
    }

    /// Sets the body, one JSON value.
    pub fn value<T: Wire>(self, value: &T) -> Self {
        self.content(value.to_member().unwrap_or_default().to_string())
    }

    /// Sets the body, one JSON value with secrets in it.
    pub fn confidential(mut self, value: impl Wire + Send + Sync + 'static) -> Self {
        match body::static_value(self.request.operation.body.media_type) {
            Ok(media_type) => self.request.body = Body::Value(media_type, Confidential::new(value)),
            Err(error) => self.request.refuse(error.to_string()),
        }
        self
    }

    /// Sets a body of one JSON value with secrets in it that need not be there.
    pub fn optional_confidential(self, value: Option<impl Wire + Send + Sync + 'static>) -> Self {
        match value {
            Some(value) => self.confidential(value),
            None => self,
        }
    }

    /// Sets a body of one JSON value that need not be there.
    pub fn optional_value<T: Wire>(self, value: Option<&T>) -> Self {
        match value {
            Some(value) => self.value(value),
            None => self,
        }
    }

    /// Asks for this media type.
    pub fn accept(mut self, media_type: &'static str) -> Self {
        self.request.set_header(http::header::ACCEPT, media_type);
        self
    }

    /// Gives the call its types.
    pub fn typed<T, K>(self) -> Call<T, K> {
        Call { raw: self, answer: PhantomData }
    }
}

impl<T, K> Call<T, K> {
    /// The request as it will be sent, without credentials.
    pub fn request(&self) -> &Request {
        &self.raw.request
    }

    /// With another path than that of the operation, already encoded.
    #[doc(hidden)]
    pub fn with_path(self, path: &str) -> Self {
        self.map_request(|request| request.path = path.to_owned())
    }

    /// With a path parameter filled in.
    #[doc(hidden)]
    pub fn with_segment(self, name: &str, text: &str) -> Self {
        self.map_request(|request| request.fill_path(name, text))
    }

    /// With a query parameter.
    #[doc(hidden)]
    pub fn with_query(self, name: &str, value: &str) -> Self {
        self.map_request(|request| request.query.push((name.to_owned(), value.to_owned())))
    }

    /// With this body.
    #[doc(hidden)]
    pub fn with_raw_body(self, body: Body) -> Self {
        self.map_request(|request| request.body = body)
    }

    /// A call of which 503 says that it takes too long, and nothing of the load of the server.
    #[doc(hidden)]
    pub fn may_be_too_slow(self) -> Self {
        self.map_request(|request| request.may_be_too_slow = true)
    }

    /// A call that fails for this reason when it is awaited.
    #[doc(hidden)]
    pub fn invalid(self, reason: String) -> Self {
        self.map_request(|request| request.refuse(reason))
    }

    fn map_request(mut self, change: impl FnOnce(&mut Request)) -> Self {
        change(&mut self.raw.request);
        self
    }

    fn retyped<U, L>(self) -> Call<U, L> {
        self.raw.typed()
    }

    /// Shows what would be sent, credentials redacted, without sending anything.
    ///
    /// # Errors
    /// When the request cannot be built, or no credential fits.
    pub fn dry_run(self) -> Result<DryRun, Error> {
        let operation = self.raw.request.operation;
        self.raw.violations().map_err(|error| error.at(operation.id))?;
        self.raw.dispatch.dry_run(self.raw.request).map_err(|error| error.at(operation.id))
    }
}

/// Nothing: a call that was awaited is none any more. It is there for the message.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a call has no answer before it is sent",
    label = "`.await?` comes before `.into_inner()`",
    note = "`call.await?.into_inner()` is the value of the answer"
)]
pub trait Awaited {
    fn answer<T>(self) -> T;
}

impl<T, K> Call<T, K> {
    /// Tells whoever has forgotten `.await` so.
    #[doc(hidden)]
    pub fn into_inner(self) -> T
    where
        Self: Awaited,
    {
        self.answer()
    }
}

impl<T, K> IntoFuture for Call<T, K>
where
    T: MaybeSend + 'static,
    K: Kind<T>,
{
    type Output = Result<ResponseValue<T>, Error>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move {
            self.raw.validate().map_err(|error| error.at(self.raw.request.operation.id))?;
            // Where it is: a future that takes the request out of its call has room for two of them.
            let verification = self.raw.request.verification.take();
            let (operation, repeatable) = (self.raw.request.operation, self.raw.request.repeatable());
            let dispatch = self.raw.dispatch;
            let decoding = dispatch.decoding();
            let answer = Arc::clone(&dispatch).send(self.raw.request).await;
            let response = answer.map_err(|error| error.at(operation.id).with_repeatable(repeatable))?;
            let read = dispatch.watched(operation, Sent::with(&response), || K::read(&response, decoding));
            match read {
                Ok((value, defaulted)) => {
                    if let Some(verification) = verification {
                        verification.check(&response).map_err(|error| dispatch.cleaned(error, &[]).at(operation.id))?;
                    }
                    defaulted.iter().for_each(|defaulted| dispatch.defaulted(operation, defaulted));
                    let (head, _) = response.into_parts();
                    Ok(ResponseValue::new(value, head.status, head.headers))
                }
                Err(error) => Err(dispatch.cleaned(Error::decode(error, response), &[]).at(operation.id)),
            }
        })
    }
}

impl<T, K> Clone for Call<T, K> {
    fn clone(&self) -> Self {
        self.raw.clone().typed()
    }
}

impl<T, K> std::fmt::Debug for Call<T, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Call").field(&self.raw.request).finish()
    }
}
