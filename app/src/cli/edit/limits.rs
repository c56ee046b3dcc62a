//! What is asked for and is more than the host has: told on standard error, and done all the same.

use libvirt_backend::command::{Command, Outcome, Query};
use libvirt_backend::model::{HostChoices, MachineId};
use libvirt_backend::property::change::Change;
use libvirt_backend::property::{Property, SCOPES, Scope, Value};
use libvirt_backend::xml::Document;

use super::super::session::{Session, notice};
use super::machine::opened;
use crate::text::limits;

/// The setting as the terminal names it, what it is, and what it is to be.
type Asked = (String, &'static Scope, &'static Property, Value);

/// Asks the host only where it could have less than what is asked for. A host that does not tell is no failure.
pub(in super::super) async fn warn(session: &Session, id: MachineId, changes: &[Change]) {
    let asked: Vec<Asked> = changes.iter().flat_map(asked).collect();
    if asked.is_empty() {
        return;
    }
    let Ok(definition) = opened(session, Query::Definition(id)).await else {
        return;
    };
    let Ok(domain) = Document::parse_as(&definition.inactive, "domain") else {
        return;
    };
    if let Ok(Outcome::Choices(host)) = session.run(Command::Query(Query::Choices(id))).await {
        for words in worries(&host, &domain, &asked) {
            notice(&words);
        }
    }
}

fn worries(host: &HostChoices, domain: &Document, asked: &[Asked]) -> Vec<String> {
    let worries = asked.iter().filter_map(|(name, scope, property, value)| {
        let words = limits::worry(host, domain, (scope, property), value)?;
        Some(format!("{name}: {words}"))
    });
    worries.collect()
}

/// Only what could be more than a host has.
fn asked(change: &Change) -> Vec<Asked> {
    match change {
        Change::Set {
            setting,
            value: Some(value),
        } if limits::is_limited(setting.scope, setting.property) => {
            vec![(setting.to_string(), setting.scope, setting.property, value.clone())]
        }
        Change::AddDevice { xml } => of_device(xml).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn of_device(xml: &str) -> Option<Vec<Asked>> {
    let device = Document::parse(xml).ok()?;
    let root = device.root();
    let element = format!("devices/{}", device.name(root));
    let scope = SCOPES
        .iter()
        .find(|scope| scope.is_device() && scope.element == element)?;
    let limited = scope
        .properties()
        .filter(|property| limits::is_limited(scope, property));
    let asked = limited.filter_map(|property| {
        let value = property.read(&device, root).ok()??;
        Some((format!("{}.{}", scope.word, property.name), scope, property, value))
    });
    Some(asked.collect())
}

#[cfg(test)]
mod tests {
    use libvirt_backend::property::select::Setting;

    use super::*;
    use crate::screens::fixtures;

    fn told(changes: &[Change]) -> Vec<String> {
        let asked: Vec<Asked> = changes.iter().flat_map(asked).collect();
        let domain = Document::parse(&fixtures::hardware().inactive).unwrap();
        worries(&fixtures::host_choices(), &domain, &asked)
    }

    fn set(name: &str, text: &str) -> Change {
        let setting = Setting::parse(name).unwrap();
        let value = setting.property.input(text).unwrap();
        Change::Set {
            setting,
            value: Some(value),
        }
    }

    #[test]
    fn settings_and_new_devices_are_measured_against_the_host() {
        let words = told(&[set("memory", "1GiB"), set("vcpu", "9"), set("title", "a")]);
        assert_eq!(
            words,
            ["vcpu: More than the 8 processors of the host: the machine gets no faster by it."]
        );
        let xml = "<memory model='dimm'><target><size unit='GiB'>33</size></target></memory>".to_owned();
        let words = told(&[Change::AddDevice { xml }]);
        assert_eq!(words.len(), 1);
        assert!(
            words[0].starts_with("memory-device.size: More than the host has (32 GiB)"),
            "{words:?}"
        );
        assert!(
            told(&[Change::AddDevice {
                xml: "<rng model='virtio'/>".to_owned()
            }])
            .is_empty()
        );
    }
}
