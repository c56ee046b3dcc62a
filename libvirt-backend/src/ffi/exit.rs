//! The end of the process.

use std::io::Write as _;

/// Ends the process with this status, without the exit handlers of the C libraries in it.
///
/// Threads that are still inside libvirt, opening a connection for example, would find its TLS library taken apart under
/// them and crash. Whatever is to be kept has been written before.
pub fn end_process(status: u8) -> ! {
    // Nobody is left to be told that it could not be written.
    std::io::stdout().flush().ok();
    std::io::stderr().flush().ok();
    // SAFETY: `_exit` takes any number, touches no memory of ours and does not return.
    unsafe { libc::_exit(i32::from(status)) }
}
