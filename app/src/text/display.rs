//! Why a screen is not shown, in words.

use libvirt_backend::command::Passage;

use crate::console::{Ending, Frames, SizeRefusal};
use crate::display::{Way, Why};
use crate::t;
use crate::text::error;

/// What happened, in a sentence.
pub fn what(why: &Why) -> String {
    match why {
        Why::Refused(_) => t!("display-refused"),
        Why::NotStarted(_) => t!("display-not-started"),
        Why::Ended(ending) => match ending {
            Ending::Closed => t!("display-closed"),
            Ending::Stalled { seconds } => t!("display-stalled", seconds = *seconds),
            Ending::Nonsense { .. } => t!("display-nonsense"),
            Ending::Refused { .. } => t!("display-refused"),
            Ending::PasswordWanted => t!("display-password-wanted"),
            Ending::PasswordWrong => t!("display-password-wrong"),
            Ending::NotSpoken { .. } => t!("display-not-spoken"),
            Ending::OnGraphicsCard => t!("display-on-graphics-card"),
            Ending::Broken { .. } => t!("display-broken"),
        },
    }
}

/// The words of whoever refused it; empty where nobody said any.
pub fn words(why: &Why) -> String {
    match why {
        Why::Refused(refusal) => {
            let error::Message { what, own_words, .. } = error::message(refusal);
            own_words.unwrap_or(what)
        }
        Why::NotStarted(words) => words.clone(),
        Why::Ended(ending) => match ending {
            Ending::Nonsense { what } | Ending::NotSpoken { what } => what.clone(),
            Ending::Refused { reason } | Ending::Broken { reason } => reason.clone(),
            Ending::Closed
            | Ending::Stalled { .. }
            | Ending::PasswordWanted
            | Ending::PasswordWrong
            | Ending::OnGraphicsCard => String::new(),
        },
    }
}

pub fn advice(why: &Why) -> String {
    match why {
        Why::Ended(Ending::Nonsense { .. } | Ending::NotSpoken { .. }) => t!("display-advice-other"),
        Why::Ended(Ending::PasswordWanted | Ending::PasswordWrong) => t!("display-advice-password"),
        Why::Ended(Ending::OnGraphicsCard) => t!("display-advice-graphics-card"),
        Why::Refused(refusal) => error::message(refusal)
            .todo
            .unwrap_or_else(|| t!("display-advice-again")),
        _ => t!("display-advice-again"),
    }
}

/// How a screen's pixels come here.
pub fn way(way: Way) -> String {
    match way {
        Way::Dbus(None) => t!("display-way-dbus"),
        Way::Dbus(Some(Frames::Shared)) => t!("display-way-dbus-shared"),
        Way::Dbus(Some(Frames::Copied)) => t!("display-way-dbus-copied"),
        Way::Vnc(Passage::Local) => t!("display-way-vnc"),
        Way::Vnc(Passage::Ssh) => t!("display-way-vnc-ssh"),
        Way::Vnc(Passage::Network) => t!("display-way-vnc-network"),
    }
}

/// Why the guest does not follow the window.
pub fn size_refusal(refusal: SizeRefusal) -> String {
    match refusal {
        SizeRefusal::Forbidden => t!("display-size-forbidden"),
        SizeRefusal::NoResources => t!("display-size-no-resources"),
        SizeRefusal::NoSuchScreen | SizeRefusal::Unsaid => t!("display-size-refused"),
    }
}
