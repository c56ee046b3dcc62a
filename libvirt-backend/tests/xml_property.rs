//! Every declared setting is written, reparsed, read and taken out again; libvirt's schema says whether its place is right.

use std::collections::BTreeSet;

use libvirt_backend::xml::Document;
use libvirt_backend::xml::property::change::{Change, preview};
use libvirt_backend::xml::property::select::{Setting, name_of};
use libvirt_backend::xml::property::{Form, Key, Kind, Property, SCOPES, Scope, Stored, Value};
use libvirt_backend::xml::property::{fresh, order};
use virt::connect::Connect;
use virt::sys;

/// One of each device, with as little as libvirt's schema allows.
const DOMAIN: &str = include_str!("xml/one-of-each.xml");
/// The same of those that have other settings when they are of another type.
const OTHERS: &str = include_str!("xml/others-of-each.xml");
/// And a few that have still others.
const MORE: &str = "<domain type='kvm'>
  <name>more</name>
  <memory unit='KiB'>1048576</memory>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
  </os>
  <devices>
    <controller type='virtio-serial' index='0'/>
    <input type='passthrough' bus='virtio'>
      <source evdev='/dev/input/event1'/>
    </input>
    <hostdev mode='subsystem' type='pci'>
      <source>
        <address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
      </source>
    </hostdev>
  </devices>
</domain>
";
/// They stay when what was put into them goes: they say something by being there.
const TRACES: [&str; 3] = ["hugepages.size", "features.apic.eoi", "graphics.KEY.listen"];

/// Texts that a user could type for it: two that differ, so that one replaces the other.
fn samples(property: &Property) -> [String; 2] {
    let pair = |first: &str, second: &str| [first.to_owned(), second.to_owned()];
    match property.kind {
        Kind::Text(Form::Lines) => pair("one\n<two>", "three & more"),
        Kind::Text(Form::Line) => line_samples(property.place),
        Kind::Text(Form::Name) => pair("first", "the <second>"),
        Kind::Text(Form::Uuid) => pair(
            "3b241101-e2bb-4255-8caf-4136c566a962",
            "0d7c1c1c-4f0a-4a7e-8d73-3d3a3f6b7a07",
        ),
        Kind::Text(Form::Mac) => pair("52:54:00:12:34:56", "52:54:00:ab:cd:ef"),
        Kind::Text(Form::Path) => pair("/one", "/two & three"),
        Kind::Text(Form::CpuSet) => pair("0-3", "0-7,^2"),
        Kind::Text(Form::Hex) => pair("0x1af4", "0x8086"),
        Kind::Integer(least, most) => [least.max(1), most.min(least.max(1) + 1)].map(|number| number.to_string()),
        Kind::Size(Stored::Plain("KB")) => pair("10KB", "2MB"),
        Kind::Size(_) => pair("3MiB", "2GiB"),
        Kind::YesNo | Kind::OnOff => pair("off", "on"),
        Kind::Present => pair("on", "off"),
        Kind::Choice(known) => pair(known[0], known.get(1).unwrap_or(&known[0])),
        Kind::Each(known) => [known.join(","), known[0].to_owned()],
    }
}

/// Where libvirt's schema asks for more than a line.
fn line_samples(place: &str) -> [String; 2] {
    let pair = match place {
        "wwn" => ["5000c50015ea71aa", "5000c50015ea71ab"],
        "driver@type" | "driver@format" => ["raw", "qcow2"],
        "driver@name" => ["qemu", "tap"],
        "source@protocol" => ["nbd", "rbd"],
        "clock@adjustment" => ["3600", "-7"],
        "@fmode" | "@dmode" => ["755", "0700"],
        "listen@address" | "@listen" => ["127.0.0.1", "::1"],
        "@keymap" => ["de", "en-us"],
        "@passwdValidTo" => ["2030-01-02T03:04:05", "2031-01-02T03:04:05"],
        "target@dev" => ["vnet7", "vnet8"],
        "virtualport@type" => ["openvswitch", "midonet"],
        "os/type@arch" => ["x86_64", "i686"],
        "backend/encryption@secret" => [
            "3b241101-e2bb-4255-8caf-4136c566a962",
            "0d7c1c1c-4f0a-4a7e-8d73-3d3a3f6b7a07",
        ],
        "target@port" => ["0x8", "0x10"],
        "source@service" => ["7000", "7001"],
        "source/nodemask" => ["1", "0-1"],
        "path" => ["/dev/sda", "/dev/sdb"],
        "cpu/model@vendor_id" => ["GenuineIntel", "AuthenticAMD"],
        "cpu/vendor" => ["Intel", "AMD"],
        "features/hyperv/vendor_id@value" => ["Berth", "KVM"],
        "@model" => ["virtio", "qemu-xhci"],
        "@type" => ["spicevmc", "tcp"],
        "source@mode" => ["connect", "bind"],
        "@dev" => ["eth0", "eth1"],
        "@address" | "@peer" | "@gateway" => ["10.0.2.1", "10.0.2.2"],
        "@netmask" => ["255.255.255.0", "255.255.0.0"],
        "resource/partition" | "source@file" | "source@dir" => ["/one", "/two"],
        _ => ["one", "two"],
    };
    pair.map(str::to_owned)
}

/// The setting of the first element of its scope, or of a new entry.
fn setting(scope: &'static Scope, property: &'static Property) -> Setting {
    let key = match (scope.key, scope.word) {
        (Key::Only, _) => "",
        (_, "cpu.feature") => "vmx",
        (_, "clock.timer") => match property.name {
            "track" => "rtc",
            _ => "tsc",
        },
        (_, "os.firmware.feature") => "secure-boot",
        (_, "seclabel") => "selinux",
        (Key::Made(_), _) => "1",
        (Key::Inside { counted: 2, .. }, _) => "first.1.1",
        (Key::Inside { .. }, _) => "first.1",
        _ => "first",
    };
    let parts = [scope.word, key, property.name];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Setting::parse(&parts.join(".")).unwrap_or_else(|error| panic!("{parts:?}: {error}"))
}

fn all() -> impl Iterator<Item = (&'static Scope, &'static Property)> {
    SCOPES
        .iter()
        .flat_map(|scope| scope.properties().map(move |property| (scope, property)))
}

fn read(setting: &Setting, domain: &Document) -> Option<Value> {
    let mut values = setting
        .read(domain)
        .unwrap_or_else(|error| panic!("{setting}: {error}"));
    values.pop().flatten()
}

/// Lines of the one that the other has not.
fn lines_beyond<'a>(text: &'a str, other: &str) -> Vec<&'a str> {
    let others: Vec<&str> = other.lines().collect();
    text.lines().filter(|line| !others.contains(line)).collect()
}

#[test]
fn every_setting_is_written_read_back_and_taken_out_without_a_trace() {
    for (scope, property) in all() {
        let name = name_of(scope, property);
        let setting = setting(scope, property);
        assert_eq!(setting.property, property, "{name} is read as another");
        let original = Document::parse(DOMAIN).expect("well-formed");
        let before = read(&setting, &original);
        let mut domain = original.clone();
        let mut last = DOMAIN.to_owned();
        for (round, sample) in samples(property).iter().enumerate() {
            let value = property.input(sample).unwrap_or_else(|error| panic!("{name}: {error}"));
            setting
                .write(&mut domain, Some(&value))
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let text = domain.to_string();
            let reparsed = Document::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
            // Some keys are settings themselves.
            let again = Setting {
                key: renamed(&setting, &value),
                ..setting.clone()
            };
            assert_eq!(read(&again, &reparsed), Some(value.clone()), "{name}\n{text}");
            let is_list = matches!(property.kind, Kind::Each(_) | Kind::Present);
            if round == 1 && !is_list && text != last && before.is_none() {
                let lines = property.kind != Kind::Text(Form::Lines);
                assert!(
                    !lines || lines_beyond(&text, &last).len() == 1,
                    "{name} changed more than its line:\n{text}"
                );
            }
            domain = reparsed;
            last = text;
        }
        let setting = Setting {
            key: renamed(&setting, &property.input(&samples(property)[1]).expect("checked")),
            ..setting
        };
        if TRACES.contains(&name.as_str()) || has_companions(scope, property) {
            continue;
        }
        if before.is_none() {
            setting
                .write(&mut domain, None)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(domain.to_string(), DOMAIN, "{name} left a trace");
        } else {
            setting.write(&mut domain, before.as_ref()).expect("what was there");
            assert_eq!(domain.to_string(), DOMAIN, "{name} does not go back");
        }
    }
}

/// The key afterwards, where the setting is the key.
fn renamed(setting: &Setting, value: &Value) -> String {
    let is_key = setting.scope.key == Key::At(setting.property.place);
    if is_key { value.to_string() } else { setting.key.clone() }
}

#[test]
fn names_and_places_are_each_declared_once() {
    let mut names = BTreeSet::new();
    let mut places = BTreeSet::new();
    for (scope, property) in all() {
        assert!(
            names.insert(name_of(scope, property)),
            "{} twice",
            name_of(scope, property)
        );
        assert!(
            places.insert((scope.word, property.place)),
            "{}/{} twice",
            scope.word,
            property.place
        );
    }
    assert!(names.len() > 400, "{} settings", names.len());
}

/// Settings that libvirt's schema allows together with these only; an empty text takes one out.
fn needed(name: &str) -> &'static [(&'static str, &'static str)] {
    const BLOCK: &[(&str, &str)] = &[("disk.first.source.file", ""), ("disk.first.type", "block")];
    const VOLUME: &[(&str, &str)] = &[
        ("disk.first.source.file", ""),
        ("disk.first.source.pool", "default"),
        ("disk.first.source.volume", "one"),
        ("disk.first.type", "volume"),
    ];
    const NETWORK: &[(&str, &str)] = &[
        ("disk.first.source.file", ""),
        ("disk.first.source.protocol", "nbd"),
        ("disk.first.type", "network"),
    ];
    const GEOMETRY: &[(&str, &str)] = &[
        ("disk.first.geometry.cyls", "1"),
        ("disk.first.geometry.heads", "1"),
        ("disk.first.geometry.secs", "1"),
    ];
    const LUN: &[(&str, &str)] = &[
        ("disk.first.source.file", ""),
        ("disk.first.source.dev", "/dev/sda"),
        ("disk.first.type", "block"),
        ("disk.first.device", "lun"),
    ];
    const DIRECT: &[(&str, &str)] = &[
        ("interface.first.source.bridge", ""),
        ("interface.first.source.dev", "eth0"),
        ("interface.first.type", "direct"),
    ];
    const SPICE: &[(&str, &str)] = &[("graphics.first.type", "spice")];
    match name {
        _ if name.starts_with("cpu.maxphysaddr.") => &[("cpu.maxphysaddr", "emulate"), ("cpu.maxphysaddr.bits", "42")],
        _ if name.starts_with("cpu.numa.KEY.") => &[("cpu.numa.1.memory", "1GiB"), ("cpu.numa.1.cpus", "0")],
        "memory.slots" => &[("memory.max", "4GiB")],
        "cputune.emulatorsched.priority" => &[("cputune.emulatorsched", "fifo")],
        "cputune.vcpusched.KEY.priority" => &[("cputune.vcpusched.1.scheduler", "fifo")],
        "clock.timezone" => &[("clock.offset", "timezone")],
        "clock.basis" => &[("clock.offset", "variable")],
        "clock.start" => &[("clock.offset", "absolute")],
        "os.nvram.templateFormat" => &[("os.nvram.template", "/template")],
        "numatune.memnode.KEY.mode" => &[("numatune.memnode.1.nodeset", "0")],
        "disk.KEY.type" | "disk.KEY.source.dev" => BLOCK,
        "disk.KEY.source.dir" => &[("disk.first.source.file", ""), ("disk.first.type", "dir")],
        "disk.KEY.source.pool" | "disk.KEY.source.volume" => VOLUME,
        "disk.KEY.source.protocol" | "disk.KEY.source.name" => NETWORK,
        "disk.KEY.rawio" | "disk.KEY.sgio" => LUN,
        "interface.KEY.source.dev" | "interface.KEY.source.mode" => DIRECT,
        "interface.KEY.source.portgroup" => &[
            ("interface.first.source.bridge", ""),
            ("interface.first.source.network", "default"),
            ("interface.first.type", "network"),
        ],
        "interface.KEY.target.managed" => &[("interface.first.target", "vnet7")],
        "graphics.KEY.listen.address" => &[("graphics.first.listen.type", "address")],
        "graphics.KEY.listen.network" => &[("graphics.first.listen.type", "network")],
        "graphics.KEY.listen.socket" => &[("graphics.first.listen.type", "socket")],
        "graphics.KEY.p2p" | "graphics.KEY.address" => &[("graphics.first.type", "dbus")],
        "graphics.KEY.gl"
        | "graphics.KEY.gl.rendernode"
        | "graphics.KEY.tlsPort"
        | "graphics.KEY.image.compression"
        | "graphics.KEY.clipboard.copypaste"
        | "graphics.KEY.filetransfer.enable"
        | "graphics.KEY.mouse.mode"
        | "graphics.KEY.streaming.mode" => SPICE,
        "graphics.KEY.password.connected" => &[("graphics.first.password", "secret")],
        "audio.KEY.serverName" => &[("audio.first.type", "pulseaudio")],
        "audio.KEY.runtimeDir" => &[("audio.first.type", "pipewire")],
        "audio.KEY.path" => &[("audio.first.type", "file")],
        "video.KEY.ram" | "video.KEY.vgamem" | "video.KEY.vram64" => &[("video.first.model", "qxl")],
        "video.KEY.resolution.x" => &[("video.first.resolution.y", "600")],
        "video.KEY.resolution.y" => &[("video.first.resolution.x", "800")],
        "interface.KEY.vlan.trunk" | "interface.vlan.KEY.nativeMode" => &[("interface.vlan.first.1.id", "42")],
        _ if name.starts_with("interface.forward.range.") => &[
            ("interface.forward.first.1.proto", "tcp"),
            ("interface.forward.range.first.1.1.start", "2022"),
        ],
        _ if name.starts_with("interface.forward.") => &[("interface.forward.first.1.proto", "tcp")],
        _ if name.starts_with("interface.ip.") => &[("interface.ip.first.1.address", "10.0.2.9")],
        "interface.route.KEY.netmask" => &[
            ("interface.route.first.1.address", "10.1.0.0"),
            ("interface.route.first.1.gateway", "10.0.2.9"),
        ],
        _ if name.starts_with("interface.route.") => &[
            ("interface.route.first.1.address", "10.1.0.0"),
            ("interface.route.first.1.gateway", "10.0.2.9"),
            ("interface.route.first.1.prefix", "24"),
        ],
        "seclabel.KEY.label" => &[("seclabel.selinux.type", "static")],
        "rng.KEY.backend" => &[("rng.first.backend.path", "")],
        "rng.KEY.rate.period" => &[("rng.first.rate.bytes", "1024")],
        "hostdev.KEY.ramfb" => &[("hostdev.first.display", "on")],
        _ if name.starts_with("disk.KEY.geometry.") => GEOMETRY,
        _ if name.ends_with(".log.append") => &[
            ("serial.first.log", "/log"),
            ("parallel.first.log", "/log"),
            ("console.first.log", "/log"),
            ("channel.first.log", "/log"),
        ],
        _ => &[],
    }
}

/// libvirt 11.3 does not know them.
const NEWER: [&str; 2] = ["os.varstore", "os.varstore.template"];

#[test]
fn what_is_written_is_valid_under_libvirts_schema() {
    virt::error::clear_error_callback();
    let connection = Connect::open(Some("test:///default")).expect("libvirt's test driver");
    let refusal = |domain: &Document| {
        let defined = connection.define_domain_xml_flags(&domain.to_string(), sys::VIR_DOMAIN_DEFINE_VALIDATE);
        let error = defined
            .err()
            .filter(|error| error.code().to_raw() == sys::VIR_ERR_XML_INVALID_SCHEMA)?;
        Some(error.message().replace('\n', " "))
    };
    let mut refused = Vec::new();
    for (scope, property) in all() {
        let name = name_of(scope, property);
        if NEWER.contains(&name.as_str()) {
            continue;
        }
        let bases = [DOMAIN, OTHERS, MORE].map(|text| Document::parse(text).expect("well-formed"));
        let [plain, other, more] = &bases;
        let mut needing = plain.clone();
        write_all(&mut needing, needed(&name));
        // One of the samples on one of the machines: which types have it is libvirt's business.
        let tries = [plain, &needing, other, more].into_iter().flat_map(|base| {
            samples(property).map(|sample| {
                let mut domain = base.clone();
                let value = property.input(&sample).expect("checked above");
                match setting(scope, property).write(&mut domain, Some(&value)) {
                    Ok(()) => refusal(&domain),
                    Err(error) => Some(error.to_string()),
                }
            })
        });
        let errors: Option<Vec<String>> = tries.collect();
        refused.extend(errors.map(|errors| format!("{name}: {}", errors[2])));
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn a_new_device_of_every_kind_is_valid_under_libvirts_schema() {
    virt::error::clear_error_callback();
    let connection = Connect::open(Some("test:///default")).expect("libvirt's test driver");
    // Of some kinds a machine has one at most.
    let bare = "<domain type='kvm'><name>bare</name><memory>65536</memory><os><type>hvm</type></os><devices/></domain>";
    let domain = Document::parse(bare).expect("well-formed");
    let names = fresh::names().into_iter().chain(["hostdev.0000:03:00.0".to_owned()]);
    for name in names {
        let sort = fresh::Sort::parse(&name).expect("a sort");
        let given = sort.needed().iter().map(|name| {
            let property = sort.scope.property(name).expect("declared");
            let [sample, _] = samples(property);
            (property, property.input(&sample).expect("a value"))
        });
        let given: Vec<_> = given.collect();
        let xml = sort.device_with(&domain, &given).expect("a new one").expect("XML");
        let preview = preview(bare, &[Change::AddDevice { xml }]).expect("added");
        let defined = connection.define_domain_xml_flags(&preview.xml, sys::VIR_DOMAIN_DEFINE_VALIDATE);
        let error = defined
            .err()
            .filter(|error| error.code().to_raw() == sys::VIR_ERR_XML_INVALID_SCHEMA);
        assert!(error.is_none(), "{name}: {error:?}");
    }
}

fn write_all(domain: &mut Document, settings: &[(&str, &str)]) {
    for (name, text) in settings {
        let setting = Setting::parse(name).expect("a setting");
        let value = (!text.is_empty()).then(|| setting.property.input(text).expect("a value"));
        setting.write(domain, value.as_ref()).expect("written");
    }
}

/// Was more made than the setting itself?
fn has_companions(scope: &Scope, property: &Property) -> bool {
    let path = format!("domain/{}/{}", scope.element, property.path().0);
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    names
        .windows(2)
        .any(|pair| !order::companions(pair[0], pair[1]).is_empty())
}
