//! What is plugged into this computer, read from the kernel's `/sys`: needs no daemon and no rights. Other computers'
//! lists come from their daemons.
//!
//! The folder can be another one, so that hosts with hardware that nobody has at hand can be tried in tests.

use std::fs;
use std::path::{Path, PathBuf};

use crate::model::{CoreKind, HostCpu, HostDevices, HostInterface, MediatedDevice, PciAddress, PciDevice, UsbDevice};
use crate::xml::property::cpu_set;

/// Where the kernel tells of its devices.
#[derive(Clone, Debug)]
pub struct Sysfs {
    root: PathBuf,
}

/// A file of the kernel's that is longer is none of those read here.
const LONGEST: u64 = 64 << 10;
/// Entries of a folder that are looked at.
const MOST: usize = 4096;
/// Vendor of the hubs that stand for the computer's own ports.
const LINUX_FOUNDATION: u16 = 0x1d6b;
/// A core of less than this part of the fastest one is made for saving power, in percent.
const EFFICIENT_PERCENT: u64 = 75;

impl Default for Sysfs {
    fn default() -> Self {
        Self::at("/sys")
    }
}

impl Sysfs {
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    pub fn devices(&self) -> HostDevices {
        HostDevices {
            usb: self.usb(),
            pci: self.pci(),
            mediated: self.mediated(),
            interfaces: self.interfaces(),
            render_nodes: Some(self.render_nodes()),
        }
    }

    fn usb(&self) -> Vec<UsbDevice> {
        let folders = entries(&self.root.join("bus/usb/devices"));
        // Names with a colon are parts of a device.
        let devices = folders.iter().filter(|folder| !name_of(folder).contains(':'));
        let mut found: Vec<UsbDevice> = devices.filter_map(|folder| usb_device(folder)).collect();
        found.sort();
        found
    }

    pub fn pci(&self) -> Vec<PciDevice> {
        let folders = entries(&self.root.join("bus/pci/devices"));
        let mut found: Vec<PciDevice> = folders.iter().filter_map(|folder| pci_device(folder)).collect();
        found.sort_by_key(|device| device.address);
        found
    }

    fn mediated(&self) -> Vec<MediatedDevice> {
        let folders = entries(&self.root.join("bus/mdev/devices"));
        let devices = folders.iter().map(|folder| MediatedDevice {
            uuid: name_of(folder),
            kind: link_name(&folder.join("mdev_type")).unwrap_or_default(),
        });
        devices.collect()
    }

    fn interfaces(&self) -> Vec<HostInterface> {
        let folders = entries(&self.root.join("class/net"));
        let mut found: Vec<HostInterface> = folders
            .iter()
            .filter(|folder| name_of(folder) != "lo" && folder.is_dir())
            .map(|folder| HostInterface {
                name: name_of(folder),
                is_bridge: folder.join("bridge").is_dir(),
            })
            .collect();
        found.sort();
        found
    }

    fn render_nodes(&self) -> Vec<String> {
        let names = entries(&self.root.join("class/drm"));
        let mut found: Vec<String> = names
            .iter()
            .map(|folder| name_of(folder))
            .filter(|name| name.starts_with("renderD"))
            .map(|name| format!("/dev/dri/{name}"))
            .collect();
        found.sort();
        found
    }

    /// What a group of processes weighs where nothing is said: the two versions of cgroups count differently.
    pub fn normal_shares(&self) -> Option<u32> {
        let groups = self.root.join("fs/cgroup");
        if groups.join("cgroup.controllers").is_file() {
            return Some(100);
        }
        groups.join("cpu").is_dir().then_some(1024)
    }

    /// Tells cores that are made for speed from those that save power, where there are both.
    pub fn mark_kinds(&self, cpus: &mut [HostCpu]) {
        let devices = self.root.join("devices");
        let kinds = [
            ("cpu_core/cpus", CoreKind::Performance),
            ("cpu_atom/cpus", CoreKind::Efficiency),
        ];
        let mut is_told = false;
        for (file, kind) in kinds {
            let Some(set) = text(&devices.join(file)).and_then(|text| cpu_set::parse(&text)) else {
                continue;
            };
            for cpu in cpus.iter_mut().filter(|cpu| set.contains(&cpu.id)) {
                cpu.kind = Some(kind);
                is_told = true;
            }
        }
        if is_told {
            return;
        }
        // Other architectures, and other makers: how much a core gets done.
        for file in ["cpu_capacity", "acpi_cppc/highest_perf"] {
            let powers = cpus.iter().map(|cpu| {
                let folder = devices.join(format!("system/cpu/cpu{}", cpu.id));
                text(&folder.join(file))?.parse::<u64>().ok()
            });
            let powers: Vec<Option<u64>> = powers.collect();
            let most = powers.iter().flatten().max().copied().unwrap_or(0);
            let is_slow = |power: u64| power.saturating_mul(100) < most.saturating_mul(EFFICIENT_PERCENT);
            if !powers.iter().flatten().any(|power| is_slow(*power)) {
                continue;
            }
            for (cpu, power) in cpus.iter_mut().zip(powers) {
                cpu.kind = power.map(|power| {
                    if is_slow(power) {
                        CoreKind::Efficiency
                    } else {
                        CoreKind::Performance
                    }
                });
            }
            return;
        }
    }
}

fn usb_device(folder: &Path) -> Option<UsbDevice> {
    let number = |name: &str| text(&folder.join(name))?.parse().ok();
    let id = |name: &str| u16::from_str_radix(&text(&folder.join(name))?, 16).ok();
    let vendor = id("idVendor")?;
    let words = ["manufacturer", "product"].map(|file| text(&folder.join(file)).unwrap_or_default());
    (vendor != LINUX_FOUNDATION).then_some(UsbDevice {
        bus: number("busnum")?,
        device: number("devnum")?,
        vendor,
        product: id("idProduct")?,
        name: words.join(" ").trim().to_owned(),
    })
}

fn pci_device(folder: &Path) -> Option<PciDevice> {
    let id = |name: &str| {
        let text = text(&folder.join(name))?;
        u32::from_str_radix(text.strip_prefix("0x")?, 16).ok()
    };
    let node: Option<i64> = text(&folder.join("numa_node")).and_then(|node| node.parse().ok());
    Some(PciDevice {
        address: PciAddress::parse(&name_of(folder))?,
        vendor: id("vendor")?.try_into().ok()?,
        product: id("device")?.try_into().ok()?,
        class: id("class").unwrap_or(0),
        name: text(&folder.join("label")).unwrap_or_default(),
        driver: link_name(&folder.join("driver")),
        iommu_group: link_name(&folder.join("iommu_group")).and_then(|group| group.parse().ok()),
        // -1: it is near none.
        node: node.and_then(|node| node.try_into().ok()),
    })
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.flatten().take(MOST).map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// The last part of where a link leads.
fn link_name(path: &Path) -> Option<String> {
    Some(name_of(&fs::read_link(path).ok()?))
}

/// A short text, without the line's end. Control characters a device may have put into its name are left out.
fn text(path: &Path) -> Option<String> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let file = fs::File::open(path).ok()?;
    file.take(LONGEST).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
    Some(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    struct Fixture(tempfile::TempDir);

    impl Fixture {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn files(&self, folder: &str, files: &[(&str, &str)]) {
            let folder = self.0.path().join(folder);
            fs::create_dir_all(&folder).unwrap();
            for (name, text) in files {
                let file = folder.join(name);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, format!("{text}\n")).unwrap();
            }
        }

        fn link(&self, link: &str, to: &str) {
            symlink(to, self.0.path().join(link)).unwrap();
        }

        fn sysfs(&self) -> Sysfs {
            Sysfs::at(self.0.path())
        }
    }

    fn cpus(count: u32) -> Vec<HostCpu> {
        let cpu = |id| HostCpu {
            id,
            node: 0,
            socket: 0,
            core: id,
            siblings: vec![id],
            kind: None,
        };
        (0..count).map(cpu).collect()
    }

    fn kinds(cpus: &[HostCpu]) -> String {
        let letter = |cpu: &HostCpu| match cpu.kind {
            Some(CoreKind::Performance) => 'P',
            Some(CoreKind::Efficiency) => 'E',
            None => '-',
        };
        cpus.iter().map(letter).collect()
    }

    #[test]
    fn usb_devices_are_listed_without_hubs_of_the_computer_and_without_their_parts() {
        let host = Fixture::new();
        let usb = "bus/usb/devices";
        let camera = [
            ("busnum", "1"),
            ("devnum", "7"),
            ("idVendor", "046d"),
            ("idProduct", "0825"),
            ("manufacturer", "Logi\u{1b}[31mtech"),
            ("product", "Webcam C270"),
        ];
        host.files(&format!("{usb}/1-4"), &camera);
        host.files(&format!("{usb}/1-4:1.0"), &[("bInterfaceNumber", "00")]);
        let hub = [
            ("busnum", "1"),
            ("devnum", "1"),
            ("idVendor", "1d6b"),
            ("idProduct", "0002"),
        ];
        host.files(&format!("{usb}/usb1"), &hub);
        host.files(
            &format!("{usb}/2-1"),
            &[("busnum", "2"), ("devnum", "junk"), ("idVendor", "1")],
        );
        let found = host.sysfs().devices().usb;
        assert_eq!(
            found,
            [UsbDevice {
                bus: 1,
                device: 7,
                vendor: 0x046d,
                product: 0x0825,
                name: "Logi[31mtech Webcam C270".to_owned(),
            }]
        );
    }

    #[test]
    fn a_card_is_told_with_whatever_shares_its_iommu_group() {
        let host = Fixture::new();
        let device = |address: &str, class: &str, group: &str, driver: &str| {
            let folder = format!("bus/pci/devices/{address}");
            let files = [
                ("vendor", "0x10de"),
                ("device", "0x1234"),
                ("class", class),
                ("numa_node", "-1"),
            ];
            host.files(&folder, &files);
            host.link(
                &format!("{folder}/iommu_group"),
                &format!("../../../kernel/iommu_groups/{group}"),
            );
            host.link(
                &format!("{folder}/driver"),
                &format!("../../../bus/pci/drivers/{driver}"),
            );
        };
        device("0000:01:00.0", "0x030000", "14", "nouveau");
        device("0000:01:00.1", "0x040300", "14", "snd_hda_intel");
        device("0000:00:01.0", "0x060400", "14", "pcieport");
        device("0000:02:00.0", "0x010802", "15", "nvme");
        host.files("bus/pci/devices/0000:03:00.0", &[("vendor", "0x1"), ("device", "0x2")]);
        let found = host.sysfs().devices();
        assert_eq!(found.pci.len(), 5);
        let card = PciAddress::parse("0000:01:00.0").unwrap();
        let siblings: Vec<String> = found.siblings(card).iter().map(|one| one.address.to_string()).collect();
        assert_eq!(siblings, ["0000:01:00.1"], "the bridge stays with the host");
        let card = found.pci.iter().find(|device| device.address == card).unwrap();
        assert_eq!(
            (card.driver.as_deref(), card.iommu_group, card.node),
            (Some("nouveau"), Some(14), None)
        );
        let loner = PciAddress::parse("0000:03:00.0").unwrap();
        assert!(
            found.siblings(loner).is_empty(),
            "two devices without a group do not share one"
        );
    }

    #[test]
    fn cores_of_two_kinds_are_told_apart() {
        let host = Fixture::new();
        host.files("devices/cpu_core", &[("cpus", "0-3")]);
        host.files("devices/cpu_atom", &[("cpus", "4-5")]);
        let mut list = cpus(7);
        host.sysfs().mark_kinds(&mut list);
        assert_eq!(kinds(&list), "PPPPEE-");

        let arm = Fixture::new();
        for (id, capacity) in [(0, "446"), (1, "446"), (2, "1024"), (3, "1000")] {
            arm.files(&format!("devices/system/cpu/cpu{id}"), &[("cpu_capacity", capacity)]);
        }
        let mut list = cpus(4);
        arm.sysfs().mark_kinds(&mut list);
        assert_eq!(kinds(&list), "EEPP");

        let same = Fixture::new();
        for id in 0..2 {
            let folder = format!("devices/system/cpu/cpu{id}");
            // Preferred cores differ a little; that is no other kind.
            same.files(&folder, &[("acpi_cppc/highest_perf", ["196", "166"][id])]);
        }
        let mut list = cpus(2);
        same.sysfs().mark_kinds(&mut list);
        assert_eq!(kinds(&list), "--");
    }

    #[test]
    fn bridges_render_nodes_and_mediated_devices_are_found() {
        let host = Fixture::new();
        host.files("class/net/eth0", &[("mtu", "1500")]);
        host.files("class/net/br0/bridge", &[("stp_state", "0")]);
        host.files("class/net/lo", &[]);
        host.files("class/net", &[("bonding_masters", "")]);
        host.files("class/drm/renderD128", &[]);
        host.files("class/drm/card0", &[]);
        host.files("bus/mdev/devices/d069d019-36ea-4111-8f0a-8c9a70e21366", &[]);
        host.link(
            "bus/mdev/devices/d069d019-36ea-4111-8f0a-8c9a70e21366/mdev_type",
            "../mdev_supported_types/i915-GVTg_V5_8",
        );
        let found = host.sysfs().devices();
        let names: Vec<_> = found
            .interfaces
            .iter()
            .map(|one| (one.name.as_str(), one.is_bridge))
            .collect();
        assert_eq!(names, [("br0", true), ("eth0", false)]);
        assert_eq!(found.render_nodes.as_deref().unwrap(), ["/dev/dri/renderD128"]);
        assert_eq!(found.mediated[0].kind, "i915-GVTg_V5_8");
    }

    #[test]
    fn both_versions_of_cgroups_are_known() {
        let (new, old) = (Fixture::new(), Fixture::new());
        new.files("fs/cgroup", &[("cgroup.controllers", "cpu io memory")]);
        old.files("fs/cgroup/cpu", &[("cpu.shares", "1024")]);
        let shares = [new.sysfs(), old.sysfs(), Sysfs::at("/nonexistent")].map(|host| host.normal_shares());
        assert_eq!(shares, [Some(100), Some(1024), None]);
    }

    #[test]
    fn a_host_without_any_of_it_has_empty_lists() {
        let nothing = Sysfs::at("/nonexistent");
        assert_eq!(
            nothing.devices(),
            HostDevices {
                render_nodes: Some(Vec::new()),
                ..HostDevices::default()
            }
        );
        nothing.mark_kinds(&mut cpus(1));
    }
}
