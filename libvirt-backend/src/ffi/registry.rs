//! Rust closures that C calls back by number.
//!
//! libvirt carries a `void *` for each callback. It gets a number instead of an address: a callback that arrives late
//! finds nothing under its number and does nothing, so no pointer of ours can dangle and nothing has to be freed by C.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

pub(super) struct Registry<F: ?Sized> {
    entries: Mutex<Entries<F>>,
}

struct Entries<F: ?Sized> {
    next: usize,
    by_number: BTreeMap<usize, Arc<F>>,
}

/// The number under which a closure stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket(usize);

impl Ticket {
    pub(super) const fn as_opaque(self) -> *mut c_void {
        std::ptr::without_provenance_mut(self.0)
    }
}

impl<F: ?Sized> Registry<F> {
    pub(super) const fn new() -> Self {
        Self {
            entries: Mutex::new(Entries {
                next: 1,
                by_number: BTreeMap::new(),
            }),
        }
    }

    pub(super) fn insert(&self, callback: Arc<F>) -> Ticket {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let number = entries.next;
        entries.next += 1;
        entries.by_number.insert(number, callback);
        Ticket(number)
    }

    pub(super) fn remove(&self, ticket: Ticket) {
        let removed = self
            .entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .by_number
            .remove(&ticket.0);
        // Outside the lock: what the closure captured may do anything in its drop.
        drop(removed);
    }

    /// Calls what stands under the number that C carried, if anything still does. Unwinding ends here: C frames lie
    /// above.
    pub(super) fn call(&self, opaque: *mut c_void, call: impl FnOnce(&F)) {
        let found = self
            .entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .by_number
            .get(&opaque.addr())
            .cloned();
        if let Some(callback) = found
            && catch_unwind(AssertUnwindSafe(move || {
                call(&callback);
                // Here, so that a panic in the drop of the last reference is caught as well.
                drop(callback);
            }))
            .is_err()
        {
            tracing::error!("a libvirt callback panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_late_callback_finds_nothing_and_a_panicking_one_is_caught() {
        static CALLS: AtomicUsize = AtomicUsize::new(0);
        static REGISTRY: Registry<dyn Fn(usize) + Send + Sync> = Registry::new();
        let ticket = REGISTRY.insert(Arc::new(|n| {
            assert!(n < 10, "on purpose");
            CALLS.fetch_add(n, Ordering::Relaxed);
        }));
        REGISTRY.call(ticket.as_opaque(), |callback| callback(3));
        REGISTRY.call(ticket.as_opaque(), |callback| callback(10));
        REGISTRY.remove(ticket);
        REGISTRY.call(ticket.as_opaque(), |callback| callback(5));
        REGISTRY.call(std::ptr::null_mut(), |callback| callback(5));
        assert_eq!(CALLS.load(Ordering::Relaxed), 3);
    }
}
