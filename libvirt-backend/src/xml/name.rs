//! May a machine have this name? One answer for the window's live check, the terminal and the backend.

use crate::error::NameProblem;

/// libvirt makes `<name>.xml`, `<name>-…` and `<name>.log.N` of it, and a file name has 255 bytes at most.
pub const MAX_NAME_BYTES: usize = 200;

/// Quotes, `<`, `&` and every alphabet are fine.
pub fn check_domain_name(_name: &str) -> Result<(), NameProblem> {
    todo!()
}
