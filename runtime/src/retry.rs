//! When a call is sent again: by the safety of its operation, the policy, the time it has, and the budget of its origin.
//!
//! Exchanges of tokens, introspections and revocations by the client itself never come here.

mod budget;
mod tries;

pub(crate) use budget::Budgets;
pub(crate) use tries::{Circumstances, Outcome, Progress, Tries};
