//! Debian's graphical installer, unchanged, which is told on its kernel's command line to say over the serial port what
//! it asks and what it is answered.

use std::time::Duration;

use libvirt_backend::private_session::PrivateSession;

use crate::direct_boot::DirectBoot;
use crate::needs::installer;
use crate::serial::SerialLine;
use crate::session::virsh;

/// Below this it asks in text.
const MEMORY_MIB: u32 = 1024;
/// Its log carries every word between the questions' database and those who ask. What the command inherits but the log
/// must be closed: the installer waits until nobody holds it.
const TELL: &str = "quiet DEBCONF_DEBUG=developer preseed/early_command=\"tail -f /var/log/syslog \
    </dev/null >/dev/ttyS0 2>&1 3>&- 4>&- 5>&- 6>&- &\"";
/// It is slow under software emulation, and slower where the computer has other things to do.
const PATIENCE: Duration = Duration::from_mins(3);

/// A machine of a private session with the installer in it.
pub struct Installer<'session> {
    session: &'session PrivateSession,
    name: String,
    line: SerialLine,
}

impl<'session> Installer<'session> {
    /// It is there, but held before its first step.
    #[track_caller]
    pub fn hold(session: &'session PrivateSession, name: &str) -> Self {
        let line = DirectBoot {
            name,
            files: &installer().expect("the installer should have been required"),
            memory_mib: MEMORY_MIB,
            command_line: TELL,
            has_tablet: true,
            devices: "",
        }
        .hold(session);
        Self {
            session,
            name: name.to_owned(),
            line,
        }
    }

    #[track_caller]
    pub fn resume(&self) {
        virsh(self.session, &["resume", &self.name]);
    }

    /// Waits until it asks this of whoever sits before it.
    #[track_caller]
    pub fn hear_question(&mut self, question: &str) {
        // Between the words and the question stands how much it matters.
        let asked = format!(" {question}");
        while !self.hear("--> INPUT ").ends_with(&asked) {}
        self.hear("<-- 0 question will be asked");
        self.hear("--> GO");
    }

    /// Waits until this is answered: how.
    #[track_caller]
    pub fn hear_answer(&mut self, question: &str) -> String {
        while self.hear("--> GET ") != question {}
        self.hear("<-- 0 ")
    }

    /// Waits for the words: what follows them in their line.
    #[track_caller]
    fn hear(&mut self, words: &str) -> String {
        self.line.expect(words, PATIENCE);
        self.line.expect("\r\n", PATIENCE)
    }
}
