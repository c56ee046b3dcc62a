//! Against libvirt's own schema.

use super::*;

const GOOD: &str = "<domain type='kvm'>
  <name>guest</name>
  <memory unit='KiB'>65536</memory>
  <vcpu>1</vcpu>
  <os>
    <type>hvm</type>
  </os>
  <devices>
    <disk type='file' device='disk'>
      <source file='/x'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='user'>
      <model type='virtio'/>
    </interface>
  </devices>
</domain>
";

fn objections(xml: &str) -> Vec<Objection> {
    match check(xml).unwrap() {
        Verdict::Objections(objections) => objections,
        other => panic!("{other:?}\n{xml}"),
    }
}

/// Line, path and what is wrong there.
fn told(xml: &str) -> Vec<(u32, String, Unfit)> {
    let objections = objections(xml).into_iter();
    objections
        .map(|objection| (objection.line, objection.path, objection.unfit))
        .collect()
}

fn element(name: &str) -> Unfit {
    Unfit::Element { name: name.to_owned() }
}

fn attribute(name: &str) -> Unfit {
    Unfit::Attribute { name: name.to_owned() }
}

#[test]
fn what_libvirt_takes_fits_again_and_again() {
    for _ in 0..3 {
        assert_eq!(check(GOOD), Ok(Verdict::Fits));
    }
    let other = GOOD.replace("<name>", "<uuid>3b241101-e2bb-4255-8caf-4136c566a962</uuid><name>");
    assert_eq!(check(&other), Ok(Verdict::Fits));
}

#[test]
fn what_the_schema_refuses_is_found_at_its_line() {
    let path = |rest: &str| format!("domain{rest}");
    for (old, new, line, at, unfit) in [
        ("<vcpu>1<", "<vcpu>many<", 4, "/vcpu", element("vcpu")),
        (
            "<source file",
            "<sourze file",
            10,
            "/devices/disk/sourze",
            element("sourze"),
        ),
        (
            "bus='virtio'",
            "buss='virtio'",
            11,
            "/devices/disk/target",
            attribute("buss"),
        ),
        (
            "device='disk'",
            "device='tape'",
            9,
            "/devices/disk",
            attribute("device"),
        ),
        (
            "<interface type='user'",
            "<interface type='radio'",
            13,
            "/devices/interface",
            element("interface"),
        ),
        ("type='kvm'", "type='magic'", 1, "", element("domain")),
        ("  <vcpu>1</vcpu>\n", "  <flux/>\n", 4, "/flux", element("flux")),
    ] {
        let xml = GOOD.replace(old, new);
        assert_ne!(xml, GOOD);
        assert_eq!(told(&xml), [(line, path(at), unfit)], "{new}");
    }
}

#[test]
fn several_faults_are_told_together() {
    let xml = GOOD
        .replace("<vcpu>1<", "<vcpu>many<")
        .replace("bus='virtio'", "buss='virtio'")
        .replace("<source file", "<sourze file")
        .replace("<model type='virtio'/>", "<modal type='virtio'/>");
    let lines: Vec<u32> = told(&xml).iter().map(|(line, ..)| *line).collect();
    assert_eq!(lines, [4, 10, 11, 14], "{:?}", told(&xml));
}

#[test]
fn what_is_missing_and_what_is_there_twice_is_named() {
    let xml = GOOD.replace("  <name>guest</name>\n", "");
    let missing = Unfit::Missing {
        name: "name".to_owned(),
    };
    assert_eq!(told(&xml), [(1, "domain".to_owned(), missing)]);
    let xml = GOOD.replace("  <vcpu>1</vcpu>\n", "  <vcpu>1</vcpu>\n  <vcpu>2</vcpu>\n");
    assert_eq!(told(&xml), [(5, "domain/vcpu".to_owned(), element("vcpu"))]);
}

#[test]
fn what_the_parser_refuses_after_the_schema_has_libvirts_words_and_a_line() {
    let twice = "    <disk type='file' device='disk'>\n      <source file='/y'/>\n      <target dev='vda' bus='virtio'/>\n    </disk>\n  </devices>";
    let xml = GOOD.replace("  </devices>", twice);
    let objections = objections(&xml);
    let [objection] = objections.as_slice() else {
        panic!("{objections:?}");
    };
    assert!(objection.line >= 9, "{objection:?}");
    let words = objection.words.as_deref().unwrap_or_default();
    assert!(words.contains("'vda' duplicated"), "{objection:?}");
}

#[test]
fn what_is_no_machine_is_no_question_for_libvirt() {
    assert_eq!(check("<domain>\n  <name>").unwrap_err().line, 2);
    assert!(check("<network/>").is_err());
}

#[test]
fn many_devices_with_a_fault_in_the_last_are_searched_in_few_questions() {
    let document = |fault: &str| {
        let devices = "<disk/>\n".repeat(200);
        Document::parse(&format!("<domain>\n<devices>\n{devices}{fault}</devices>\n</domain>")).unwrap()
    };
    let questions = std::cell::Cell::new(0);
    let wrong = document("<disk><x/></disk>");
    let faults = locate(&wrong, |xml| {
        questions.set(questions.get() + 1);
        xml.contains("<x/>")
    });
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].unfit, element("x"));
    assert!(questions.get() < 30, "{}", questions.get());
}
