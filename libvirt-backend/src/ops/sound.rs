//! Where a machine's sound goes: to the sound server of the user who runs it, where one answers.

use std::path::Path;

use super::call::{Failed as _, find, is_local, is_session};
use super::definition::{outcome, redefine};
use super::{Context, profile};
use crate::command::{JobStep, Outcome};
use crate::error::{Error, InputProblem, LibvirtError, Result, Verb};
use crate::model::{MachineId, Sound};
use crate::xml::domain::{SoundServer, with_sound};

/// True at the next start. A server is taken only after a tiny guest has reached it.
pub(crate) fn set_sound(ctx: &Context<'_>, id: MachineId, sound: Sound) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::Checking);
    let server = match sound {
        Sound::Off => None,
        Sound::Host => Some(reachable_server(ctx, &found.name)?),
    };
    ctx.step(JobStep::ChangingDevices);
    match redefine(ctx, &found, |xml| with_sound(xml, server.as_ref()))? {
        Some(_before) => outcome(&found),
        None => Ok(Outcome::Done),
    }
}

fn reachable_server(ctx: &Context<'_>, name: &str) -> Result<SoundServer> {
    // Another user's QEMU, or one of another computer, does not reach this desktop.
    if !is_local(ctx.uri) || !is_session(ctx.uri) {
        return Err(Error::InvalidInput(InputProblem::SoundNeedsSession));
    }
    let servers = std::env::var_os("XDG_RUNTIME_DIR").map(|folder| servers_in(Path::new(&folder)));
    let mut refusal: Option<LibvirtError> = None;
    for server in servers.unwrap_or_default() {
        match profile::try_sound(ctx, &server)? {
            Ok(()) => return Ok(server),
            Err(words) => refusal = Some(words),
        }
    }
    match refusal {
        Some(words) => Err::<SoundServer, _>(words).failed(Verb::TrySound, name),
        None => Err(Error::InvalidInput(InputProblem::NoSoundServer)),
    }
}

/// The newest kind first: its server stands in for the older one's too.
fn servers_in(runtime_folder: &Path) -> Vec<SoundServer> {
    let pulse = runtime_folder.join("pulse/native");
    let pipewire = runtime_folder
        .join("pipewire-0")
        .exists()
        .then(|| SoundServer::PipeWire {
            runtime_folder: runtime_folder.to_owned(),
        });
    let pulse = pulse.exists().then_some(SoundServer::PulseAudio { socket: pulse });
    pipewire.into_iter().chain(pulse).collect()
}

#[cfg(test)]
mod tests {
    use super::super::test_host::TestHost;
    use super::*;

    #[test]
    fn only_servers_that_wait_in_the_users_folder_are_tried() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(servers_in(folder.path()), []);
        std::fs::create_dir(folder.path().join("pulse")).unwrap();
        std::fs::write(folder.path().join("pulse/native"), "").unwrap();
        let pulse = SoundServer::PulseAudio {
            socket: folder.path().join("pulse/native"),
        };
        assert_eq!(servers_in(folder.path()), std::slice::from_ref(&pulse));
        std::fs::write(folder.path().join("pipewire-0"), "").unwrap();
        let pipewire = SoundServer::PipeWire {
            runtime_folder: folder.path().to_owned(),
        };
        assert_eq!(servers_in(folder.path()), [pipewire, pulse]);
    }

    #[test]
    fn a_machine_that_does_not_run_as_the_user_cannot_play_to_the_user() {
        let host = TestHost::new();
        let id = host.define("guest");
        assert_eq!(
            host.run(|ctx| set_sound(ctx, id, Sound::Host)),
            Err(Error::InvalidInput(InputProblem::SoundNeedsSession))
        );
        assert_eq!(host.run(|ctx| set_sound(ctx, id, Sound::Off)), Ok(Outcome::Done));
    }
}
