//! Random sequences of edits on whole machines: what an edit does not name stays as it was, to the byte; undoing gives
//! the same bytes back; what libvirt's schema took before, it takes afterwards.

use libvirt_backend::xml::property::change::{Change, ChangeProblem, preview};
use libvirt_backend::xml::property::select::Setting;
use libvirt_backend::xml::property::{Form, Kind, Property, SCOPES, Scope, fresh};
use libvirt_backend::xml::redact::redact;
use libvirt_backend::xml::{Document, NodeId};
use proptest::prelude::*;
use proptest::sample::Index;
use virt::connect::Connect;
use virt::sys;

const MACHINES: [(&str, &str); 14] = [
    ("by-hand", include_str!("xml/by-hand.xml")),
    ("clipboard", include_str!("xml/clipboard.xml")),
    ("comments", include_str!("xml/comments.xml")),
    ("compact", include_str!("xml/compact.xml")),
    ("disks", include_str!("xml/disks.xml")),
    ("one-of-each", include_str!("xml/one-of-each.xml")),
    ("others-of-each", include_str!("xml/others-of-each.xml")),
    ("passt", include_str!("xml/passt.xml")),
    ("qemu-commandline", include_str!("xml/qemu-commandline.xml")),
    ("virt-install", include_str!("xml/virt-install.xml")),
    ("virt-install-graphics", include_str!("xml/virt-install-graphics.xml")),
    ("virt-install-linux", include_str!("xml/virt-install-linux.xml")),
    ("virt-install-windows", include_str!("xml/virt-install-windows.xml")),
    ("virt-manager", include_str!("xml/virt-manager.xml")),
];

/// A blind choice of what is done next.
#[derive(Clone, Debug)]
struct Step {
    kind: u8,
    which: Index,
    value: Index,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..10_u8, any::<Index>(), any::<Index>()).prop_map(|(kind, which, value)| Step { kind, which, value });
    prop::collection::vec(step, 1..8)
}

fn parsed(text: &str) -> Document {
    Document::parse_as(text, "domain").expect("a machine's XML")
}

/// What can be set in this machine.
fn settings(domain: &Document) -> Vec<Setting> {
    let scopes = SCOPES.iter().flat_map(|scope| {
        let keys: Vec<String> = if scope.word.is_empty() {
            vec![String::new()]
        } else {
            scope.keyed(domain).into_iter().map(|(key, _)| key).collect()
        };
        keys.into_iter().map(move |key| (scope, key))
    });
    let settings = scopes.flat_map(|(scope, key)| {
        scope.properties().map(move |property| Setting {
            scope,
            key: key.clone(),
            property,
        })
    });
    settings.filter(|setting| !setting.property.is_secret).collect()
}

/// Something that a user could type for it.
fn typed(property: &Property, choice: Index) -> String {
    let one = |texts: &[&str]| (*choice.get(texts)).to_owned();
    match property.kind {
        Kind::Text(Form::Lines) => one(&["one\n<two>", "three & more", "ü"]),
        Kind::Text(Form::Line) => one(&["plain", "a <b> & 'c' \"d\"", "名", "]]>"]),
        Kind::Text(Form::Name) => one(&["first", "the <second>"]),
        Kind::Text(Form::Uuid) => one(&["3b241101-e2bb-4255-8caf-4136c566a962"]),
        Kind::Text(Form::Mac) => one(&["52:54:00:12:34:56", "52:54:00:ab:cd:ef"]),
        Kind::Text(Form::Path) => one(&["/one", "/two & three"]),
        Kind::Text(Form::CpuSet) => one(&["0-3", "0-7,^2"]),
        Kind::Text(Form::Hex) => one(&["0x1af4", "0x8086"]),
        Kind::Integer(least, most) => {
            let all = [least, most, least.max(1).min(most)];
            choice.get(&all).to_string()
        }
        Kind::Size(_) => one(&["3MiB", "2GiB", "10KB"]),
        Kind::YesNo | Kind::OnOff | Kind::Present => one(&["on", "off"]),
        Kind::Choice(known) => choice.get(known).to_string(),
        Kind::Each(known) => known.join(","),
    }
}

/// What a step does to this machine, and where it may change something. `None`: it makes no sense there.
fn change(step: &Step, domain: &Document) -> Option<(Change, Area)> {
    let devices: Vec<(&'static Scope, String)> = SCOPES
        .iter()
        .filter(|scope| scope.is_device())
        .flat_map(|scope| scope.keyed(domain).into_iter().map(move |(key, _)| (scope, key)))
        .collect();
    match step.kind {
        0 if !devices.is_empty() => {
            let (scope, key) = step.which.get(&devices).clone();
            let area = Area::of_device(domain, scope, &key)?;
            Some((Change::RemoveDevice { scope, key }, area))
        }
        1 => {
            let kinds: Vec<&'static Scope> = fresh::kinds().collect();
            let xml = fresh::device(kinds.get(step.which.index(kinds.len()))?, domain)?;
            Some((Change::AddDevice { xml }, Area::New))
        }
        kind => {
            let settings = settings(domain);
            let setting = step.which.get(&settings).clone();
            let value = match kind {
                2 | 3 => None,
                _ => Some(setting.property.input(&typed(setting.property, step.value)).ok()?),
            };
            let area = Area::of_setting(domain, &setting)?;
            Some((Change::Set { setting, value }, area))
        }
    }
}

/// Where an edit may change something.
#[derive(Clone, Debug)]
enum Area {
    /// The start tag of the machine itself.
    Root,
    /// The child of the machine with this name.
    Part(String),
    /// That many devices of the kind stand before it.
    Device(&'static str, usize),
    New,
}

impl Area {
    fn of_device(domain: &Document, scope: &'static Scope, key: &str) -> Option<Self> {
        if !scope.is_device() {
            // What is inside a device may leave it empty there.
            let element = scope.keyed(domain).into_iter().find(|(known, _)| known == key)?.1;
            let mut outwards = std::iter::successors(Some(element), |&node| domain.parent(node));
            let is_device = |node: &NodeId| {
                domain
                    .parent(*node)
                    .is_some_and(|outer| domain.name(outer) == "devices")
            };
            let device = outwards.find(is_device)?;
            let path = &scope.element[..scope.element.find('/')? + 1 + domain.name(device).len()];
            let index = domain
                .find_all(domain.root(), path)
                .iter()
                .position(|&node| node == device)?;
            return Some(Self::Device(path, index));
        }
        let setting = Setting {
            scope,
            key: key.to_owned(),
            property: scope.properties().next()?,
        };
        let elements = setting.elements(domain).ok()?;
        let [element] = elements[..] else { return None };
        let all = domain.find_all(domain.root(), scope.element);
        let index = all.iter().position(|&other| other == element)?;
        Some(Self::Device(scope.element, index))
    }

    fn of_setting(domain: &Document, setting: &Setting) -> Option<Self> {
        let first = |path: &str| {
            path.split('/')
                .next()
                .map(str::to_owned)
                .filter(|name| !name.is_empty())
        };
        if setting.scope.element.starts_with("devices/") {
            return Self::of_device(domain, setting.scope, &setting.key);
        }
        let path = format!("{}/{}", setting.scope.element, setting.property.path().0);
        let name = first(path.trim_start_matches('/'));
        Some(name.map_or(Self::Root, Self::Part))
    }

    /// Everything else, without the lines that are blank.
    fn rest(&self, text: &str) -> String {
        let domain = parsed(text);
        let root = domain.root();
        let without = |elements: Vec<NodeId>| {
            let mut rest = text.to_owned();
            for element in elements {
                rest = rest.replacen(&domain.element_xml(element), "", 1);
            }
            rest
        };
        let rest = match self {
            Self::Root => {
                let (start, end) = (
                    text.find("<domain").expect("its tag"),
                    text.find("<name").expect("its name"),
                );
                [&text[..start], &text[end..]].concat()
            }
            Self::Part(name) => without(domain.children(root, name).collect()),
            Self::Device(path, index) => {
                let all = domain.find_all(root, path);
                let xmls: Vec<String> = all.iter().map(|&device| domain.element_xml(device)).collect();
                match xmls.get(*index) {
                    None => text.to_owned(),
                    Some(own) => {
                        // Devices before it may say the same.
                        let twins = xmls[..*index].iter().filter(|xml| *xml == own).count();
                        let (at, _) = text.match_indices(own.as_str()).nth(twins).expect("the device");
                        [&text[..at], &text[at + own.len()..]].concat()
                    }
                }
            }
            Self::New => text.to_owned(),
        };
        kept_lines(&rest).join("\n")
    }
}

fn kept_lines(text: &str) -> Vec<&str> {
    text.lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect()
}

/// The longer one is the shorter one with something put in at one place, to the byte.
fn is_in_one_piece(shorter: &str, longer: &str) -> bool {
    let same = |pair: &(u8, u8)| pair.0 == pair.1;
    let head = shorter.bytes().zip(longer.bytes()).take_while(same).count();
    let tail = shorter.bytes().rev().zip(longer.bytes().rev()).take_while(same).count();
    shorter.len() <= longer.len() && head + tail >= shorter.len()
}

fn check_step(name: &str, before: &str, step: &Step) -> Option<String> {
    let (change, area) = change(step, &parsed(before))?;
    let what = change.what();
    let after = match preview(before, std::slice::from_ref(&change)) {
        Ok(preview) => preview.xml,
        // Said in words, and nothing was changed.
        Err((_, ChangeProblem::Select(_) | ChangeProblem::Xml(_))) => return None,
        Err((_, problem)) => panic!("{name}: {what}: {problem}"),
    };
    match &change {
        // An empty `<devices/>` is opened for it.
        Change::AddDevice { .. } if before.contains("<devices/>") => {}
        Change::AddDevice { .. } => {
            assert!(
                is_in_one_piece(before, &after),
                "{name}: {what} changed what was there:\n{after}"
            );
        }
        Change::RemoveDevice { .. } => {
            let is_all = is_in_one_piece(&after, before) && area.rest(before) == kept_lines(&after).join("\n");
            assert!(is_all, "{name}: {what} took more than itself:\n{before}\n{after}");
        }
        _ => {
            let is_same = area.rest(before) == area.rest(&after);
            assert!(is_same, "{name}: {change:?} changed something else:\n{before}\n{after}");
        }
    }
    // As undoing does: from what was written down, which has no secrets.
    match preview(&after, &[Change::ReplaceXml(redact(before))]) {
        Ok(undone) => assert_eq!(undone.xml, before, "{name}: {what} is not undone"),
        Err((_, ChangeProblem::SecretsMissing(_))) => {
            assert_eq!(what.split('.').count(), 2, "{name}: {what} lost a secret");
        }
        Err((_, problem)) => panic!("{name}: undoing {what}: {problem}"),
    }
    Some(after)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_an_edit_does_not_name_is_changed_and_undoing_gives_the_same_bytes(
        machine in any::<Index>(),
        steps in steps(),
    ) {
        let (name, text) = machine.get(&MACHINES);
        let mut text = (*text).to_owned();
        for step in &steps {
            text = check_step(name, &text, step).unwrap_or(text);
        }
    }
}

/// Settings that a machine may have in any combination, and what is typed for each.
const HARMLESS: [(&str, &[&str]); 14] = [
    ("title", &["One", "Two & <three>"]),
    ("description", &["a\nb", "c"]),
    ("memory", &["1GiB", "3GiB"]),
    ("memory.current", &["512MiB", "1GiB"]),
    ("vcpu", &["1", "4"]),
    ("on_crash", &["destroy", "restart", "preserve"]),
    ("cputune.shares", &["100", "2048"]),
    ("memtune.hard_limit", &["4GiB", "8GiB"]),
    ("features.acpi", &["on", "off"]),
    ("os.bootmenu", &["on", "off"]),
    ("disk.vda.cache", &["none", "writeback"]),
    ("disk.vda.discard", &["unmap", "ignore"]),
    ("disk.vda.readonly", &["on", "off"]),
    ("disk.vda.serial", &["A-1", "B-2"]),
];

#[test]
fn what_libvirts_schema_takes_it_takes_after_any_sequence_of_harmless_edits() {
    virt::error::clear_error_callback();
    let connection = Connect::open(Some("test:///default")).expect("libvirt's test driver");
    let refusal = |text: &str| {
        let defined = connection.define_domain_xml_flags(text, sys::VIR_DOMAIN_DEFINE_VALIDATE);
        let error = defined
            .err()
            .filter(|error| error.code().to_raw() == sys::VIR_ERR_XML_INVALID_SCHEMA)?;
        Some(error.message().to_owned())
    };
    let valid: Vec<_> = MACHINES.iter().filter(|(_, text)| refusal(text).is_none()).collect();
    assert!(valid.len() >= 5, "{} machines are valid", valid.len());
    let config = ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let done = runner.run(&(any::<Index>(), steps()), |(machine, steps)| {
        let (name, text) = machine.get(&valid);
        let mut text = (*text).to_owned();
        for step in &steps {
            let change = if step.kind == 0 || step.kind == 1 {
                let found = change(step, &parsed(&text)).map(|(change, _)| change);
                found.filter(|change| !matches!(change, Change::Set { .. }))
            } else {
                let (setting, values) = *step.which.get(&HARMLESS);
                let setting = Setting::parse(setting).expect("a setting");
                let value = (step.kind > 3).then(|| setting.property.input(values[step.value.index(values.len())]).expect("a value"));
                let is_needed = matches!(setting.property.name, "memory" | "vcpu") && setting.scope.word.is_empty();
                (value.is_some() || !is_needed).then_some(Change::Set { setting, value })
            };
            let Some(change) = change else { continue };
            // Of some kinds a machine has one at most, and a fresh one may need more to be whole.
            let is_alone = matches!(&change, Change::AddDevice { xml } if !xml.starts_with("<disk") && !xml.starts_with("<interface"));
            if is_alone {
                continue;
            }
            let Ok(after) = preview(&text, std::slice::from_ref(&change)) else { continue };
            let refused = refusal(&after.xml);
            prop_assert!(refused.is_none(), "{}: {:?}: {:?}\n{}", name, change, refused, after.xml);
            text = after.xml;
        }
        Ok(())
    });
    done.expect("every sequence stays valid");
}
