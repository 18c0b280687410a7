//! Events: something that the agent did.

use std::fmt;

use zeyos_core::JsonMap;

use super::{AuthAgent, AuthError, EventData};

/// What shows that a click happened, unless the caller has something better.
const EVIDENCE: &str = "oauth_authenticated";

/// How much of a result is sent, in characters.
const LONGEST_RESULT: usize = 2000;

/// A click of an agent that is signed in.
#[derive(Clone)]
#[must_use]
pub struct Click {
    selector: String,
    site: String,
    evidence: Option<String>,
}

impl Click {
    /// A click on this element of this site.
    pub fn new(selector: impl Into<String>, site: impl Into<String>) -> Self {
        Click { selector: selector.into(), site: site.into(), evidence: None }
    }

    /// What shows that it happened; `oauth_authenticated` unless set.
    pub fn evidence(mut self, evidence: impl Into<String>) -> Self {
        self.evidence = Some(evidence.into());
        self
    }
}

/// What came of a run of an agent.
#[derive(Clone)]
#[must_use]
pub struct PostRun {
    selector: String,
    site: String,
    result: String,
}

impl PostRun {
    /// A run that ended at this element of this site with this result, of which 2000 characters are sent.
    pub fn new(selector: impl Into<String>, site: impl Into<String>, result: impl Into<String>) -> Self {
        PostRun { selector: selector.into(), site: site.into(), result: result.into() }
    }
}

/// Without any text of the caller, which may be secret.
impl fmt::Debug for Click {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Click").finish_non_exhaustive()
    }
}

/// Without any text of the caller, which may be secret.
impl fmt::Debug for PostRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostRun").finish_non_exhaustive()
    }
}

impl From<Click> for EventData {
    fn from(click: Click) -> Self {
        let evidence = click.evidence.unwrap_or_else(|| EVIDENCE.to_owned());
        EventData::new("verified_click").selector(click.selector).site(click.site).evidence(evidence)
    }
}

impl From<PostRun> for EventData {
    fn from(run: PostRun) -> Self {
        let result: String = run.result.chars().take(LONGEST_RESULT).collect();
        EventData::new("post_run").selector(run.selector).site(run.site).result(result)
    }
}

impl AuthAgent {
    /// Reports something that the agent did, with members of any name. A repeat reports it twice. What the answer holds is not documented.
    ///
    /// # Errors
    /// As [`user_info`](AuthAgent::user_info).
    pub async fn send_event(&self, event: impl Into<EventData>) -> Result<JsonMap, AuthError> {
        self.with_token(self.raw().send_event(event.into())).await
    }

    /// Reports a click. No document names the event; it is sent as `verified_click`.
    ///
    /// # Errors
    /// As [`user_info`](AuthAgent::user_info).
    pub async fn send_verified_click(&self, click: Click) -> Result<JsonMap, AuthError> {
        self.send_event(click).await
    }

    /// Reports what came of a run. No document names the event; it is sent as `post_run`.
    ///
    /// # Errors
    /// As [`user_info`](AuthAgent::user_info).
    pub async fn send_post_run(&self, run: PostRun) -> Result<JsonMap, AuthError> {
        self.send_event(run).await
    }
}
