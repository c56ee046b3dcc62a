//! How far a long libvirt call is: asked on a thread beside it, because the call itself says nothing until it ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::Context;
use super::call::Found;
use crate::command::JobStep;

const POLL: Duration = Duration::from_millis(100);
/// A job that was called off is asked to end this often until it does.
const ABORT: Duration = Duration::from_millis(20);

/// Runs `call` while reporting the domain's job as the cancellable step's fraction.
///
/// Once the token is set the job is aborted again and again: libvirt refuses to abort one that is only about to begin,
/// or is between two of its phases, and would then go on with it to the end.
pub(super) fn with_job_progress<T>(ctx: &Context<'_>, found: &Found, step: JobStep, call: impl FnOnce() -> T) -> T {
    let is_over = AtomicBool::new(false);
    let (progress, cancel) = (ctx.progress, ctx.cancel);
    std::thread::scope(|scope| {
        let watcher = std::thread::Builder::new()
            .name("job-progress".to_owned())
            .spawn_scoped(scope, || {
                let mut last = 0.0_f32;
                while !is_over.load(Ordering::Acquire) {
                    if cancel.is_cancelled() {
                        abort(found);
                        std::thread::park_timeout(ABORT);
                        continue;
                    }
                    if let Some(fraction) = fraction(found) {
                        last = last.max(fraction);
                        progress(step, Some(last), true);
                    }
                    std::thread::park_timeout(POLL);
                }
            });
        // Ends the watcher whatever the call does, or the scope would wait for ever.
        let _end = EndWatcher {
            is_over: &is_over,
            watcher: watcher.as_ref().ok().map(|handle| handle.thread().clone()),
        };
        call()
    })
}

struct EndWatcher<'a> {
    is_over: &'a AtomicBool,
    watcher: Option<std::thread::Thread>,
}

impl Drop for EndWatcher<'_> {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        if let Some(watcher) = &self.watcher {
            watcher.unpark();
        }
    }
}

fn abort(found: &Found) {
    match found.domain.abort_job() {
        Ok(()) => tracing::debug!(name = found.name, "libvirt takes the job back"),
        Err(error) => tracing::debug!(name = found.name, %error, "not aborted yet"),
    }
}

/// `None`: no job, or its size is not known yet.
fn fraction(found: &Found) -> Option<f32> {
    found.domain.job_progress().ok()?.fraction()
}
