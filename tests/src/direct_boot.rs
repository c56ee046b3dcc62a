//! A machine that starts from a kernel of its own and is held until somebody listens to its serial line.

use libvirt_backend::private_session::PrivateSession;

use crate::needs::LinuxGuest;
use crate::serial::SerialLine;
use crate::session::virsh;

/// What the measuring programs start too.
const DEFINITION: &str = include_str!("../guest/direct-boot.xml");

const TABLET: &str = "<input type='tablet' bus='usb'/>";

/// What differs between such machines; each shows VNC and D-Bus displays.
pub(crate) struct DirectBoot<'guest> {
    pub(crate) name: &'guest str,
    pub(crate) files: &'guest LinuxGuest,
    pub(crate) memory_mib: u32,
    pub(crate) command_line: &'guest str,
    /// Without, its pointer is a mouse.
    pub(crate) has_tablet: bool,
    /// More devices, as XML.
    pub(crate) devices: &'guest str,
}

impl DirectBoot<'_> {
    /// Starts it on hold and opens its line, so that no word is missed.
    #[track_caller]
    pub(crate) fn hold(&self, session: &PrivateSession) -> SerialLine {
        let Self { name, files, .. } = self;
        let serial = session.folder().join(format!("{name}.sock"));
        let command_line = self.command_line.replace('&', "&amp;").replace('<', "&lt;");
        assert!(DEFINITION.contains(TABLET), "the definition without a tablet");
        let xml = DEFINITION
            .replace(TABLET, if self.has_tablet { TABLET } else { "" })
            .replace("@NAME@", name)
            .replace("@MEMORY_MIB@", &self.memory_mib.to_string())
            .replace("@KERNEL@", &files.kernel.display().to_string())
            .replace("@INITRD@", &files.initrd.display().to_string())
            .replace("@COMMAND_LINE@", &command_line)
            .replace("@SERIAL@", &serial.display().to_string())
            .replace("@DEVICES@", self.devices);
        let file = session.folder().join(format!("{name}.xml"));
        std::fs::write(&file, xml).unwrap();
        virsh(session, &["define", file.to_str().unwrap()]);
        virsh(session, &["start", name, "--paused"]);
        SerialLine::of_socket(&serial)
    }
}
