//! Managed save: the machine's memory written to disk, to be resumed by the next start.

use super::Context;
use super::call::{Failed as _, find};
use super::clipboard::without_clipboard;
use super::job::with_job_progress;
use crate::command::{JobStep, Outcome};
use crate::error::{Result, Verb};
use crate::model::MachineId;

/// Writes memory to disk and stops. Cancelling aborts the writing and the guest goes on.
pub(crate) fn save(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.cancellable_step(JobStep::Saving)?;
    without_clipboard(ctx, &found, || {
        with_job_progress(ctx, &found, JobStep::Saving, || {
            ctx.cancel.while_abortable(id, || {
                found.domain.managed_save(0).failed(Verb::ManagedSave, &found.name)
            })
        })
    })?;
    Ok(Outcome::Done)
}

/// The next start boots afresh; what the guest had in memory is lost.
pub(crate) fn discard_saved_state(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::DeletingFiles);
    found
        .domain
        .managed_save_remove(0)
        .failed(Verb::RemoveManagedSave, &found.name)?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::super::lifecycle::start;
    use super::super::test_host::TestHost;
    use super::*;

    #[test]
    fn a_saved_machine_is_off_and_resumes_with_the_next_start() {
        let host = TestHost::new();
        let id = host.define("guest");
        host.run(|ctx| start(ctx, id)).unwrap();
        assert_eq!(host.run(|ctx| save(ctx, id)), Ok(Outcome::Done));
        assert!(!host.is_active(id));
        assert!(host.domain(id).has_managed_save(0).unwrap());
        host.run(|ctx| start(ctx, id)).unwrap();
        assert!(!host.domain(id).has_managed_save(0).unwrap());
    }

    #[test]
    fn a_discarded_state_is_gone() {
        let host = TestHost::new();
        let id = host.define("guest");
        host.run(|ctx| start(ctx, id)).unwrap();
        host.run(|ctx| save(ctx, id)).unwrap();
        assert_eq!(host.run(|ctx| discard_saved_state(ctx, id)), Ok(Outcome::Done));
        assert!(!host.domain(id).has_managed_save(0).unwrap());
    }
}
