//! Faults on demand: what should go wrong, for which requests, how often. This file is the builder; what it builds is
//! carried out in `act`, and read and written as a table in `table`.

pub(crate) mod apply;
mod body;
mod chunks;
mod member;
mod table;
pub(crate) mod to_table;
pub(crate) mod tokens;
pub(crate) mod when;

use std::cell::LazyCell;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, header};

use crate::http::{Request, body as body_of_request};
use crate::json::Json;
use member::{Member, Test};
use when::{Plan, Timed, When, when_methods};

/// Something that goes wrong on purpose, for the next requests that fit.
///
/// It says what goes wrong, and then for which requests. The same faults can be written into a configuration file and
/// sent to the control route; see the README for their names there.
///
/// ```
/// use std::time::Duration;
/// use zeyos_emulator::Fault;
///
/// let twice_busy = Fault::status(503).on("POST", "/api/v1/tickets").times(2).retry_after("1");
/// let storm = Fault::status(429).retry_after_date(30).during(Duration::from_secs(30));
/// let flaky = Fault::close_after().reset().on("*", "/api/").probability(0.1, 7);
/// # let _ = (twice_busy, storm, flaky);
/// ```
#[derive(Debug, Clone)]
pub struct Fault {
    pub(crate) when: When,
    /// What the bodies of requests that meet it have.
    pub(crate) members: Vec<Member>,
    pub(crate) effect: Effect,
    /// Before the request is carried out.
    pub(crate) delay: Duration,
    /// Between carrying it out and the answer.
    pub(crate) reply_delay: Duration,
    pub(crate) carried_out: bool,
    pub(crate) reset: bool,
    pub(crate) headers: Vec<(HeaderName, HeaderText)>,
    pub(crate) trickle: Option<Duration>,
    pub(crate) token: Option<TokenEnd>,
    /// Seconds that the clock is off while the request is carried out.
    pub(crate) clock: i64,
}

/// What takes the place of the true answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// Nothing does.
    Nothing,
    /// A made-up answer: its status, media type and body.
    Answer(u16, String, Vec<u8>),
    /// A 401 with the challenge of the endpoint.
    Refuse,
    /// No answer.
    Close,
    /// The true head and the first bytes of the body.
    CutBody(usize),
    /// The true answer with another body.
    Body(BodyChange),
}

/// How the body of an answer is changed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum BodyChange {
    /// This one, under this media type if there is one.
    Replace(Option<String>, Vec<u8>),
    /// Its first bytes, as if they were all.
    Truncate(usize),
    /// Other values at these JSON pointers.
    Values(Vec<(String, Json)>),
}

/// The value of a header of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HeaderText {
    /// Sent as it is.
    Fixed(String),
    /// The HTTP date so many seconds after the answer, by the clock of the emulator.
    Date(i64),
}

/// How the credential of a request ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenEnd {
    Expired,
    Revoked,
}

/// The media type of a made-up answer.
const PLAIN: &str = "text/plain; charset=utf-8";
/// The body of a made-up answer.
const INJECTED: &str = "an injected fault";

/// The members of a request's body, read when the first fault asks for them; none if it cannot be read.
pub(crate) struct LazyBody<'a>(LazyCell<Option<Json>, Box<dyn FnOnce() -> Option<Json> + 'a>>);

impl<'a> LazyBody<'a> {
    pub(crate) fn of(request: &'a Request) -> Self {
        Self(LazyCell::new(Box::new(|| body_of_request::members(request, false).ok())))
    }

    fn get(&self) -> Option<&Json> {
        self.0.as_ref()
    }
}

/// The faults that wait for their requests.
pub(crate) type Faults = Plan<Fault>;

impl Timed for Fault {
    fn when(&self) -> &When {
        &self.when
    }

    fn when_mut(&mut self) -> &mut When {
        &mut self.when
    }
}

impl Fault {
    fn new(effect: Effect) -> Self {
        Self {
            when: When::default(),
            members: Vec::new(),
            effect,
            delay: Duration::ZERO,
            reply_delay: Duration::ZERO,
            carried_out: false,
            reset: false,
            headers: Vec::new(),
            trickle: None,
            token: None,
            clock: 0,
        }
    }

    /// Answers this status as plain text; the request is not carried out.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::reply(status, PLAIN, INJECTED)
    }

    /// Answers this status with a body of this media type; the request is not carried out.
    #[must_use]
    pub fn reply(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::new(Effect::Answer(status, media_type.to_owned(), body.into()))
    }

    /// Answers a redirect to this target, sent as given: a path of the same origin, or a URL of another.
    #[must_use]
    pub fn redirect(status: u16, target: &str) -> Self {
        Self::status(status).location(target)
    }

    /// Answers 401 with the challenge of the endpoint, as for a token that does not live. The token lives on.
    #[must_use]
    pub fn invalid_token() -> Self {
        Self::new(Effect::Refuse)
    }

    /// Lets the credential of the request expire first: its access token, the refresh token in its body, or its
    /// session. The request is carried out after that, and refused.
    #[must_use]
    pub fn expire_token() -> Self {
        Self { token: Some(TokenEnd::Expired), ..Self::new(Effect::Nothing) }
    }

    /// Revokes the credential of the request first, an access token together with its refresh token. The request is
    /// carried out after that, and refused.
    #[must_use]
    pub fn revoke_token() -> Self {
        Self { token: Some(TokenEnd::Revoked), ..Self::new(Effect::Nothing) }
    }

    /// Carries the request out with a clock that is off by whole seconds; the header `Date` shows it.
    #[must_use]
    pub fn clock_offset(seconds: i64) -> Self {
        Self { clock: seconds, ..Self::new(Effect::Nothing) }
    }

    /// Waits before the request is carried out.
    #[must_use]
    pub fn delay(by: Duration) -> Self {
        Self::new(Effect::Nothing).delayed(by)
    }

    /// Sends the true answer one byte of the body at a time.
    #[must_use]
    pub fn trickle(every: Duration) -> Self {
        Self::new(Effect::Nothing).trickled(every)
    }

    /// Sends the true head of the answer and the first bytes of its body, then closes the connection.
    #[must_use]
    pub fn cut_body(kept: usize) -> Self {
        Self::new(Effect::CutBody(kept))
    }

    /// Closes the connection without an answer; the request is not carried out.
    #[must_use]
    pub fn close_before() -> Self {
        Self::new(Effect::Close)
    }

    /// Carries the request out, then closes the connection without an answer.
    #[must_use]
    pub fn close_after() -> Self {
        Self::close_before().carried_out()
    }

    /// Carries the request out and answers with the true head and this body.
    #[must_use]
    pub fn replace_body(body: impl Into<Vec<u8>>) -> Self {
        Self::new(Effect::Body(BodyChange::Replace(None, body.into())))
    }

    /// Carries the request out and answers with the true status and a body of this media type, like the page of a
    /// gateway.
    #[must_use]
    pub fn body(media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::new(Effect::Body(BodyChange::Replace(Some(media_type.to_owned()), body.into())))
    }

    /// Carries the request out and answers with the first bytes of the body as if they were all of it: JSON that ends
    /// too early, or nothing.
    #[must_use]
    pub fn truncate_body(kept: usize) -> Self {
        Self::new(Effect::Body(BodyChange::Truncate(kept)))
    }

    /// Carries the request out and answers with another value at this JSON pointer (`/0/ID`), in which `*` stands for
    /// any entry or member. The value is JSON; what is not JSON counts as text. What is not there is not replaced.
    #[must_use]
    pub fn replace_value(pointer: &str, value: &str) -> Self {
        let value = Json::parse(value.as_bytes()).unwrap_or_else(|| Json::Text(value.to_owned()));
        Self::new(Effect::Body(BodyChange::Values(vec![(pointer.to_owned(), value)])))
    }

    when_methods!();

    /// Limits the fault to requests whose body has this member with this value: JSON, and what is not JSON counts as text. The
    /// member is a name, or a JSON pointer (`/filters/status`). A form fits like JSON. Said more than once, all must fit.
    ///
    /// ```
    /// let busy_counts = zeyos_emulator::Fault::status(503).on("POST", "/api/v1/").member("count", "1").always();
    /// # let _ = busy_counts;
    /// ```
    #[must_use]
    pub fn member(self, path: &str, value: &str) -> Self {
        let value = Json::parse(value.as_bytes()).unwrap_or_else(|| Json::Text(value.to_owned()));
        self.with_member(path, Test::Equals(value))
    }

    /// Limits the fault to requests whose body has this member with a number above the bound, such as a `limit` above 500.
    #[must_use]
    pub fn member_above(self, path: &str, bound: f64) -> Self {
        self.with_member(path, Test::Above(bound))
    }

    /// Limits the fault to requests whose body has this member with a number below the bound.
    #[must_use]
    pub fn member_below(self, path: &str, bound: f64) -> Self {
        self.with_member(path, Test::Below(bound))
    }

    /// Limits the fault to requests whose body has this member, or has it not.
    #[must_use]
    pub fn member_present(self, path: &str, present: bool) -> Self {
        self.with_member(path, Test::Present(present))
    }

    fn with_member(mut self, path: &str, test: Test) -> Self {
        self.members.push(Member { path: path.to_owned(), test });
        self
    }

    /// Whether the body of a request that fits otherwise has what the fault is limited to.
    pub(crate) fn fits_body(&self, body: &LazyBody<'_>) -> bool {
        self.members.is_empty() || body.get().is_some_and(|body| self.members.iter().all(|member| member.fits(body)))
    }

    /// Waits first, whatever else happens.
    #[must_use]
    pub fn delayed(mut self, by: Duration) -> Self {
        self.delay = by;
        self
    }

    /// Waits after the request was carried out, before the answer.
    #[must_use]
    pub fn answered_after(mut self, by: Duration) -> Self {
        self.reply_delay = by;
        self
    }

    /// Sends the answer one byte of its body at a time.
    #[must_use]
    pub fn trickled(mut self, every: Duration) -> Self {
        self.trickle = Some(every);
        self
    }

    /// Carries the request out although the answer is made up or none.
    #[must_use]
    pub fn carried_out(mut self) -> Self {
        self.carried_out = true;
        self
    }

    /// A connection that the fault closes is reset (RST) instead of ended (FIN).
    #[must_use]
    pub fn reset(mut self) -> Self {
        self.reset = true;
        self
    }

    /// Gives the answer this header, in place of one of that name. A value that no header can have is left out.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        match HeaderName::try_from(name) {
            Ok(name) => self.fixed(name, value),
            Err(_) => self,
        }
    }

    /// Adds `Retry-After` to the answer, sent as given: seconds, an HTTP date, or what a server should not send.
    #[must_use]
    pub fn retry_after(self, value: &str) -> Self {
        self.fixed(header::RETRY_AFTER, value)
    }

    /// Adds `Retry-After` to the answer: the HTTP date so many seconds later, by the clock of the emulator.
    #[must_use]
    pub fn retry_after_date(mut self, seconds: i64) -> Self {
        self.headers.push((header::RETRY_AFTER, HeaderText::Date(seconds)));
        self
    }

    /// Adds `WWW-Authenticate` to the answer, sent as given.
    #[must_use]
    pub fn www_authenticate(self, value: &str) -> Self {
        self.fixed(header::WWW_AUTHENTICATE, value)
    }

    /// Adds `Location` to the answer, sent as given: a redirect that a client must not follow.
    #[must_use]
    pub fn location(self, value: &str) -> Self {
        self.fixed(header::LOCATION, value)
    }

    fn fixed(mut self, name: HeaderName, value: &str) -> Self {
        if HeaderValue::from_str(value).is_ok() {
            self.headers.push((name, HeaderText::Fixed(value.to_owned())));
        }
        self
    }
}
