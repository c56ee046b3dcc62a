//! The guest agent, which may be silent: nothing here waits for it longer than a few seconds.

use std::time::Duration;

use super::call::Found;

/// A silent agent is given up after this.
pub(super) const ANSWER_TIME: Duration = Duration::from_secs(5);

/// Without it some calls wait for the agent for ever. A driver without agents refuses, which loses nothing.
pub(super) fn limit_answer_time(found: &Found) {
    if let Err(error) = found.domain.set_agent_timeout(ANSWER_TIME) {
        tracing::debug!(machine = %found.name, %error, "the agent's time was not limited");
    }
}
