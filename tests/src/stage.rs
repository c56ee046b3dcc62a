//! The Linux guest with a graphics card, whose only program paints on command and tells what reaches it.
//!
//! `tests/guest/stage.h` lists what it can be told; `scripts/build-guest` makes it.

use std::path::PathBuf;
use std::time::Duration;

use libvirt_backend::model::MachineId;
use libvirt_backend::private_session::PrivateSession;

use crate::direct_boot::DirectBoot;
use crate::guest::LINUX_PATIENCE;
use crate::needs::drm_guest;
use crate::serial::SerialLine;
use crate::session::virsh;

/// An answer over the serial port, on a computer that has other things to do.
const PATIENCE: Duration = Duration::from_mins(1);
const SOON: Duration = Duration::from_secs(1);
const MEMORY_MIB: u32 = 256;
/// What carries the clipboard; snapshots are refused while it is there.
const AGENT: &str = "<channel type='qemu-vdagent'><source><clipboard copypaste='yes'/></source>\
    <target type='virtio' name='com.redhat.spice.0'/></channel>";

/// A machine of a private session that shows VNC and D-Bus displays and tells what reaches it.
pub struct Stage<'session> {
    session: &'session PrivateSession,
    name: String,
    line: SerialLine,
}

impl<'session> Stage<'session> {
    /// Starts it and waits until it paints.
    #[track_caller]
    pub fn start(session: &'session PrivateSession, name: &str) -> Self {
        Self::boot(session, name, true, "")
    }

    /// The same with a mouse and without a tablet.
    #[track_caller]
    pub fn without_tablet(session: &'session PrivateSession, name: &str) -> Self {
        Self::boot(session, name, false, "")
    }

    /// The same with the agent's channel for the clipboard.
    #[track_caller]
    pub fn with_clipboard(session: &'session PrivateSession, name: &str) -> Self {
        Self::boot(session, name, true, AGENT)
    }

    #[track_caller]
    fn boot(session: &'session PrivateSession, name: &str, has_tablet: bool, devices: &str) -> Self {
        let mut line = DirectBoot {
            name,
            files: &drm_guest().expect("the guest with a graphics card should have been required"),
            memory_mib: MEMORY_MIB,
            command_line: "quiet",
            has_tablet,
            devices,
        }
        .hold(session);
        virsh(session, &["resume", name]);
        line.expect("BERTH-READY\n", LINUX_PATIENCE);
        Self {
            session,
            name: name.to_owned(),
            line,
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn id(&self) -> MachineId {
        let uuid = virsh(self.session, &["domuuid", &self.name]);
        uuid.trim().parse().expect("libvirt's own UUID")
    }

    /// Where its VNC server listens.
    pub fn vnc_socket(&self) -> PathBuf {
        let uri = virsh(self.session, &["domdisplay", &self.name, "--type", "vnc"]);
        PathBuf::from(uri.trim().trim_start_matches("vnc+unix://"))
    }

    /// Tells it something and waits for the line that begins with `answer`: what follows there.
    #[track_caller]
    pub fn ask(&mut self, command: &str, answer: &str) -> String {
        self.line.send(&format!("{command}\n"));
        self.hear(answer)
    }

    /// The same: what it said before its answer.
    #[track_caller]
    pub fn ask_what_was(&mut self, command: &str, answer: &str) -> String {
        self.line.send(&format!("{command}\n"));
        self.hear_until(answer)
    }

    /// A new line to it, once it runs as another process.
    #[track_caller]
    pub fn call_again(&mut self) {
        let socket = self.session.folder().join(format!("{}.sock", self.name));
        self.line = SerialLine::of_socket(&socket);
    }

    /// Waits for the line that begins with `words`: what follows there. What it said before is forgotten.
    #[track_caller]
    pub fn hear(&mut self, words: &str) -> String {
        self.line.expect(words, PATIENCE);
        self.line.expect("\n", PATIENCE)
    }

    /// Has it said this line, or does it within moments?
    #[track_caller]
    pub fn says(&mut self, line: &str) -> bool {
        self.line.says(&format!("{line}\n"), SOON)
    }

    /// Everything that it says up to this line.
    #[track_caller]
    pub fn hear_until(&mut self, line: &str) -> String {
        self.line.expect(&format!("{line}\n"), PATIENCE)
    }

    /// `still`, `checker`, `noise`, `box`, `cursor` or `typing`.
    #[track_caller]
    pub fn paint(&mut self, picture: &str) {
        self.ask(picture, "painting ");
    }
}
