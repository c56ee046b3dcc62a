//! The keyboard of a guest, in words.

use crate::keyboard::{GrabState, HostKey, Refusal};
use crate::t;

/// As it is printed on the key.
pub fn host_key(key: HostKey) -> String {
    t!(match key {
        HostKey::RightCtrl => "host-key-right-ctrl",
        HostKey::RightAlt => "host-key-right-alt",
        HostKey::RightSuper => "host-key-right-super",
        HostKey::Menu => "host-key-menu",
        HostKey::ScrollLock => "host-key-scroll-lock",
        HostKey::Pause => "host-key-pause",
        HostKey::BothCtrl => "host-key-both-ctrl",
    })
}

/// Why the desktop's own shortcuts do not reach the guest; `None` where they do.
pub fn refused(grab: &GrabState) -> Option<String> {
    let GrabState::Refused(refusal) = grab else { return None };
    Some(match refusal {
        Refusal::NoWay => t!("grab-no-way"),
        Refusal::TakenByOther => t!("grab-taken"),
        Refusal::TakenBack => t!("grab-taken-back"),
        Refusal::Failed(words) => t!("grab-failed", words = words.as_str()),
    })
}
