//! Which distribution this is: read once, beside the window, so that a cure names the command that works here.

use crate::text::error::use_packages_of;

const OS_RELEASE: &str = "/etc/os-release";

pub(super) fn read() {
    let spawned =
        std::thread::Builder::new()
            .name("berth-os-release".to_owned())
            .spawn(|| match std::fs::read_to_string(OS_RELEASE) {
                Ok(text) => use_packages_of(&text),
                Err(error) => tracing::info!(%error, "it is not known which distribution this is"),
            });
    if let Err(error) = spawned {
        tracing::warn!(%error, "no thread");
    }
}
