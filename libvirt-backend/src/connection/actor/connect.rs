//! Opening the connection, noticing that it is gone, trying again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::Builder;
use std::time::{Duration, Instant};

use super::machines::PoolsReading;
use super::{Actor, LIST_EVERY};
use crate::backend::Profile;
use crate::command::{Notice, NoticeKind};
use crate::connection::clock;
use crate::connection::link::{Link, Links, Sharing, TIMED_OUT};
use crate::connection::message::Finished;
use crate::connection::reason;
use crate::error::{Error, LibvirtError};
use crate::model::{ConnectionState, DisconnectReason, Freshness, Responding};

/// A daemon's first start on a computer takes seconds; then the user is told why nothing happens.
const SLOW_AFTER: Duration = Duration::from_millis(1_500);
const FIRST_RETRY: Duration = Duration::from_millis(200);
const LAST_RETRY: Duration = Duration::from_secs(30);

impl Actor {
    pub(super) fn connect_now(&mut self) {
        self.retry_at = None;
        self.attempt += 1;
        self.slow_at = Some(Instant::now() + SLOW_AFTER);
        self.set_state(ConnectionState::Connecting { is_slow: false });
        let attempt = self.attempt;
        let opener = self.opener.clone();
        let sender = self.pool.sender();
        let mailbox = self.mailbox.clone();
        let before_opening = self.before_opening.clone();
        let spawned = Builder::new().name("libvirt-connect".to_owned()).spawn(move || {
            let is_ready = before_opening.map_or(Ok(()), |before| before());
            let result = is_ready
                .map_err(|message| LibvirtError {
                    code: 0,
                    domain: 0,
                    message,
                })
                .and_then(|()| opener.open(move |link| mailbox.register(attempt, link)))
                .map(Arc::new);
            // Nobody is there any more: the link closes as it is dropped.
            sender.blocking_send(Finished::Opened { attempt, result }).ok();
        });
        if let Err(error) = spawned {
            self.disconnected(
                DisconnectReason::Other,
                LibvirtError {
                    code: 0,
                    domain: 0,
                    message: error.to_string(),
                },
            );
        }
    }

    pub(super) fn retry_now(&mut self) {
        if matches!(self.state, ConnectionState::Disconnected { .. } | ConnectionState::Idle) {
            self.failures = 0;
            self.connect_now();
        }
    }

    pub(super) fn opened(&mut self, attempt: u64, result: Result<Arc<Link>, LibvirtError>) {
        if attempt != self.attempt || !matches!(self.state, ConnectionState::Connecting { .. }) {
            return;
        }
        self.slow_at = None;
        match result {
            Ok(link) => self.connected(&link),
            Err(error) => {
                let reason = if error.code == TIMED_OUT {
                    DisconnectReason::TimedOut
                } else {
                    reason::classify(&self.uri, &error)
                };
                self.disconnected(reason, error);
            }
        }
    }

    fn connected(&mut self, link: &Arc<Link>) {
        tracing::info!(uri = self.uri, "connected");
        self.epoch += 1;
        self.failures = 0;
        self.links = Some(Links::new(
            self.opener.clone(),
            Arc::clone(link),
            match self.common.profile {
                Profile::Desktop => Sharing::ByPurpose,
                Profile::Terminal => Sharing::UntilHung,
            },
        ));
        self.start_sampling(link);
        self.set_state(ConnectionState::Connected);
        self.list_at = Some(Instant::now() + LIST_EVERY);
        self.expect_everything_to_have_changed();
        self.is_host_known = false;
        self.read_list();
        self.read_pools();
        // Last: a daemon that was started a moment ago tries out every QEMU before it tells its version.
        self.read_host();
        if self.was_connected {
            self.tell_connection(NoticeKind::ConnectionBack);
        }
        self.was_connected = true;
    }

    /// The connection is lost or could not be opened.
    pub(super) fn disconnected(&mut self, reason: DisconnectReason, error: LibvirtError) {
        tracing::info!(uri = self.uri, ?reason, %error, "not connected");
        let was_connected = self.links.is_some();
        self.epoch += 1;
        self.slow_at = None;
        self.list_at = None;
        self.sampling.stop();
        if let Some(links) = self.links.take() {
            links.clear();
        }
        let mut lost_jobs = Vec::new();
        self.pool.drop_waiting(|call| {
            lost_jobs.extend(call.job);
            true
        });
        self.pools_reading = PoolsReading::Idle;
        if self.freshness == Freshness::Live {
            self.freshness = Freshness::LastKnown;
        }
        for entry in self.machines.values_mut() {
            entry.reading_stopped();
        }
        self.set_responding_everywhere(Responding::Yes);
        let retry_in = self.retry_delay(reason);
        self.retry_at = retry_in.map(|delay| Instant::now() + delay);
        self.failures = self.failures.saturating_add(1);
        self.set_state(ConnectionState::Disconnected {
            reason,
            message: error.message,
            retry_at_millis: retry_in.map(|delay| clock::now_millis() + delay.as_millis() as i64),
        });
        // What was decided on the world as it was must not be done to the one that is found again.
        for job in lost_jobs {
            self.end_job(job, Err(Error::NotConnected { uri: self.uri.clone() }));
        }
        if was_connected {
            self.tell_connection(NoticeKind::ConnectionLost);
        }
    }

    fn retry_delay(&self, reason: DisconnectReason) -> Option<Duration> {
        if self.common.profile == Profile::Terminal || !reason.is_retried() {
            return None;
        }
        Some(back_off(self.failures))
    }

    fn tell_connection(&self, kind: NoticeKind) {
        self.common.tell(Notice {
            uri: self.uri.clone(),
            machine: None,
            machine_name: None,
            kind,
        });
    }
}

/// 0.2 s, doubling, 30 s at most.
fn back_off(failures: u32) -> Duration {
    FIRST_RETRY
        .saturating_mul(1_u32.checked_shl(failures).unwrap_or(u32::MAX))
        .min(LAST_RETRY)
}

/// Runs a piece of work whose panic must stay its own.
pub(super) fn contained<T>(work: impl FnOnce() -> crate::error::Result<T>) -> crate::error::Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let message = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "unknown panic".to_owned());
        Err(crate::error::Error::Panicked(message))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_come_slower_and_slower_but_never_stop() {
        let delays: Vec<u128> = (0..10).map(|failures| back_off(failures).as_millis()).collect();
        assert_eq!(
            delays,
            [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]
        );
        assert_eq!(back_off(u32::MAX), LAST_RETRY);
    }

    #[test]
    fn a_panic_becomes_an_error_with_its_words() {
        let result = contained::<()>(|| panic!("broken {}", 7));
        assert_eq!(result, Err(crate::error::Error::Panicked("broken 7".to_owned())));
    }
}
