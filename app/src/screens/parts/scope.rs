//! What the sidebar has narrowed the machines to.

use libvirt_backend::model::{HostModel, Machine};

use super::attention::needs_attention;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    #[default]
    All,
    Running,
    Attention,
    Tag(String),
    /// One connection, by its URI.
    Host(String),
}

impl Scope {
    pub fn holds(&self, host: &HostModel, machine: &Machine) -> bool {
        match self {
            Self::All => true,
            Self::Running => machine.state.is_active(),
            Self::Attention => needs_attention(machine),
            Self::Tag(tag) => machine.definition.tags.contains(tag),
            Self::Host(uri) => host.uri == *uri,
        }
    }
}
