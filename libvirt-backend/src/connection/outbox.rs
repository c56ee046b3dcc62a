//! Events on their way to the window or the terminal, and the gentle knock that says there are some.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::backend::OnChange;
use crate::command::{Event, JobUpdate, Notice};

/// Notices kept for a reader that does not come; the oldest go first.
const NOTICES_LIMIT: usize = 1_000;
/// Ends of jobs kept for a reader that does not come. Far more than anybody can submit between two frames.
const ENDS_LIMIT: usize = 100_000;
/// Between two calls of `on_change`.
const COALESCE: Duration = Duration::from_millis(100);

/// What `Backend::take_events` drains. A job has one entry for where it stands, replaced in place, and one for its end.
#[derive(Default)]
pub(crate) struct Outbox {
    events: Mutex<VecDeque<Event>>,
}

impl Outbox {
    pub(crate) fn push_job(&self, update: JobUpdate) {
        let mut events = self.lock();
        if !update.state.is_over() {
            let standing = events.iter_mut().rev().find_map(|event| match event {
                Event::Job(old) if old.job == update.job => Some(old),
                Event::Job(_) | Event::Notice(_) => None,
            });
            if let Some(old) = standing {
                // Progress that overtakes the end of its job is of no use to anybody.
                if !old.state.is_over() {
                    *old = update;
                }
                return;
            }
        }
        events.push_back(Event::Job(update));
        if events.len() > ENDS_LIMIT {
            tracing::error!("nobody reads the events: the oldest is dropped");
            events.pop_front();
        }
    }

    pub(crate) fn push_notice(&self, notice: Notice) {
        let mut events = self.lock();
        let is_notice = |event: &Event| matches!(event, Event::Notice(_));
        if events.iter().filter(|event| is_notice(event)).count() >= NOTICES_LIMIT
            && let Some(oldest) = events.iter().position(is_notice)
        {
            events.remove(oldest);
        }
        events.push_back(Event::Notice(notice));
    }

    pub(crate) fn take(&self) -> Vec<Event> {
        self.lock().drain(..).collect()
    }

    pub(crate) fn has_any(&self) -> bool {
        !self.lock().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Calls `on_change` soon after something is new, and not more often than every 100 ms.
#[derive(Default)]
pub(crate) struct Knocker {
    knock: Notify,
    is_hidden: AtomicBool,
    has_event: AtomicBool,
    is_closed: AtomicBool,
}

impl Knocker {
    /// A model is new.
    pub(crate) fn model_changed(&self) {
        if !self.is_hidden.load(Ordering::Relaxed) {
            self.knock.notify_one();
        }
    }

    /// An event is waiting: told even to a hidden window.
    pub(crate) fn event_waits(&self) {
        self.has_event.store(true, Ordering::Relaxed);
        self.knock.notify_one();
    }

    pub(crate) fn set_hidden(&self, is_hidden: bool) {
        let was_hidden = self.is_hidden.swap(is_hidden, Ordering::Relaxed);
        if was_hidden && !is_hidden {
            self.knock.notify_one();
        }
    }

    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
        self.knock.notify_one();
    }

    /// Runs until [`Self::close`].
    pub(crate) async fn run(self: Arc<Self>, on_change: OnChange) {
        loop {
            self.knock.notified().await;
            if self.is_closed.load(Ordering::Relaxed) {
                return;
            }
            let has_event = self.has_event.swap(false, Ordering::Relaxed);
            if has_event || !self.is_hidden.load(Ordering::Relaxed) {
                on_change();
            }
            tokio::time::sleep(COALESCE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Command, JobId, JobState, JobStep, NoticeKind, Outcome};

    fn update(job: u64, state: JobState) -> JobUpdate {
        JobUpdate {
            job: JobId(job),
            uri: "test:///default".to_owned(),
            machine: None,
            command: Arc::new(Command::TestHostAgain),
            state,
        }
    }

    fn progress(fraction: f32) -> JobState {
        JobState::Progress {
            step: JobStep::Saving,
            fraction: Some(fraction),
            is_cancellable: true,
        }
    }

    #[test]
    fn progress_is_coalesced_and_ends_are_kept() {
        let outbox = Outbox::default();
        outbox.push_job(update(1, JobState::Queued));
        for percent in 0..1_000 {
            outbox.push_job(update(1, progress(percent as f32 / 1_000.0)));
            outbox.push_job(update(2, progress(0.5)));
        }
        outbox.push_job(update(1, JobState::Done(Outcome::Done)));
        outbox.push_job(update(1, progress(0.1)));
        let events = outbox.take();
        assert_eq!(events.len(), 3, "{events:?}");
        assert_eq!(events[2], Event::Job(update(1, JobState::Done(Outcome::Done))));
        assert!(outbox.take().is_empty());
    }

    #[test]
    fn notices_that_nobody_reads_do_not_pile_up() {
        let outbox = Outbox::default();
        outbox.push_job(update(1, JobState::Cancelled));
        for _ in 0..NOTICES_LIMIT + 10 {
            outbox.push_notice(Notice {
                uri: String::new(),
                machine: None,
                machine_name: None,
                kind: NoticeKind::Resynchronised,
            });
        }
        let events = outbox.take();
        assert_eq!(events.len(), NOTICES_LIMIT + 1);
        assert_eq!(
            events[0],
            Event::Job(update(1, JobState::Cancelled)),
            "the end of the job stays"
        );
    }

    #[tokio::test]
    async fn many_changes_are_one_call_and_a_hidden_window_hears_of_events_only() {
        let (called, mut calls) = tokio::sync::mpsc::channel(64);
        let knocker = Arc::new(Knocker::default());
        let task = tokio::spawn(Arc::clone(&knocker).run(Arc::new(move || called.try_send(()).unwrap())));
        for _ in 0..50 {
            knocker.model_changed();
        }
        calls.recv().await.unwrap();
        knocker.set_hidden(true);
        for _ in 0..50 {
            knocker.model_changed();
        }
        knocker.event_waits();
        calls.recv().await.unwrap();
        knocker.close();
        task.await.unwrap();
        assert!(calls.recv().await.is_none(), "two calls and no third");
    }
}
