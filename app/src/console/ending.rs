//! Why a display's session ended: the window says it in words and offers to connect again.

/// Handled once, where the session decides whether to try again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The other side closed it: the machine stopped, or its display was taken away.
    Closed,
    /// It said nothing for this long although it had to.
    Stalled {
        seconds: u64,
    },
    /// It sent what no server may send. `what` is a fact for the log and for "Details": English, no user text.
    Nonsense {
        what: String,
    },
    /// It refused, in its own words.
    Refused {
        reason: String,
    },
    /// A password is wanted and none was given.
    PasswordWanted,
    PasswordWrong,
    /// It wants a way of authentication, or a version, that Berth does not speak.
    NotSpoken {
        what: String,
    },
    /// The guest's picture never leaves the graphics card: only who has the same card could fetch it there.
    OnGraphicsCard,
    /// The connection broke, in the system's words.
    Broken {
        reason: String,
    },
}

impl From<std::io::Error> for Ending {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Broken {
                reason: error.to_string(),
            },
        }
    }
}
