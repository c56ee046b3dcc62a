//! Checks of XML against libvirt's schema that fail for no fault of the XML.
//!
//! A daemon prepares the types of its schema language at its first check, and unguarded: of two checks at that moment
//! one may find them half there and fails with a word about the schema. At the next try they are.

use std::thread;
use std::time::Duration;

use crate::error::LibvirtError;

const TRIES: usize = 5;
const PAUSE: Duration = Duration::from_millis(100);

/// Makes a call that has its XML checked. Nothing was done where the check could not be made: it may be made again.
pub(crate) fn checked<T, E: Into<LibvirtError>>(call: impl Fn() -> Result<T, E>) -> Result<T, LibvirtError> {
    let mut tries = 1..TRIES;
    loop {
        match call().map_err(Into::into) {
            Err(error) if is_half_prepared(&error) && tries.next().is_some() => {
                tracing::warn!(%error, "the schema was not ready");
                thread::sleep(PAUSE);
            }
            result => return result,
        }
    }
}

fn is_half_prepared(error: &LibvirtError) -> bool {
    error.message.contains("Unable to parse RelaxNG schema")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn failure(message: &str) -> LibvirtError {
        LibvirtError {
            code: 1,
            domain: 0,
            message: message.to_owned(),
        }
    }

    const HALF: &str = "internal error: Unable to parse RelaxNG schema '/usr/share/libvirt/schemas/domain.rng': Error \
        type 'NCName' is not exported by type library 'http://www.w3.org/2001/XMLSchema-datatypes'";

    #[test]
    fn a_schema_that_another_check_is_preparing_is_waited_for() {
        let calls = Cell::new(0);
        let result = checked(|| {
            calls.set(calls.get() + 1);
            if calls.get() < 3 {
                Err(failure(HALF))
            } else {
                Ok(calls.get())
            }
        });
        assert_eq!(result, Ok(3));
    }

    #[test]
    fn what_is_wrong_stays_wrong_and_a_broken_schema_is_told_at_last() {
        for (message, expected) in [("XML document failed to validate against schema", 1), (HALF, TRIES)] {
            let calls = Cell::new(0);
            let result: Result<(), _> = checked(|| {
                calls.set(calls.get() + 1);
                Err::<(), _>(failure(message))
            });
            assert_eq!(result, Err(failure(message)));
            assert_eq!(calls.get(), expected, "{message}");
        }
    }
}
