//! A machine that starts from a kernel of its own and is held until somebody listens to its serial line.

use libvirt_backend::private_session::PrivateSession;

use crate::needs::LinuxGuest;
use crate::serial::SerialLine;
use crate::session::virsh;

/// What differs between such machines; each shows VNC and D-Bus displays and has a tablet.
pub(crate) struct DirectBoot<'guest> {
    pub(crate) name: &'guest str,
    pub(crate) files: &'guest LinuxGuest,
    pub(crate) memory_mib: u32,
    pub(crate) command_line: &'guest str,
    /// More devices, as XML.
    pub(crate) devices: &'guest str,
}

impl DirectBoot<'_> {
    /// Starts it on hold and opens its line, so that no word is missed.
    #[track_caller]
    pub(crate) fn hold(&self, session: &PrivateSession) -> SerialLine {
        let Self { name, files, .. } = self;
        let serial = session.folder().join(format!("{name}.sock"));
        let xml = format!(
            "<domain type='qemu'><name>{name}</name><memory unit='MiB'>{}</memory><vcpu>1</vcpu>\
             <os><type arch='x86_64' machine='q35'>hvm</type><kernel>{}</kernel><initrd>{}</initrd>\
             <cmdline>{}</cmdline></os><features><acpi/><apic/></features><devices>\
             <controller type='usb' model='qemu-xhci'/><controller type='virtio-serial'/><input type='tablet' bus='usb'/>\
             <serial type='unix'><source mode='bind' path='{}'/></serial>\
             <graphics type='vnc'><listen type='socket'/></graphics><graphics type='dbus' p2p='yes'/>\
             <video><model type='virtio'/></video>{}</devices></domain>",
            self.memory_mib,
            files.kernel.display(),
            files.initrd.display(),
            self.command_line.replace('&', "&amp;").replace('<', "&lt;"),
            serial.display(),
            self.devices,
        );
        let file = session.folder().join(format!("{name}.xml"));
        std::fs::write(&file, xml).unwrap();
        virsh(session, &["define", file.to_str().unwrap()]);
        virsh(session, &["start", name, "--paused"]);
        SerialLine::of_socket(&serial)
    }
}
