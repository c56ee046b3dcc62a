//! The keyboard of a guest, in words.

use crate::keyboard::paste::GuestLayout;
use crate::keyboard::{BadCombination, GrabState, HostKey, Refusal};
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

/// Why what was typed is no combination.
pub fn bad_combination(bad: &BadCombination) -> String {
    match bad {
        BadCombination::Empty => t!("combination-empty"),
        BadCombination::UnknownKey(name) => t!("combination-unknown", name = name.as_str()),
        BadCombination::Twice(name) => t!("combination-twice", name = name.as_str()),
        BadCombination::TooMany { most } => t!("combination-too-many", most = *most),
    }
}

pub fn layout_name(layout: GuestLayout) -> String {
    t!(match layout {
        GuestLayout::Us => "layout-us",
        GuestLayout::Gb => "layout-gb",
        GuestLayout::De => "layout-de",
        GuestLayout::Ch => "layout-ch",
        GuestLayout::Fr => "layout-fr",
        GuestLayout::Be => "layout-be",
        GuestLayout::Es => "layout-es",
        GuestLayout::Latam => "layout-latam",
        GuestLayout::It => "layout-it",
        GuestLayout::Pt => "layout-pt",
        GuestLayout::Br => "layout-br",
        GuestLayout::Se => "layout-se",
        GuestLayout::No => "layout-no",
        GuestLayout::Dk => "layout-dk",
        GuestLayout::Fi => "layout-fi",
        GuestLayout::Pl => "layout-pl",
        GuestLayout::Cz => "layout-cz",
        GuestLayout::Hu => "layout-hu",
        GuestLayout::Jp => "layout-jp",
    })
}
