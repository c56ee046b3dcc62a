//! Every declared property is read and written at its place; one that no test touches fails the suite.

use std::fmt::Debug;

use libvirt_backend::xml::Document;
use libvirt_backend::xml::property::{self, LifecycleAction, MemoryKib, PLACES, Place, Property, Value};

const DOMAIN: &str = "<domain type='kvm'>
  <name>old</name>
  <uuid>0d7c1c1c-4f0a-4a7e-8d73-3d3a3f6b7a07</uuid>
  <title>old title</title>
  <description>old text</description>
  <memory unit='KiB'>1024</memory>
  <currentMemory unit='KiB'>512</currentMemory>
  <vcpu placement='static' current='1'>2</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>xen</type>
  </os>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>coredump-restart</on_crash>
  <devices/>
</domain>
";

/// The order in which libvirt itself writes them.
const BARE: &str = "<domain>\n  <name>x</name>\n  <devices/>\n</domain>";

/// Reads `old`, writes `new` and reads it back; returns the place for the list of those touched.
fn touch<T: Value + Debug + PartialEq>(property: &Property<T>, old: T, new: T, line: &str) -> Place {
    let mut domain = Document::parse(DOMAIN).expect("well-formed");
    assert_eq!(property.get(&domain), Ok(Some(old)), "{}", property.place);
    property.set(&mut domain, &new).expect("settable");
    assert_eq!(property.get(&domain), Ok(Some(new)), "{}", property.place);
    let text = domain.to_string();
    let changed: Vec<&str> = text
        .lines()
        .filter(|line| !DOMAIN.lines().any(|old| old == *line))
        .collect();
    assert_eq!(changed, [line], "{}", property.place);
    property.clear(&mut domain);
    assert_eq!(property.get(&domain), Ok(None), "{}", property.place);
    property.place
}

fn text(value: &str) -> String {
    value.to_owned()
}

#[test]
fn every_property_is_read_and_written_at_its_place() {
    use LifecycleAction::{CoredumpRestart, Destroy, Other, Preserve, RenameRestart, Restart};
    let mut touched = vec![
        touch(
            &property::NAME,
            text("old"),
            text("<new>"),
            "  <name>&lt;new&gt;</name>",
        ),
        touch(&property::TITLE, text("old title"), text("t"), "  <title>t</title>"),
        touch(
            &property::DESCRIPTION,
            text("old text"),
            text("d"),
            "  <description>d</description>",
        ),
        touch(
            &property::MEMORY,
            MemoryKib(1024),
            MemoryKib(9),
            "  <memory unit='KiB'>9</memory>",
        ),
    ];
    let current = "  <currentMemory unit='KiB'>9</currentMemory>";
    touched.push(touch(&property::CURRENT_MEMORY, MemoryKib(512), MemoryKib(9), current));
    touched.push(touch(
        &property::VCPU,
        2,
        8,
        "  <vcpu placement='static' current='1'>8</vcpu>",
    ));
    touched.push(touch(
        &property::VCPU_CURRENT,
        1,
        2,
        "  <vcpu placement='static' current='2'>2</vcpu>",
    ));
    let kind = "    <type arch='x86_64' machine='pc'>hvm</type>";
    touched.push(touch(&property::OS_TYPE, text("xen"), text("hvm"), kind));
    let architecture = "    <type arch='i686' machine='pc'>xen</type>";
    touched.push(touch(
        &property::OS_ARCHITECTURE,
        text("x86_64"),
        text("i686"),
        architecture,
    ));
    let machine = "    <type arch='x86_64' machine='q35'>xen</type>";
    touched.push(touch(&property::OS_MACHINE, text("pc"), text("q35"), machine));
    let odd = Other(text("later"));
    touched.push(touch(
        &property::ON_POWEROFF,
        Destroy,
        Preserve,
        "  <on_poweroff>preserve</on_poweroff>",
    ));
    touched.push(touch(
        &property::ON_REBOOT,
        Restart,
        RenameRestart,
        "  <on_reboot>rename-restart</on_reboot>",
    ));
    touched.push(touch(
        &property::ON_CRASH,
        CoredumpRestart,
        odd,
        "  <on_crash>later</on_crash>",
    ));
    for place in PLACES {
        assert!(touched.contains(&place), "{place} is declared and not tested");
    }
}

#[test]
fn a_property_that_was_not_there_goes_where_libvirt_writes_it() {
    let mut domain = Document::parse(BARE).unwrap();
    property::ON_CRASH.set(&mut domain, &LifecycleAction::Destroy).unwrap();
    property::OS_MACHINE.set(&mut domain, &text("q35")).unwrap();
    property::VCPU.set(&mut domain, &2).unwrap();
    property::MEMORY.set(&mut domain, &MemoryKib(1)).unwrap();
    property::TITLE.set(&mut domain, &text("t")).unwrap();
    let expected = "<domain>\n  <name>x</name>\n  <title>t</title>\n  <memory>1</memory>\n  <vcpu>2</vcpu>\n  <os>\n    \
                    <type machine='q35'/>\n  </os>\n  <on_crash>destroy</on_crash>\n  <devices/>\n</domain>";
    assert_eq!(domain.to_string(), expected);
}

#[test]
fn writing_the_present_value_changes_nothing() {
    let mut domain = Document::parse("<domain><memory unit='GiB'> 1 </memory></domain>").unwrap();
    property::MEMORY.set(&mut domain, &MemoryKib(1 << 20)).unwrap();
    assert_eq!(domain.to_string(), "<domain><memory unit='GiB'> 1 </memory></domain>");
}

#[test]
fn units_are_libvirts() {
    for (unit, number, kib) in [
        ("b", 1025, 2),
        ("bytes", 2048, 2),
        ("KB", 1024, 1000),
        ("k", 3, 3),
        ("KiB", 3, 3),
        ("M", 1, 1024),
        ("mib", 1, 1024),
        ("MB", 1024, 1_000_000),
        ("G", 1, 1 << 20),
        ("TiB", 1, 1 << 30),
    ] {
        let xml = format!("<domain><memory unit='{unit}'>{number}</memory></domain>");
        let domain = Document::parse(&xml).unwrap();
        assert_eq!(property::MEMORY.get(&domain), Ok(Some(MemoryKib(kib))), "{unit}");
    }
}
