//! What a new machine is made of: `plan(HostProfile, NewMachine) -> Plan`. Pure.

use std::path::PathBuf;

use crate::error::{InputProblem, Result};
use crate::model::{Acceleration, HostProfile, NewMachine, NicSource};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanNote {
    /// Slow: KVM was wanted if possible and is not proved.
    SoftwareEmulation,
    /// passt was not proved, QEMU's own user networking is used.
    UserNetworking,
    /// Live pictures through VNC only.
    NoDbusDisplay,
    NoSerialLog,
}

/// The domain XML for `new` on this host. Fails where `check` finds a problem.
pub fn plan(_profile: &HostProfile, _new: &NewMachine, _inputs: &PlanInputs) -> Result<Plan> {
    todo!()
}

/// Everything wrong with the numbers and choices, for live checks. The name has its own check in `xml::name`.
pub fn check(_profile: &HostProfile, _new: &NewMachine) -> Vec<InputProblem> {
    todo!()
}
