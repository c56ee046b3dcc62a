//! A computer of the test driver for unit tests: nothing in it is real, every call is.

use std::sync::Mutex;

use virt::domain::Domain;

use super::context::{CancelToken, Context, Paths};
use crate::command::JobStep;
use crate::error::Result;
use crate::ffi::Conn;
use crate::model::{HostModel, MachineId};

const NODE: &str = "<node><cpu><mhz>2000</mhz><model>i686</model><active>4</active><nodes>1</nodes>\
    <sockets>1</sockets><cores>4</cores><threads>1</threads></cpu><memory>8388608</memory></node>";

pub(crate) struct TestHost {
    pub(crate) connection: Conn,
    pub(crate) uri: String,
    pub(crate) model: HostModel,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) steps: Mutex<Vec<(JobStep, bool)>>,
}

impl TestHost {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("node.xml");
        std::fs::write(&file, NODE).unwrap();
        let uri = format!("test://{}", file.display());
        Self {
            connection: Conn::open(&uri).unwrap(),
            model: HostModel::empty(&uri),
            uri,
            folder,
            steps: Mutex::default(),
        }
    }

    /// A persistent machine without devices.
    pub(crate) fn define(&self, name: &str) -> MachineId {
        self.define_with(name, "")
    }

    pub(crate) fn define_with(&self, name: &str, devices: &str) -> MachineId {
        let xml = format!(
            "<domain type='test'><name>{name}</name><memory unit='KiB'>65536</memory><vcpu>1</vcpu>\
             <os><type>hvm</type></os><devices>{devices}</devices></domain>"
        );
        let domain = self.connection.define_domain_xml(&xml).unwrap();
        MachineId(domain.uuid().unwrap())
    }

    pub(crate) fn domain(&self, id: MachineId) -> Domain {
        self.connection.lookup_domain_by_uuid(id.0).unwrap()
    }

    pub(crate) fn is_active(&self, id: MachineId) -> bool {
        self.domain(id).is_active().unwrap()
    }

    pub(crate) fn state_word(&self, id: MachineId) -> String {
        let (state, _) = self.domain(id).state().unwrap();
        state.to_string().to_lowercase()
    }

    pub(crate) fn run<T>(&self, operation: impl FnOnce(&Context<'_>) -> Result<T>) -> Result<T> {
        let paths = Paths::new(self.folder.path().join("state"), self.folder.path().join("data"));
        let progress = |step, _fraction, is_cancellable| self.steps.lock().unwrap().push((step, is_cancellable));
        operation(&Context {
            connection: &self.connection,
            uri: &self.uri,
            paths: &paths,
            model: &self.model,
            progress: &progress,
            cancel: &CancelToken::default(),
            connect: &|| Ok(self.connection.clone()),
        })
    }
}
