//! Why a screen is not shown, in words.

use crate::console::Ending;
use crate::display::Why;
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
            Ending::Closed | Ending::Stalled { .. } | Ending::PasswordWanted | Ending::PasswordWrong => String::new(),
        },
    }
}

pub fn advice(why: &Why) -> String {
    match why {
        Why::Ended(Ending::Nonsense { .. } | Ending::NotSpoken { .. }) => t!("display-advice-other"),
        Why::Ended(Ending::PasswordWanted | Ending::PasswordWrong) => t!("display-advice-password"),
        Why::Refused(refusal) => error::message(refusal)
            .todo
            .unwrap_or_else(|| t!("display-advice-again")),
        _ => t!("display-advice-again"),
    }
}
