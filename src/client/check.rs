//! What a job asks before it starts: is everything there that its calls will need?

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use http::{HeaderMap, header};
use zeyos_core::call::kind::Kind;
use zeyos_core::{AuthMode, BoxFuture, Call, Error, MaybeSend, RetryAfter, Safety};

use super::Client;

/// By how much the clocks of both sides may differ: tokens are renewed a minute before they end.
const CLOCKS: Duration = Duration::from_secs(60);

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CheckSubject {
    /// Whether the host of the base URL answers.
    Connection,
    /// Whether an instance of ZeyOS is at the base URL.
    Instance,
    /// Whether the clock of this machine and that of the server tell the same time.
    Clock,
    /// Whether the token store can be locked, read and written.
    Store,
    /// Whether the server takes the credential.
    Credential,
    /// Whether the user may do what the job does.
    Permission,
}

impl fmt::Display for CheckSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CheckSubject::Connection => "connection",
            CheckSubject::Instance => "instance",
            CheckSubject::Clock => "clock",
            CheckSubject::Store => "token store",
            CheckSubject::Credential => "credential",
            CheckSubject::Permission => "permission",
        })
    }
}

/// What was found about one subject.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Finding {
    /// What was looked at.
    pub subject: CheckSubject,
    /// What is wrong; `None` where all is well.
    pub problem: Option<String>,
    /// What to do about the problem.
    pub remedy: Option<&'static str>,
    /// The error behind the problem, where there is one.
    pub error: Option<Error>,
}

impl Finding {
    fn good(subject: CheckSubject) -> Self {
        Finding { subject, problem: None, remedy: None, error: None }
    }

    fn bad(subject: CheckSubject, problem: impl Into<String>, remedy: &'static str) -> Self {
        Finding { subject, problem: Some(problem.into()), remedy: Some(remedy), error: None }
    }

    fn failed(subject: CheckSubject, error: Error, remedy: &'static str) -> Self {
        Finding { error: Some(error.clone()), ..Finding::bad(subject, error.to_string(), remedy) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.problem, self.remedy) {
            (None, _) => write!(f, "{}: ok", self.subject),
            (Some(problem), None) => write!(f, "{}: {problem}", self.subject),
            (Some(problem), Some(remedy)) => write!(f, "{}: {problem}; {remedy}", self.subject),
        }
    }
}

/// What was found. A subject that depends on one that failed is not looked at.
#[derive(Debug, Clone)]
#[must_use = "it says whether calls will succeed"]
pub struct CheckReport {
    findings: Vec<Finding>,
}

impl CheckReport {
    /// Everything that was looked at, in the order of [`CheckSubject`].
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What is wrong.
    pub fn problems(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.problem.is_some())
    }

    /// Whether all is well.
    pub fn is_ok(&self) -> bool {
        self.problems().next().is_none()
    }
}

/// One line for each subject.
impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.findings.iter().enumerate() {
            let joint = if index == 0 { "" } else { "\n" };
            write!(f, "{joint}{finding}")?;
        }
        Ok(())
    }
}

type Tried = BoxFuture<Result<(), Error>>;

/// A check that is carried out when it is awaited: see [`Client::check`].
#[must_use = "nothing is checked until it is awaited"]
pub struct Check {
    client: Client,
    reads: Vec<Tried>,
    /// A call that is not a read and was not taken.
    refused: Option<Error>,
}

impl Check {
    pub(super) fn of(client: &Client) -> Self {
        Check { client: client.clone(), reads: Vec::new(), refused: None }
    }

    /// Sends this read too, to see whether the user may do it. What it answers is not looked at. A call that changes something is not
    /// sent, and counts as a problem.
    pub fn may<T, K>(mut self, call: Call<T, K>) -> Self
    where
        T: MaybeSend + 'static,
        K: Kind<T> + 'static,
    {
        let operation = call.request().operation;
        if operation.safety == Safety::Read {
            self.reads.push(Box::pin(async move { call.await.map(drop) }));
        } else {
            let refused = Error::request("a check sends nothing but reads").at(operation.id);
            self.refused.get_or_insert(refused);
        }
        self
    }

    async fn report(self) -> CheckReport {
        let mut findings = Vec::new();
        let is_there = reach(&self.client, &mut findings).await;
        let is_stored = store(&self.client, &mut findings).await;
        if is_there && is_stored && credential(&self.client, &mut findings).await {
            let before = findings.len();
            for read in self.reads {
                findings.extend(read.await.err().map(permission));
            }
            findings.extend(self.refused.map(permission));
            if findings.len() == before {
                findings.push(Finding::good(CheckSubject::Permission));
            }
        }
        CheckReport { findings }
    }
}

impl IntoFuture for Check {
    type Output = CheckReport;
    type IntoFuture = BoxFuture<CheckReport>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.report())
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").field("client", &self.client).field("reads", &self.reads.len()).finish_non_exhaustive()
    }
}

/// Asks without credentials: who answers, what, and when. Whether an instance is there.
async fn reach(client: &Client, findings: &mut Vec<Finding>) -> bool {
    let answer = client.api().get_config().auth_mode(AuthMode::None).await;
    let (status, headers) = match &answer {
        Ok(answer) => (Some(answer.status()), Some(answer.headers().clone())),
        Err(error) => (error.status(), error.headers().cloned()),
    };
    let (Some(status), Some(headers)) = (status, headers) else {
        let remedy = "look at the host of the base URL, the network, the proxy and the certificates";
        findings.extend(answer.err().map(|error| Finding::failed(CheckSubject::Connection, error, remedy)));
        return false;
    };
    findings.push(Finding::good(CheckSubject::Connection));
    // An instance asks who is there.
    let is_there = matches!(status.as_u16(), 200 | 401 | 403);
    findings.push(match answer {
        Err(error) if status.is_server_error() => {
            Finding::failed(CheckSubject::Instance, error, "try again later, or ask who runs the instance")
        }
        Err(error) if !is_there => {
            let remedy = "name origin and instance in the base URL, as in https://cloud.zeyos.com/demo";
            Finding::failed(CheckSubject::Instance, error, remedy)
        }
        _ => Finding::good(CheckSubject::Instance),
    });
    findings.extend(clock(client, &headers));
    is_there
}

/// Compares the clocks, where the server tells its time.
fn clock(client: &Client, headers: &HeaderMap) -> Option<Finding> {
    let RetryAfter::At(there) = RetryAfter::parse(headers.get(header::DATE)?.to_str().ok()?)? else { return None };
    let here = client.0.handle().now();
    let ahead = here.as_unix().saturating_sub(there.as_unix());
    let apart = ahead.unsigned_abs();
    if apart <= CLOCKS.as_secs() {
        return Some(Finding::good(CheckSubject::Clock));
    }
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    let problem = format!("the clock of this machine is {apart} s {side} that of the server");
    Some(Finding::bad(
        CheckSubject::Clock,
        problem,
        "set it, best by NTP: tokens are renewed too late or too early otherwise",
    ))
}

async fn store(client: &Client, findings: &mut Vec<Finding>) -> bool {
    let checked = client.auth().check_store().await;
    let is_good = checked.is_ok();
    findings.push(match checked {
        Ok(()) => Finding::good(CheckSubject::Store),
        Err(error) => {
            let remedy = "make it writable for this program: tokens that cannot be kept are lost when it ends";
            Finding::failed(CheckSubject::Store, error, remedy)
        }
    });
    is_good
}

/// Asks who the user is, with the credential of the client. Whether it is taken.
async fn credential(client: &Client, findings: &mut Vec<Finding>) -> bool {
    if let Some(loss) = client.auth().status().lost {
        findings.push(Finding::bad(CheckSubject::Credential, loss.to_string(), "sign in again"));
        return false;
    }
    let answer = client.api().get_config().await;
    let remedy = match &answer {
        Ok(_) => {
            findings.push(Finding::good(CheckSubject::Credential));
            return true;
        }
        Err(error) if error.refusal().is_some() => "give the client a token, a login or a session cookie",
        Err(error) if error.is_auth() => "sign in again",
        Err(error) if error.is_forbidden() => {
            // Who is refused for lack of permission was known.
            findings.push(Finding::good(CheckSubject::Credential));
            findings.extend(answer.err().map(permission));
            return false;
        }
        Err(_) => "try again later",
    };
    findings.extend(answer.err().map(|error| Finding::failed(CheckSubject::Credential, error, remedy)));
    false
}

fn permission(error: Error) -> Finding {
    let remedy = if error.is_forbidden() {
        "give the user, or the application behind the token, the permission in ZeyOS"
    } else if error.is_request() {
        "check it with a read of the same resource"
    } else {
        "make the call by itself and look at its error"
    };
    Finding::failed(CheckSubject::Permission, error, remedy)
}
