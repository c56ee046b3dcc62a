//! Which machines need a person: stopped by an error, crashed, or not answering.

use libvirt_backend::model::{Machine, PauseReason, ShutOffReason, State};

pub fn needs_attention(machine: &Machine) -> bool {
    !machine.responding.is_yes() || is_trouble(machine.state)
}

/// A state that nobody asked for.
pub const fn is_trouble(state: State) -> bool {
    match state {
        State::Crashed => true,
        State::Paused(reason) => matches!(
            reason,
            PauseReason::IoError { .. }
                | PauseReason::Watchdog
                | PauseReason::Crashed
                | PauseReason::PostCopyFailed
                | PauseReason::ApiError
        ),
        State::ShutOff(reason) => matches!(reason, ShutOffReason::Crashed | ShutOffReason::Failed),
        State::Running | State::ShuttingDown | State::Asleep | State::Unknown => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_needs_attention_and_a_pause_on_request_does_not() {
        assert!(is_trouble(State::Paused(PauseReason::IoError { disk_full: true })));
        assert!(!is_trouble(State::Paused(PauseReason::User)));
        assert!(is_trouble(State::ShutOff(ShutOffReason::Crashed)));
        assert!(!is_trouble(State::ShutOff(ShutOffReason::Destroyed)));
    }
}
