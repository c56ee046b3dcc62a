//! What reaches the actor: wishes of the owner, and answers of the threads.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::oneshot;

use super::common::JobFacts;
use super::link::Link;
use super::read::{Found, Listing};
use crate::command::{JobId, Outcome};
use crate::error::{LibvirtError, Result};
use crate::model::{HostInfo, MachineId, PoolSummary};
use crate::ops::CancelToken;

/// From the `Backend` handle.
pub(crate) enum Wish {
    Submit(Box<Submission>),
    Cancel(JobId),
    Retry,
    Focus(Option<MachineId>),
    StartSampling,
}

pub(crate) struct Submission {
    pub(crate) facts: JobFacts,
    pub(crate) cancel: CancelToken,
    pub(crate) reply: Option<oneshot::Sender<Result<Outcome>>>,
}

/// From a thread that made a call. `epoch` names the connection it was made on: answers of an earlier one are old.
pub(crate) enum Finished {
    Opened {
        attempt: u64,
        result: Result<Arc<Link>, LibvirtError>,
    },
    Listed {
        epoch: u64,
        result: Result<Listing>,
    },
    Machine {
        epoch: u64,
        reading: Reading,
    },
    Host {
        epoch: u64,
        result: Result<HostInfo>,
    },
    Pools {
        epoch: u64,
        result: Result<Vec<PoolSummary>>,
    },
    Addresses {
        epoch: u64,
        id: MachineId,
        result: Result<Vec<IpAddr>>,
    },
    Job {
        epoch: u64,
        job: JobId,
        result: Result<Outcome>,
        /// What its machine looks like afterwards.
        reading: Option<Reading>,
    },
    /// A call whose answer nobody needs has returned.
    Nothing,
}

/// One machine was read.
pub(crate) struct Reading {
    pub(crate) id: MachineId,
    pub(crate) started: Instant,
    pub(crate) result: Result<Found>,
}
