//! Would an ssh that libvirt starts ask in a window?
//!
//! libvirt hands `SSH_ASKPASS`, `SSH_ASKPASS_REQUIRE` and `DISPLAY` on to it. ssh takes the terminal of the session
//! where there is one, unless it is told to prefer the window.

use std::ffi::OsString;
use std::path::Path;

use super::uri::Asking;

/// Where ssh looks when nothing is said.
const USUAL: &str = "/usr/bin/ssh-askpass";

pub(crate) fn would_ask_in_a_window() -> bool {
    asking() == Asking::InAWindow
}

pub(crate) fn asking() -> Asking {
    // There is none for a program that was started from a desktop's menu.
    let has_terminal = std::fs::File::open("/dev/tty").is_ok();
    let usual = Path::new(USUAL).exists().then_some(USUAL);
    decide(|name| std::env::var_os(name), usual, has_terminal)
}

fn decide(variable: impl Fn(&str) -> Option<OsString>, usual: Option<&str>, has_terminal: bool) -> Asking {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    let requires = variable("SSH_ASKPASS_REQUIRE").unwrap_or_default();
    let has_program = is_set("SSH_ASKPASS") || usual.is_some();
    let is_preferred = requires == "force" || requires == "prefer" || !has_terminal;
    if has_program && is_set("DISPLAY") && is_preferred && requires != "never" {
        Asking::InAWindow
    } else {
        Asking::Nowhere
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)], usual: Option<&str>, has_terminal: bool) -> Asking {
        let find = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        decide(find, usual, has_terminal)
    }

    #[test]
    fn a_window_comes_only_where_there_is_a_program_a_display_and_no_terminal_before_it() {
        let desktop = [("DISPLAY", ":0"), ("SSH_ASKPASS", "/usr/bin/ksshaskpass")];
        assert_eq!(with(&desktop, None, false), Asking::InAWindow);
        assert_eq!(with(&desktop[..1], Some(USUAL), false), Asking::InAWindow);
        assert_eq!(with(&desktop[..1], None, false), Asking::Nowhere, "no program");
        assert_eq!(with(&desktop[1..], Some(USUAL), false), Asking::Nowhere, "no display");
        assert_eq!(
            with(&desktop, Some(USUAL), true),
            Asking::Nowhere,
            "it would ask on the terminal"
        );
        let preferred = [desktop[0], desktop[1], ("SSH_ASKPASS_REQUIRE", "prefer")];
        assert_eq!(with(&preferred, None, true), Asking::InAWindow);
        let never = [desktop[0], desktop[1], ("SSH_ASKPASS_REQUIRE", "never")];
        assert_eq!(with(&never, None, false), Asking::Nowhere);
    }
}
