//! What a new machine is made of: `plan(HostProfile, NewMachine) -> Plan`. Pure.
//!
//! The profile says what the host can do and what was proved there; whatever the plan leaves open (addresses, MAC,
//! emulator, UUID) is left to libvirt.

mod check;
mod choice;
mod devices;
mod domain;
mod image;

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::model::{Acceleration, HostProfile, NewMachine, NicSource};
use crate::xml::name::check_domain_name;

pub use check::{MAX_DISK_BYTES, MIN_DISK_BYTES, MIN_MEMORY_KIB, check, image_size_problem};
pub use image::{disk_image_name, image_name};

/// What has been decided or made before the XML is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanInputs {
    /// The machine's disk. It need not exist yet.
    pub disk: Option<DiskPlan>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskPlan {
    pub path: PathBuf,
    /// `qcow2` or `raw`.
    pub format: String,
    /// Made by Berth for this machine, written down in the metadata: deletion ticks it.
    pub is_made: bool,
}

/// A machine ready to be defined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The whole domain XML, without a UUID: libvirt gives it one.
    pub xml: String,
    pub acceleration: Acceleration,
    /// `None`: no network.
    pub network: Option<NicSource>,
    /// Where the serial console will be logged.
    pub serial_log: Option<PathBuf>,
    pub notes: Vec<PlanNote>,
}

/// Something that the plan decided and a user may want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlanNote {
    /// Slow: KVM was wanted if possible and is not proved.
    SoftwareEmulation,
    /// passt was not proved, QEMU's own user networking is used.
    UserNetworking,
    /// Live pictures through VNC only.
    NoDbusDisplay,
    NoSerialLog,
}

/// The domain XML for `new` on this host. Fails where `check` finds a problem, or the name is none.
pub fn plan(profile: &HostProfile, new: &NewMachine, inputs: &PlanInputs) -> Result<Plan> {
    check_domain_name(&new.name).map_err(Error::InvalidName)?;
    if let Some(&problem) = check(profile, new).first() {
        return Err(Error::InvalidInput(problem));
    }
    let mut notes = Vec::new();
    let acceleration = choice::acceleration(profile, new.accel, &mut notes);
    let network = choice::network(profile, &new.network, &mut notes);
    if !profile.dbus_display.works() {
        notes.push(PlanNote::NoDbusDisplay);
    }
    let serial_log = profile
        .log_folder
        .as_ref()
        .map(|folder| folder.join(format!("{}-serial.log", new.name)));
    if serial_log.is_none() {
        notes.push(PlanNote::NoSerialLog);
    }
    let parts = domain::Parts {
        profile,
        new,
        disk: inputs.disk.as_ref(),
        acceleration: &acceleration,
        network: network.as_ref(),
        serial_log: serial_log.as_deref(),
    };
    let xml = domain::domain_xml(&parts).map_err(|error| Error::Xml {
        object: new.name.clone(),
        message: error.to_string(),
    })?;
    Ok(Plan {
        xml,
        acceleration,
        network,
        serial_log,
        notes,
    })
}
