//! Deleting a machine: only what was ticked on the list of everything that could go.

use std::path::PathBuf;

use virt::sys;

use super::call::{Failed as _, Found, find, has_code};
use super::delete_plan::plan;
use super::medium::refused;
use super::protocol::history;
use super::{Context, files, lifecycle};
use crate::command::{DeleteFile, DeleteFileKind, DeletePlan, DeleteRequest, JobStep, Outcome};
use crate::error::{Error, InputProblem, MediumProblem, Result, Verb};
use crate::guard::Denied;
use crate::model::MachineId;

/// Undefines the machine, then deletes the files that were ticked. What stayed is told with the reason.
pub(crate) fn delete(ctx: &Context<'_>, id: MachineId, request: &DeleteRequest) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::Checking);
    let is_active = found.is_active()?;
    if is_active && !request.force_off {
        return Err(Error::Denied(Denied::MustBeOff));
    }
    // What a QEMU that hangs cannot say is told once it is gone; of a transient machine nothing is told then.
    let is_planned_later = is_active && found.is_persistent()? && !found.answers(ctx)?;
    let force_off = || {
        ctx.step(JobStep::ForcingOff);
        lifecycle::destroy(&found)
    };
    if is_planned_later {
        force_off()?;
    }
    let plan = plan(ctx, &found)?;
    let chosen = chosen(&plan, request)?;
    if is_active && !is_planned_later {
        force_off()?;
    }
    ctx.step(JobStep::Undefining);
    let keeps = |kind| {
        plan.files
            .iter()
            .any(|file| file.kind == kind && !request.files.contains(&file.path))
    };
    let keeps = Keeps {
        nvram: keeps(DeleteFileKind::Nvram),
        tpm: keeps(DeleteFileKind::TpmState),
    };
    undefine(&found, keeps)?;
    history::forget(&ctx.paths.state_folder, id);
    ctx.step(JobStep::DeletingFiles);
    let stayed: Vec<(PathBuf, String)> = chosen
        .iter()
        .filter(|file| !is_libvirts_own(file.kind))
        .filter_map(|file| files::delete(ctx, &file.path).err().map(|why| (file.path.clone(), why)))
        .collect();
    if stayed.is_empty() {
        Ok(Outcome::Done)
    } else {
        Ok(Outcome::DeletedExcept(stayed))
    }
}

fn chosen<'a>(plan: &'a DeletePlan, request: &DeleteRequest) -> Result<Vec<&'a DeleteFile>> {
    request
        .files
        .iter()
        .map(|path| {
            let listed = plan.files.iter().find(|file| file.path == *path);
            match listed {
                None => Err(Error::InvalidInput(InputProblem::FileNotListed)),
                Some(file) if !file.used_by.is_empty() => Err(refused(path, MediumProblem::InUse)),
                Some(file) => Ok(file),
            }
        })
        .collect()
}

/// libvirt removes these with the definition.
const fn is_libvirts_own(kind: DeleteFileKind) -> bool {
    matches!(
        kind,
        DeleteFileKind::Nvram | DeleteFileKind::SavedState | DeleteFileKind::TpmState
    )
}

/// What stays of that which libvirt would remove.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Keeps {
    nvram: bool,
    tpm: bool,
}

/// Removes the definition with everything libvirt itself keeps for it. A transient domain went when it stopped.
pub(super) fn undefine(found: &Found, keeps: Keeps) -> Result<()> {
    let nvram = if keeps.nvram {
        sys::VIR_DOMAIN_UNDEFINE_KEEP_NVRAM
    } else {
        sys::VIR_DOMAIN_UNDEFINE_NVRAM
    };
    let tpm = if keeps.tpm {
        sys::VIR_DOMAIN_UNDEFINE_KEEP_TPM
    } else {
        sys::VIR_DOMAIN_UNDEFINE_TPM
    };
    let basic = sys::VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | sys::VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA;
    let flags = basic | sys::VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | nvram;
    // Older daemons know no TPMs' state, some drivers neither checkpoints nor variables.
    let tries = if keeps.tpm {
        vec![flags | tpm]
    } else {
        vec![flags | tpm, flags, basic]
    };
    let mut undefined = Ok(());
    for flags in tries {
        undefined = found.domain.undefine_flags(flags).failed(Verb::Undefine, &found.name);
        if !matches!(&undefined, Err(error) if has_code(error, sys::VIR_ERR_INVALID_ARG)) {
            break;
        }
    }
    match undefined {
        Err(error) if has_code(&error, sys::VIR_ERR_NO_DOMAIN) => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::delete_plan::delete_plan;
    use super::super::lifecycle::start;
    use super::super::test_host::TestHost;
    use super::*;

    fn disk(path: &Path, device: &str, target: &str) -> String {
        format!(
            "<disk type='file' device='{device}'><source file='{}'/><target dev='{target}' bus='sata'/></disk>",
            path.display()
        )
    }

    fn plan_of(host: &TestHost, id: MachineId) -> DeletePlan {
        match host.run(|ctx| delete_plan(ctx, id)) {
            Ok(Outcome::DeletePlan(plan)) => plan,
            other => panic!("{other:?}"),
        }
    }

    fn request(files: &[&Path]) -> DeleteRequest {
        DeleteRequest {
            files: files.iter().map(|&path| path.to_owned()).collect(),
            force_off: false,
        }
    }

    #[test]
    fn a_plan_lists_disks_but_no_discs_and_ticks_nothing_that_was_brought() {
        let host = TestHost::new();
        let devices = [
            disk(Path::new("/x/d"), "disk", "sda"),
            disk(Path::new("/x/iso"), "cdrom", "sdb"),
        ]
        .concat();
        let id = host.define_with("guest", &devices);
        let plan = plan_of(&host, id);
        assert_eq!(plan.files.len(), 1, "{plan:?}");
        assert_eq!(plan.files[0].path, Path::new("/x/d"));
        assert_eq!(plan.files[0].kind, DeleteFileKind::ImportedDisk);
        assert!(!plan.files[0].is_preselected);
    }

    #[test]
    fn a_file_that_another_machine_uses_is_named_and_stays() {
        let host = TestHost::new();
        let shared = disk(Path::new("/x/d"), "disk", "sda");
        let id = host.define_with("one", &shared);
        host.define_with("two", &shared);
        assert_eq!(plan_of(&host, id).files[0].used_by, ["two"]);
        let refusal = host.run(|ctx| delete(ctx, id, &request(&[Path::new("/x/d")])));
        assert_eq!(refusal, Err(refused(Path::new("/x/d"), MediumProblem::InUse)));
        assert_eq!(host.connection.list_all_domains(0).unwrap().len(), 2);
    }

    #[test]
    fn a_file_that_no_plan_listed_is_refused_and_the_machine_stays() {
        let host = TestHost::new();
        let id = host.define("guest");
        let refusal = host.run(|ctx| delete(ctx, id, &request(&[Path::new("/etc/passwd")])));
        assert_eq!(refusal, Err(Error::InvalidInput(InputProblem::FileNotListed)));
        assert_eq!(host.connection.list_all_domains(0).unwrap().len(), 1);
    }

    #[test]
    fn a_running_machine_goes_only_with_leave_to_force_it_off() {
        let host = TestHost::new();
        let id = host.define("guest");
        host.run(|ctx| start(ctx, id)).unwrap();
        assert_eq!(
            host.run(|ctx| delete(ctx, id, &request(&[]))),
            Err(Error::Denied(Denied::MustBeOff))
        );
        assert!(host.is_active(id));
        let forced = DeleteRequest {
            force_off: true,
            ..DeleteRequest::default()
        };
        assert_eq!(host.run(|ctx| delete(ctx, id, &forced)), Ok(Outcome::Done));
        assert!(host.connection.list_all_domains(0).unwrap().is_empty());
    }
}
