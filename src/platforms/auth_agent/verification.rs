//! Proof of presence: a challenge, and its answer.

use std::time::Duration;

use zeyos_core::JsonMap;

use super::{AuthAgent, AuthError, ChallengeResponse, VerificationConfirmRequest};

impl AuthAgent {
    /// Asks whether there is a challenge for the agent: until there is one, `ok` is false.
    ///
    /// # Errors
    /// As [`user_info`](AuthAgent::user_info).
    pub async fn request_challenge(&self) -> Result<ChallengeResponse, AuthError> {
        self.with_token(self.raw().request_challenge()).await
    }

    /// Answers a challenge with its four members, unchanged.
    ///
    /// # Errors
    /// As [`user_info`](AuthAgent::user_info); `invalid_request` for a challenge that lacks one of them, before anything is sent.
    pub async fn confirm_verification(&self, challenge: &ChallengeResponse) -> Result<JsonMap, AuthError> {
        let ChallengeResponse {
            challenge: Some(text),
            expires: Some(expires),
            sig: Some(sig),
            verify_ctx_id: Some(id),
            ..
        } = challenge
        else {
            return Err(AuthError::local("invalid_request", "the challenge is not whole"));
        };
        let request = VerificationConfirmRequest::new(text.as_str(), *expires, sig.as_str(), id.as_str());
        self.with_token(self.raw().confirm_verification(request)).await
    }

    /// How far the verification of the agent is. What the answer holds is not documented.
    ///
    /// # Errors
    /// As [`user_info`](AuthAgent::user_info).
    pub async fn verify_status(&self) -> Result<JsonMap, AuthError> {
        self.with_token(self.raw().get_verify_status()).await
    }

    /// Asks for a challenge, again and again, and answers it: whether that was done in time. With a context only a challenge of that
    /// verification counts. The JavaScript library takes 30 seconds and an interval of two.
    ///
    /// # Errors
    /// As [`user_info`](AuthAgent::user_info).
    pub async fn poll_and_authenticate(
        &self,
        context: Option<&str>,
        timeout: Duration,
        interval: Duration,
    ) -> Result<bool, AuthError> {
        let handle = self.client.handle();
        let start = handle.monotonic();
        loop {
            let challenge = self.request_challenge().await?;
            let is_meant = context.is_none_or(|context| challenge.verify_ctx_id.as_deref() == Some(context));
            if challenge.ok && is_meant {
                self.confirm_verification(&challenge).await?;
                return Ok(true);
            }
            if handle.monotonic().saturating_sub(start).saturating_add(interval) > timeout {
                return Ok(false);
            }
            handle.sleep(interval).await;
        }
    }
}
