//! Where the window is. Screens never know each other; they meet through routes and commands.

use std::sync::Arc;

use libvirt_backend::model::MachineId;
use serde::{Deserialize, Serialize};

/// A machine of one connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MachineKey {
    pub uri: Arc<str>,
    pub id: MachineId,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Route {
    #[default]
    Machines,
    Machine {
        key: MachineKey,
        tab: MachineTab,
    },
    Connections,
    Settings,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MachineTab {
    #[default]
    Overview,
    Console,
    /// A serial line, as a terminal.
    Serial,
    Hardware,
    Snapshots,
    Activity,
}
