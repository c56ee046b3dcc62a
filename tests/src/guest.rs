//! Guests under test, defined by hand so that the test reaches their serial port in both directions.

use std::path::{Path, PathBuf};
use std::time::Duration;

use libvirt_backend::boot_sector::{Mood, READY, interactive, linux_disk};
use libvirt_backend::private_session::{PrivateSession, demo};

use crate::needs::linux_guest;
use crate::serial::SerialLine;
use crate::session::virsh;
use crate::wait::wait_until;

/// Far more than a boot sector needs on a computer that has nothing else to do.
pub const BOOT_PATIENCE: Duration = Duration::from_secs(20);
/// A Linux kernel under software emulation, with two other guests beside it.
pub const LINUX_PATIENCE: Duration = Duration::from_mins(2);

/// Of the kernel's interface to programs; the same on every computer that Berth runs on.
const TICKS_PER_SECOND: u64 = 100;

/// A machine of a private session.
pub struct Guest<'session> {
    session: &'session PrivateSession,
    name: String,
}

impl<'session> Guest<'session> {
    /// Defines a machine that starts our boot sector from a qcow2 disk.
    #[track_caller]
    pub fn boot_sector(session: &'session PrivateSession, name: &str, mood: Mood) -> Self {
        Self::with_disk(session, name, |disk| {
            demo::write_qcow2(&interactive(mood), disk).unwrap();
        })
    }

    /// The same with QEMU's own display beside VNC.
    #[track_caller]
    pub fn with_fast_display(session: &'session PrivateSession, name: &str) -> Self {
        let write = |disk: &Path| demo::write_qcow2(&interactive(Mood::Calm), disk).unwrap();
        Self::with_devices(session, name, write, "<graphics type='dbus' p2p='yes'/>")
    }

    /// Defines a machine that starts from the qcow2 disk that `write` makes.
    #[track_caller]
    pub fn with_disk(session: &'session PrivateSession, name: &str, write: impl FnOnce(&Path)) -> Self {
        Self::with_devices(session, name, write, "")
    }

    #[track_caller]
    fn with_devices(session: &'session PrivateSession, name: &str, write: impl FnOnce(&Path), devices: &str) -> Self {
        let disk = session.folder().join(format!("{name}.qcow2"));
        write(&disk);
        let machine = Self::new(session, name);
        machine.define(64, "<boot dev='hd'/>", &disk, devices);
        machine
    }

    /// Defines a machine that starts the small Linux guest, with an agent, a network card and a scratch disk.
    #[track_caller]
    pub fn linux(session: &'session PrivateSession, name: &str) -> Self {
        let files = linux_guest().expect("the Linux guest should have been required");
        let disk = session.folder().join(format!("{name}.qcow2"));
        demo::write_qcow2(&vec![0; 64 << 20], &disk).unwrap();
        let boot = format!(
            "<kernel>{}</kernel><initrd>{}</initrd><cmdline>console=ttyS0 quiet</cmdline>",
            files.kernel.display(),
            files.initrd.display()
        );
        let machine = Self::new(session, name);
        machine.define(
            192,
            &boot,
            &disk,
            "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>\
             <interface type='user'><model type='virtio'/></interface>",
        );
        machine
    }

    /// The same with room for more: spare ports, a second processor that is not there yet, memory that can grow.
    #[track_caller]
    pub fn growing_linux(session: &'session PrivateSession, name: &str) -> Self {
        let files = linux_guest().expect("the Linux guest should have been required");
        let machine = Self::new(session, name);
        let ports = "<controller type='pci' model='pcie-root-port'/>".repeat(10);
        machine.define_xml(&format!(
            "<domain type='qemu'><name>{name}</name><maxMemory slots='2' unit='MiB'>1024</maxMemory>\
             <memory unit='MiB'>192</memory><vcpu current='1'>2</vcpu><iothreads>1</iothreads>\
             <os><type arch='x86_64' machine='q35'>hvm</type><kernel>{}</kernel><initrd>{}</initrd>\
             <cmdline>console=ttyS0 quiet memhp_default_state=online</cmdline></os><features><acpi/><apic/></features>\
             <cpu><numa><cell id='0' cpus='0-1' memory='192' unit='MiB'/></numa></cpu><devices>\
             <controller type='pci' model='pcie-root'/>{ports}<controller type='usb' model='qemu-xhci'/>\
             <serial type='unix'><source mode='bind' path='{}'/></serial></devices></domain>",
            files.kernel.display(),
            files.initrd.display(),
            machine.serial_socket().display()
        ));
        machine
    }

    /// The same Linux with memory to spare, and nothing that could be added to it.
    pub fn roomy_linux(session: &'session PrivateSession, name: &str, memory_mib: u32) -> Self {
        let files = linux_guest().expect("the Linux guest should have been required");
        let machine = Self::new(session, name);
        machine.define_xml(&format!(
            "<domain type='qemu'><name>{name}</name><memory unit='MiB'>{memory_mib}</memory><vcpu>1</vcpu>\
             <os><type arch='x86_64' machine='q35'>hvm</type><kernel>{}</kernel><initrd>{}</initrd>\
             <cmdline>console=ttyS0 quiet</cmdline></os><features><acpi/><apic/></features><devices>\
             <serial type='unix'><source mode='bind' path='{}'/></serial></devices></domain>",
            files.kernel.display(),
            files.initrd.display(),
            machine.serial_socket().display()
        ));
        machine
    }

    fn new(session: &'session PrivateSession, name: &str) -> Self {
        assert!(
            name.chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '-'),
            "{name:?} would have to be escaped"
        );
        Self {
            session,
            name: name.to_owned(),
        }
    }

    #[track_caller]
    fn define(&self, memory_mib: u32, boot: &str, disk: &Path, devices: &str) {
        let (name, serial, disk) = (&self.name, self.serial_socket(), disk.display());
        let xml = format!(
            "<domain type='qemu'><name>{name}</name><memory unit='MiB'>{memory_mib}</memory><vcpu>1</vcpu>\
             <os><type arch='x86_64' machine='q35'>hvm</type>{boot}</os><features><acpi/><apic/></features><devices>\
             <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{disk}'/>\
             <target dev='vda' bus='virtio'/></disk>\
             <serial type='unix'><source mode='bind' path='{}'/></serial>\
             <graphics type='vnc'><listen type='socket'/></graphics><video><model type='vga'/></video>\
             {devices}</devices></domain>",
            serial.display()
        );
        self.define_xml(&xml);
    }

    #[track_caller]
    fn define_xml(&self, xml: &str) {
        let file = self.session.folder().join(format!("{}.xml", self.name));
        std::fs::write(&file, xml).unwrap();
        self.virsh(&["define", file.to_str().unwrap()]);
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    fn serial_socket(&self) -> PathBuf {
        self.session.folder().join(format!("{}.sock", self.name))
    }

    /// Starts it and waits until it can be talked to.
    #[track_caller]
    pub fn start(&self, patience: Duration) -> SerialLine {
        // Held until the line is open, so that no word is missed.
        self.virsh(&["start", &self.name, "--paused"]);
        let mut line = SerialLine::of_socket(&self.serial_socket());
        self.virsh(&["resume", &self.name]);
        line.expect(READY, patience);
        line.expect("\n", patience);
        line
    }

    /// A new line to a machine that runs. The earlier one was hung up where QEMU was started anew.
    #[track_caller]
    pub fn line(&self) -> SerialLine {
        SerialLine::of_socket(&self.serial_socket())
    }

    /// virsh's word for its state.
    pub fn state(&self) -> String {
        self.virsh(&["domstate", &self.name]).trim().to_owned()
    }

    #[track_caller]
    pub fn wait_until_off(&self, patience: Duration) {
        wait_until("end of the guest", patience, || self.state() == "shut off");
    }

    /// CPU time that its QEMU used so far.
    #[track_caller]
    pub fn cpu_time(&self) -> Duration {
        let pid = self.session.qemu_pid(&self.name).expect("the guest should be running");
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND)
    }

    #[track_caller]
    fn virsh(&self, arguments: &[&str]) -> String {
        virsh(self.session, arguments)
    }
}

/// A qcow2 disk that starts the small Linux guest by itself; the scratch file system is on it too.
#[track_caller]
pub fn write_linux_disk(target: &Path) {
    let files = linux_guest().expect("the Linux guest should have been required");
    let (kernel, initrd) = (
        std::fs::read(files.kernel).unwrap(),
        std::fs::read(files.initrd).unwrap(),
    );
    let disk = linux_disk(&kernel, &initrd, "console=ttyS0 quiet", 64 << 20).expect("a kernel that our loader starts");
    demo::write_qcow2(&disk, target).unwrap();
}
