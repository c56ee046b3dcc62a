//! A Linux guest that runs is given devices, processors and memory, and gives them back: told by `berth`, read back
//! from libvirt, and seen in the guest.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use berth_tests::{Guest, LINUX_PATIENCE, Need, SerialLine, Terminal, require, wait_until};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_mins(1);
const MAC: &str = "52:54:00:aa:bb:cc";

/// Waits until this is true in the guest.
#[track_caller]
fn sees(line: &mut SerialLine, condition: &str) {
    // What is typed is echoed: only the answer has the sum in it.
    line.send(&format!("until {condition}; do sleep 0.2; done; echo seen-$((40+2))\n"));
    line.expect("seen-42", PATIENCE);
}

/// What became of each change.
fn fates(told: &Value) -> Vec<&str> {
    let changes = told["changes"].as_array().unwrap().iter();
    changes.map(|change| change["fate"].as_str().unwrap()).collect()
}

struct World<'a> {
    terminal: &'a Terminal,
}

impl World<'_> {
    fn xml(&self) -> String {
        self.terminal.session.virsh(&["dumpxml", "box"])
    }

    /// Does it, expects it to be done at once, and tells how long it took.
    #[track_caller]
    fn done(&self, arguments: &[&str]) {
        let output = self.terminal.berth(&[arguments, &["--json"]].concat());
        let told: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{arguments:?}: {output:?}"));
        let fates = fates(&told);
        assert!(fates.iter().all(|fate| *fate == "applied"), "{arguments:?}: {told}");
    }

    #[track_caller]
    fn add(&self, name: &str, xml: &str) {
        let file = self.terminal.home().join(format!("{name}.xml"));
        std::fs::write(&file, xml).unwrap();
        self.done(&["device", "add", "box", "--xml", file.to_str().unwrap()]);
    }

    #[track_caller]
    fn set(&self, settings: &[&str]) {
        let settings = settings.iter().flat_map(|setting| ["--set", setting]);
        let arguments: Vec<&str> = ["edit", "box"].into_iter().chain(settings).collect();
        self.done(&arguments);
    }

    #[track_caller]
    fn remove(&self, device: &str) {
        self.done(&["device", "remove", "box", device, "--yes"]);
    }
}

#[test]
fn a_linux_guest_takes_and_gives_back_devices_processors_and_memory() {
    if !require(&[Need::Libvirt, Need::LinuxGuest]) {
        return;
    }
    let Some(terminal) = Terminal::open() else { return };
    let guest = Guest::growing_linux(&terminal.session, "box");
    let mut line = guest.start(LINUX_PATIENCE);
    let world = World { terminal: &terminal };
    processors_and_shares(&world, &mut line);
    disk_and_card(&world, &mut line);
    memory(&world, &mut line);
    usb(&world);
    drop(line);
    terminal.session.virsh(&["destroy", "box"]);
}

fn processors_and_shares(world: &World<'_>, line: &mut SerialLine) {
    world.set(&[
        "vcpu.current=2",
        "cputune.vcpupin.0=0",
        "cputune.emulatorpin=0",
        "cputune.iothreadpin.1=0",
    ]);
    sees(line, "grep -q 0-1 /sys/devices/system/cpu/present");
    line.send("echo 1 >/sys/devices/system/cpu/cpu1/online\n");
    sees(line, "grep -q 0-1 /sys/devices/system/cpu/online");
    let xml = world.xml();
    assert!(xml.contains("<vcpu placement='static'>2</vcpu>"), "{xml}");
    for pin in [
        "<vcpupin vcpu='0' cpuset='0'/>",
        "<emulatorpin cpuset='0'/>",
        "<iothreadpin iothread='1' cpuset='0'/>",
    ] {
        assert!(xml.contains(pin), "{pin}: {xml}");
    }
    world.set(&["vcpu.current=1"]);
    sees(line, "grep -q '^0$' /sys/devices/system/cpu/present");
    assert!(world.xml().contains("current='1'>2</vcpu>"));
}

fn disk_and_card(world: &World<'_>, line: &mut SerialLine) {
    let image = world.terminal.home().join("more.img");
    std::fs::write(&image, vec![0; 8 << 20]).unwrap();
    world.add(
        "disk",
        &format!(
            "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{}'/>\
             <target dev='vdb' bus='virtio'/></disk>",
            image.display()
        ),
    );
    // The first disk that the guest gets, whatever libvirt calls it.
    sees(line, "[ -b /dev/vda ]");
    world.set(&["disk.vdb.iotune.total_iops_sec=500"]);
    assert!(world.xml().contains("<total_iops_sec>500</total_iops_sec>"));

    let card = format!("<interface type='user'><mac address='{MAC}'/><model type='virtio'/></interface>");
    world.add("card", &card);
    sees(line, &format!("grep -q {MAC} /sys/class/net/*/address"));
    line.send(&format!(
        "card=$(dirname $(grep -l {MAC} /sys/class/net/*/address)); ip link set ${{card##*/}} up\n"
    ));
    sees(line, "grep -q 1 $card/carrier");
    world.set(&[&format!("interface.{MAC}.link=down")]);
    sees(line, "grep -q 0 $card/carrier");
    assert!(world.xml().contains("<link state='down'/>"));

    world.remove(&format!("interface.{MAC}"));
    sees(line, &format!("! grep -q {MAC} /sys/class/net/*/address"));
    world.remove("disk.vdb");
    sees(line, "! [ -b /dev/vda ]");
    let xml = world.xml();
    assert!(!xml.contains(MAC) && !xml.contains("vdb"), "{xml}");
}

fn memory(world: &World<'_>, line: &mut SerialLine) {
    let total = "$(awk '/MemTotal/ { print $2 }' /proc/meminfo)";
    line.send(&format!("before={total}\n"));
    // The balloon takes 32 MiB and gives them back.
    world.set(&["memory.current=160MiB", "memballoon.stats.period=2"]);
    sees(line, &format!("[ {total} -lt $((before - 30000)) ]"));
    assert!(world.xml().contains("<stats period='2'/>"));
    world.set(&["memory.current=192MiB"]);
    sees(line, &format!("[ {total} -gt $((before - 4000)) ]"));

    world.add(
        "memory",
        "<memory model='virtio-mem'><target><size unit='MiB'>256</size><node>0</node><block unit='MiB'>2</block>\
         <requested unit='KiB'>0</requested></target></memory>",
    );
    world.set(&["memory-device.1.requested=128MiB"]);
    wait_until("the guest has taken it", PATIENCE, || {
        world.xml().contains("<current unit='KiB'>131072</current>")
    });
    sees(line, &format!("[ {total} -gt $((before + 100000)) ]"));
    world.set(&["memory-device.1.requested=0MiB"]);
    wait_until("the guest has given it back", PATIENCE, || {
        world.xml().contains("<current unit='KiB'>0</current>")
    });
    sees(line, &format!("[ {total} -lt $((before + 20000)) ]"));
    // Empty, it can go by itself.
    world.remove("memory-device.1");
    sees(
        line,
        "[ -z \"$(ls /sys/bus/virtio/drivers/virtio_mem | grep ^virtio)\" ]",
    );
    let session = &world.terminal.session;
    for xml in [world.xml(), session.virsh(&["dumpxml", "--inactive", "box"])] {
        assert!(!xml.contains("virtio-mem"), "{xml}");
    }
    let devices = session.virsh(&["qemu-monitor-command", "box", "--hmp", "info memory-devices"]);
    assert!(!devices.contains("virtio-mem"), "{devices}");
    memory_in_use(world, line);
}

/// The guest cannot move what it keeps there, and says so.
fn memory_in_use(world: &World<'_>, line: &mut SerialLine) {
    let available = "$(awk '/MemAvailable/ { print $2 }' /proc/meminfo)";
    line.send(&format!("before={available}\n"));
    world.add(
        "dimm",
        "<memory model='dimm'><target><size unit='MiB'>128</size><node>0</node></target></memory>",
    );
    sees(line, &format!("[ {available} -gt $((before + 100000)) ]"));
    line.send(&format!(
        "mkdir -p /full; mount -t tmpfs -o size=100% full /full; dd if=/dev/zero of=/full/it bs=1M count=$(({available} / 1024 - 24))\n"
    ));
    sees(line, &format!("[ -s /full/it ] && [ {available} -lt 60000 ]"));
    let kept = world
        .terminal
        .berth(&["device", "remove", "box", "memory-device.1", "--yes", "--json"]);
    let told: Value = serde_json::from_slice(&kept.stdout).unwrap_or_else(|_| panic!("{kept:?}"));
    assert_eq!(fates(&told), ["refused_by_guest"], "{told}");
    assert!(world.xml().contains("<memory model='dimm'>"), "{}", world.xml());
    let next = world.terminal.session.virsh(&["dumpxml", "--inactive", "box"]);
    assert!(!next.contains("<memory model='dimm'>"), "{next}");
}

/// The kernel for clouds knows no USB: QEMU and libvirt alone are asked.
fn usb(world: &World<'_>) {
    let image = world.terminal.home().join("stick.img");
    std::fs::write(&image, vec![0; 1 << 20]).unwrap();
    world.add(
        "stick",
        &format!(
            "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{}'/>\
             <target dev='sdz' bus='usb'/></disk>",
            image.display()
        ),
    );
    world.add(
        "tablet",
        "<input type='tablet' bus='usb'><alias name='ua-tablet'/></input>",
    );
    let in_qemu = || {
        let command = ["qemu-monitor-command", "box", "--hmp", "info usb"];
        world.terminal.session.virsh(&command)
    };
    let shown = in_qemu();
    assert!(
        shown.contains("QEMU USB MSD") && shown.contains("QEMU USB Tablet"),
        "{shown}"
    );
    world.remove("disk.sdz");
    world.remove("input.ua-tablet");
    let shown = in_qemu();
    assert!(
        !shown.contains("QEMU USB MSD") && !shown.contains("QEMU USB Tablet"),
        "{shown}"
    );
}
