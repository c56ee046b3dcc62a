//! What zbus says, as why a session ended.

use crate::console::Ending;

impl From<zbus::Error> for Ending {
    fn from(error: zbus::Error) -> Self {
        use std::io::ErrorKind;
        match error {
            zbus::Error::InputOutput(error) if error.kind() == ErrorKind::TimedOut => Self::Stalled {
                seconds: super::PATIENCE.as_secs(),
            },
            zbus::Error::InputOutput(error) => match error.kind() {
                ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => Self::Closed,
                _ => Self::Broken {
                    reason: error.to_string(),
                },
            },
            zbus::Error::MethodError(name, words, _) => Self::Refused {
                reason: words.unwrap_or_else(|| name.to_string()),
            },
            zbus::Error::Handshake(words) => Self::Refused { reason: words },
            other => Self::Nonsense {
                what: other.to_string(),
            },
        }
    }
}

impl From<zbus::zvariant::Error> for Ending {
    fn from(error: zbus::zvariant::Error) -> Self {
        Self::Nonsense {
            what: error.to_string(),
        }
    }
}
