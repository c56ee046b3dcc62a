//! `berth device`: what a machine is made of, listed, added to and taken from.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use libvirt_backend::command::{Command, MachineCommand, Outcome, Query};
use libvirt_backend::defaults::disk_image_name;
use libvirt_backend::model;
use libvirt_backend::property::change::Change;
use libvirt_backend::property::edit::{Apply, EditRequest, NewImage};
use libvirt_backend::xml::Document;
use libvirt_backend::xml::property::fresh::{self, Sort};
use libvirt_backend::xml::property::select::Setting;
use libvirt_backend::xml::property::{Property, SCOPES, Scope, Value};
use serde_json::{Map, json};

use super::act::{confirm, tell_shortage};
use super::args::{Machine, OutputArgs};
use super::edit::{edited, opened, read_file, tell, warn};
use super::output::{Failure, print_json};
use super::session::Session;
use super::size::Size;
use super::table::print_table;
use crate::t;
use crate::text::setting::{refusal, select_error, xml_error};

/// Settings of a device that its line in the list shows.
const SHOWN: usize = 4;

#[derive(Debug, Subcommand)]
pub enum Device {
    /// List a machine's devices by the names that edit and remove take.
    List(Machine),
    /// Add one: of a kind, with settings, or as XML.
    Add(Add),
    /// Take one out; files that it used stay.
    Remove(Remove),
}

#[derive(Debug, Args)]
pub struct Add {
    #[command(flatten)]
    pub machine: Machine,
    /// disk, interface, rng, watchdog, … as --list-properties of edit names them; controller.pci is one more root
    /// port, hostdev.0000:03:00.0 a PCI device of the host's.
    #[arg(value_name = "KIND", required_unless_present = "xml", conflicts_with = "xml")]
    pub kind: Option<String>,
    /// A setting of the new device, such as source.file=/srv/data.qcow2; may be given several times.
    #[arg(long, value_name = "PROPERTY=VALUE", requires = "kind")]
    pub set: Vec<String>,
    /// Make a new, empty image of this size for the disk, such as 20GiB; it grows as it is filled.
    #[arg(long, value_name = "SIZE", conflicts_with = "xml")]
    pub size: Option<Size>,
    /// The device's XML; - is standard input.
    #[arg(long, value_name = "FILE")]
    pub xml: Option<PathBuf>,
    #[command(flatten)]
    pub place: Place,
}

#[derive(Debug, Args)]
pub struct Remove {
    #[command(flatten)]
    pub machine: Machine,
    /// As list names it: disk.vdb, interface.52:54:00:12:34:56, watchdog.
    #[arg(value_name = "DEVICE")]
    pub device: String,
    #[command(flatten)]
    pub place: Place,
}

#[derive(Clone, Copy, Debug, Args)]
pub struct Place {
    /// Change only the machine that runs, until it stops.
    #[arg(long, conflicts_with = "config")]
    pub live: bool,
    /// Change only its next start.
    #[arg(long)]
    pub config: bool,
    /// Show what would change, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

impl Device {
    pub fn machine(&self) -> &str {
        match self {
            Self::List(machine) => &machine.machine,
            Self::Add(add) => &add.machine.machine,
            Self::Remove(remove) => &remove.machine.machine,
        }
    }
}

pub(super) async fn run(session: &Session, command: &Device, output: OutputArgs) -> Result<(), Failure> {
    let name = command.machine();
    let id = session.machine(name)?.id;
    let definition = opened(session, Query::Definition(id)).await?;
    let domain = Document::parse_as(&definition.inactive, "domain");
    let domain = domain.map_err(|error| Failure::text(xml_error(&error)))?;
    let mut images = Vec::new();
    let (change, place) = match command {
        Device::List(_) => return list(&domain, output.json),
        Device::Add(add) => {
            let mut settings = add.set.clone();
            if let Some(size) = add.size {
                let owner = session.machine(name)?;
                let image = new_image(session, (&owner, &domain), add, size).await?;
                settings.retain(|text| !text.starts_with(IMAGE_FILE));
                settings.push(format!("{IMAGE_FILE}{}", image.path.display()));
                images.push(image);
            }
            let xml = added(add, &settings, &domain)?;
            (Change::AddDevice { xml }, add.place)
        }
        Device::Remove(remove) => (removed(remove, &domain, output)?, remove.place),
    };
    let request = EditRequest {
        opened_on: Some(definition.fingerprint),
        changes: vec![change],
        images,
        apply: match (place.live, place.config) {
            (true, _) => Apply::Live,
            (_, true) => Apply::NextStart,
            _ => Apply::Both,
        },
        is_dry_run: place.dry_run,
    };
    warn(session, id, &request.changes).await;
    let outcome = session.run_on(name, MachineCommand::Edit(Box::new(request))).await?;
    tell(&edited(outcome)?, output)
}

fn list(domain: &Document, is_json: bool) -> Result<(), Failure> {
    let devices = fresh::kinds().flat_map(|scope| {
        let keyed = scope.keyed(domain);
        keyed.into_iter().map(move |(key, element)| {
            let held = scope.properties().filter_map(move |property| {
                let value = property.read(domain, element).ok().flatten()?;
                (value != Value::Switch(false)).then(|| (property.name, shown(property, &value)))
            });
            (format!("{}.{key}", scope.word), held.collect::<Vec<_>>())
        })
    });
    if is_json {
        let list = devices.map(|(name, held)| {
            let held: Map<_, _> = held
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect();
            json!({ "device": name, "settings": held })
        });
        return print_json(&list.collect());
    }
    let rows: Vec<Vec<String>> = devices
        .map(|(name, held)| {
            let held: Vec<String> = held
                .iter()
                .take(SHOWN)
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            vec![name, held.join(" ")]
        })
        .collect();
    print_table(&["DEVICE", "SETTINGS"].map(str::to_owned), &rows)
}

fn shown(property: &Property, value: &Value) -> String {
    if property.is_secret {
        t!("cli-edit-hidden")
    } else {
        value.to_string()
    }
}

/// How the setting of a disk's image begins.
const IMAGE_FILE: &str = "source.file=";

/// Where it was asked for, or beside the machine's other disks under a name that is free.
async fn new_image(
    session: &Session,
    (owner, domain): (&model::Machine, &Document),
    add: &Add,
    Size(capacity_bytes): Size,
) -> Result<NewImage, Failure> {
    if add.kind.as_deref() != Some("disk") {
        return Err(Failure::usage(t!("cli-device-size")));
    }
    if let Some(path) = add.set.iter().find_map(|text| text.strip_prefix(IMAGE_FILE)) {
        return Ok(NewImage {
            path: PathBuf::from(path),
            capacity_bytes,
        });
    }
    let room = session.run(Command::Query(Query::StorageRoom)).await?;
    let Outcome::StorageRoom(room) = room else {
        return Err(Failure::told());
    };
    let choices = session.run(Command::Query(Query::Choices(owner.id))).await?;
    let taken = |name: &str| match &choices {
        Outcome::Choices(choices) => choices.has_volume(name),
        _ => false,
    };
    let bus = add.set.iter().find_map(|text| text.strip_prefix("bus="));
    let target = fresh::target_on(bus.unwrap_or("virtio"), domain);
    tell_shortage(session, capacity_bytes).await;
    let name = disk_image_name(owner.name(), &target, taken);
    Ok(NewImage {
        path: room.folder.join(name),
        capacity_bytes,
    })
}

/// The XML of the device that is to be added.
fn added(add: &Add, settings: &[String], domain: &Document) -> Result<String, Failure> {
    if let Some(path) = &add.xml {
        let xml = read_file(path).map_err(|words| Failure::text(format!("{}: {words}", path.display())))?;
        let device = Document::parse(&xml).map_err(|error| Failure::text(xml_error(&error)))?;
        return Ok(device.element_xml(device.root()));
    }
    let name = add.kind.as_deref().unwrap_or_default();
    let unknown = || Failure::usage(t!("cli-device-kind", kind = name, kinds = fresh::names().join(", ")));
    let sort = Sort::parse(name).ok_or_else(unknown)?;
    let settings: Vec<(&Property, Value)> = settings
        .iter()
        .map(|text| given(sort.scope, text))
        .collect::<Result<_, _>>()?;
    let is_given = |name: &&str| settings.iter().any(|(property, _)| property.name == *name);
    if let Some(missing) = sort.needed().iter().find(|name| !is_given(name)) {
        return Err(Failure::usage(t!("cli-device-needs", kind = name, setting = *missing)));
    }
    let made = sort.device_with(domain, &settings).ok_or_else(unknown)?;
    made.map_err(|error| Failure::text(xml_error(&error)))
}

fn given<'a>(scope: &'static Scope, text: &str) -> Result<(&'a Property, Value), Failure> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| Failure::usage(t!("cli-edit-no-value", text = text)))?;
    let Some(property) = scope.property(name) else {
        let full = format!("{}.first.{name}", scope.word);
        let error = Setting::parse(&full).err();
        return Err(Failure::usage(
            error.map_or_else(String::new, |error| select_error(&error)),
        ));
    };
    if property.is_secret {
        return Err(Failure::usage(t!("cli-edit-secret", name = name)));
    }
    let value = property.input(value);
    let value = value.map_err(|error| Failure::usage(format!("{name}: {}", refusal(&error))))?;
    Ok((property, value))
}

/// Asks before anything goes.
fn removed(remove: &Remove, domain: &Document, output: OutputArgs) -> Result<Change, Failure> {
    let name = remove.device.as_str();
    let found =
        SCOPES
            .iter()
            .filter(|scope| !scope.word.is_empty())
            .find_map(|scope| match name.strip_prefix(scope.word)? {
                "" => Some((scope, "")),
                rest => Some((scope, rest.strip_prefix('.')?)),
            });
    let Some((scope, key)) = found else {
        let kinds: Vec<&str> = fresh::kinds().map(|scope| scope.word).collect();
        return Err(Failure::usage(t!(
            "cli-device-kind",
            kind = name,
            kinds = kinds.join(", ")
        )));
    };
    let elements = libvirt_backend::xml::property::change::chosen(scope, key, domain);
    if elements.is_ok_and(|elements| elements.is_empty()) {
        return Err(Failure::text(t!("setting-has-none", word = scope.word, key = key)));
    }
    if !remove.place.dry_run {
        confirm(
            output,
            &t!(
                "cli-device-remove-ask",
                device = name,
                name = remove.machine.machine.as_str()
            ),
        )?;
    }
    Ok(Change::RemoveDevice {
        scope,
        key: key.to_owned(),
    })
}
