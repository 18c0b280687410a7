//! Registration and profile of agents, and the older sign-in without a browser.

use super::error::Doing;
use super::{
    AgentAuthRequest, AgentAuthResponse, AgentProfile, AgentProfileUpdate, AgentRegistrationRequest,
    AgentRegistrationResponse, AuthAgent, AuthError,
};

impl AuthAgent {
    /// Registers an agent under an identifier and a secret of its own choice. No credential of this client goes along.
    ///
    /// # Errors
    /// With the code of the server, where the identifier is taken or there were too many registrations.
    pub async fn register_agent(
        &self,
        request: AgentRegistrationRequest,
    ) -> Result<AgentRegistrationResponse, AuthError> {
        let answer = self.raw().register_agent(request).await;
        Ok(answer.map_err(|error| AuthError::of(Doing::Other, error, &self.client.handle()))?.into_inner())
    }

    /// Signs the agent in without a browser, in the older way: the answer names where its challenge is. Identifier and secret are
    /// those of this client.
    ///
    /// # Errors
    /// With the code of the server, such as `invalid_credentials`.
    pub async fn authenticate_agent(&self, request: AgentAuthRequest) -> Result<AgentAuthResponse, AuthError> {
        let answer = self.raw().authenticate_agent(request).await;
        Ok(answer.map_err(|error| AuthError::of(Doing::Other, error, &self.client.handle()))?.into_inner())
    }

    /// The profile of the agent that the access token belongs to.
    ///
    /// # Errors
    /// As [`user_info`](AuthAgent::user_info).
    pub async fn profile(&self) -> Result<AgentProfile, AuthError> {
        self.with_token(self.raw().get_agent_profile()).await
    }

    /// Changes members of the profile. What is not set stays.
    ///
    /// # Errors
    /// As [`user_info`](AuthAgent::user_info).
    pub async fn update_profile(&self, update: AgentProfileUpdate) -> Result<AgentProfile, AuthError> {
        self.with_token(self.raw().update_agent_profile(update)).await
    }
}
