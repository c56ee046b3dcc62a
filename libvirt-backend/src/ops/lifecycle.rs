//! Start, stop and everything between: one libvirt call each, with the waiting that belongs to it.

use std::time::{Duration, Instant};

use virt::sys;

use super::call::{Failed as _, Found, find, has_code, last_seen};
use super::{Context, agent};
use crate::command::{JobStep, Outcome};
use crate::error::{Error, Result, Verb};
use crate::model::{MachineId, State};

/// Between two looks at a guest that was asked to stop.
const POLL: Duration = Duration::from_millis(200);

/// Starts the machine; libvirt resumes its saved state where there is one.
pub(crate) fn start(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::Starting);
    start_found(&found)?;
    Ok(Outcome::Done)
}

pub(super) fn start_found(found: &Found) -> Result<()> {
    found.domain.create_with_flags(0).failed(Verb::Start, &found.name)
}

/// Asks the guest to stop and waits for it. Cancelling ends the waiting; the guest has been asked all the same.
pub(crate) fn shutdown(ctx: &Context<'_>, id: MachineId, grace: Duration) -> Result<Outcome> {
    let found = find(ctx, id)?;
    let end = Instant::now() + grace;
    ask_to_stop(ctx, &found)?;
    ctx.cancellable_step(JobStep::WaitingForGuest)?;
    while found.is_active()? {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(Outcome::StillRunning);
        }
        ctx.cancel.wait(left.min(POLL))?;
    }
    Ok(Outcome::Done)
}

fn ask_to_stop(ctx: &Context<'_>, found: &Found) -> Result<()> {
    if is_agent_connected(ctx, found.id) {
        ctx.step(JobStep::AskingAgent);
        agent::limit_answer_time(found);
        match found.domain.shutdown_flags(sys::VIR_DOMAIN_SHUTDOWN_GUEST_AGENT) {
            Ok(()) => return Ok(()),
            // The power button is the other way, and works without the guest's help.
            Err(error) => tracing::info!(machine = %found.name, %error, "the agent did not shut the guest down"),
        }
        ctx.cancel.check()?;
    }
    ctx.step(JobStep::AskingAcpi);
    let mut asked = found
        .domain
        .shutdown_flags(sys::VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN)
        .failed(Verb::Shutdown, &found.name);
    if matches!(&asked, Err(error) if has_code(error, sys::VIR_ERR_INVALID_ARG)) {
        // A driver that knows one way only.
        asked = found.domain.shutdown().failed(Verb::Shutdown, &found.name);
    }
    gone_is_fine(found, asked)
}

/// The guest may have stopped by itself while it was being asked.
fn gone_is_fine(found: &Found, result: Result<()>) -> Result<()> {
    match result {
        Err(error) if is_about_being_off(&error) && !found.is_active()? => Ok(()),
        other => other,
    }
}

const fn is_about_being_off(error: &Error) -> bool {
    has_code(error, sys::VIR_ERR_OPERATION_INVALID) || has_code(error, sys::VIR_ERR_NO_DOMAIN)
}

fn is_agent_connected(ctx: &Context<'_>, id: MachineId) -> bool {
    last_seen(ctx, id).is_some_and(|machine| machine.is_agent_connected)
}

/// Asks the guest to start anew; does not wait until it did.
pub(crate) fn reboot(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    if is_agent_connected(ctx, id) {
        ctx.step(JobStep::AskingAgent);
        agent::limit_answer_time(&found);
        match found.domain.reboot(sys::VIR_DOMAIN_REBOOT_GUEST_AGENT) {
            Ok(()) => return Ok(Outcome::Done),
            Err(error) => tracing::info!(machine = %found.name, %error, "the agent did not reboot the guest"),
        }
        ctx.cancel.check()?;
    }
    ctx.step(JobStep::Rebooting);
    let mut asked = found
        .domain
        .reboot(sys::VIR_DOMAIN_REBOOT_ACPI_POWER_BTN)
        .failed(Verb::Reboot, &found.name);
    if matches!(&asked, Err(error) if has_code(error, sys::VIR_ERR_INVALID_ARG)) {
        asked = found.domain.reboot(0).failed(Verb::Reboot, &found.name);
    }
    asked.map(|()| Outcome::Done)
}

/// The reset button: the guest is not asked.
pub(crate) fn reset(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::Resetting);
    found.domain.reset().failed(Verb::Reset, &found.name)?;
    Ok(Outcome::Done)
}

/// Pulls the plug. A machine that is off already is what was wanted.
pub(crate) fn force_off(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::ForcingOff);
    destroy(&found)?;
    Ok(Outcome::Done)
}

pub(super) fn destroy(found: &Found) -> Result<()> {
    let destroyed = found.domain.destroy_flags(0).failed(Verb::Destroy, &found.name);
    gone_is_fine(found, destroyed)
}

pub(crate) fn pause(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::Pausing);
    found.domain.suspend().failed(Verb::Suspend, &found.name)?;
    Ok(Outcome::Done)
}

/// Lets a paused guest go on; wakes one that put itself to sleep.
pub(crate) fn resume(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::Resuming);
    let is_asleep = last_seen(ctx, id).is_some_and(|machine| machine.state == State::Asleep);
    if is_asleep {
        found.domain.pm_wakeup(0).failed(Verb::Resume, &found.name)?;
    } else {
        found.domain.resume().failed(Verb::Resume, &found.name)?;
    }
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::super::test_host::TestHost;
    use super::*;

    #[test]
    fn a_machine_goes_through_its_life() {
        let host = TestHost::new();
        let id = host.define("guest");
        assert_eq!(host.run(|ctx| start(ctx, id)), Ok(Outcome::Done));
        assert!(host.is_active(id));
        assert_eq!(host.run(|ctx| pause(ctx, id)), Ok(Outcome::Done));
        assert_eq!(host.state_word(id), "paused");
        assert_eq!(host.run(|ctx| resume(ctx, id)), Ok(Outcome::Done));
        assert_eq!(host.state_word(id), "running");
        assert_eq!(
            host.run(|ctx| shutdown(ctx, id, Duration::from_secs(5))),
            Ok(Outcome::Done)
        );
        assert!(!host.is_active(id));
    }

    #[test]
    fn starting_twice_is_libvirts_own_refusal() {
        let host = TestHost::new();
        let id = host.define("guest");
        host.run(|ctx| start(ctx, id)).unwrap();
        let error = host.run(|ctx| start(ctx, id)).unwrap_err();
        let Error::Libvirt { verb, object, source } = error else {
            panic!("{error:?}")
        };
        assert_eq!((verb, object.as_str()), (Verb::Start, "guest"));
        assert!(!source.message.is_empty() && source.code != 0, "{source:?}");
    }

    #[test]
    fn a_machine_that_is_off_needs_no_forcing() {
        let host = TestHost::new();
        let id = host.define("guest");
        assert_eq!(host.run(|ctx| force_off(ctx, id)), Ok(Outcome::Done));
        host.run(|ctx| start(ctx, id)).unwrap();
        assert_eq!(host.run(|ctx| force_off(ctx, id)), Ok(Outcome::Done));
        assert!(!host.is_active(id));
    }

    #[test]
    fn a_machine_that_is_gone_is_named() {
        let host = TestHost::new();
        let id: MachineId = "01234567-0123-0123-0123-0123456789ab".parse().unwrap();
        for outcome in [
            host.run(|ctx| start(ctx, id)),
            host.run(|ctx| force_off(ctx, id)),
            host.run(|ctx| shutdown(ctx, id, Duration::ZERO)),
        ] {
            assert_eq!(outcome, Err(Error::NoSuchMachine(id.to_string())));
        }
    }

    #[test]
    fn a_cancelled_job_does_not_wait() {
        let host = TestHost::new();
        let id = host.define("guest");
        host.run(|ctx| start(ctx, id)).unwrap();
        let outcome = host.run(|ctx| {
            ctx.cancel.cancel();
            shutdown(ctx, id, Duration::from_mins(10))
        });
        assert_eq!(outcome, Err(Error::Cancelled));
    }
}
