//! Which distribution this is: read once, so that a cure names the command that works here.

use crate::text::error::use_packages_of;

const OS_RELEASE: &str = "/etc/os-release";

/// For the window, whose first frame does not wait for it.
pub(super) fn read_beside() {
    let spawned = std::thread::Builder::new()
        .name("berth-os-release".to_owned())
        .spawn(read);
    if let Err(error) = spawned {
        tracing::warn!(%error, "no thread");
    }
}

/// For the terminal, whose first error may come at once.
pub fn read() {
    match std::fs::read_to_string(OS_RELEASE) {
        Ok(text) => use_packages_of(&text),
        Err(error) => tracing::info!(%error, "it is not known which distribution this is"),
    }
}
