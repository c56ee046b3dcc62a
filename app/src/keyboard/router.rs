//! Where a key goes: to the guest, to the Host key's actions, or nowhere. Pure; the owner of this holds the guest's end.

use std::collections::BTreeSet;

use super::host_key::{HostAction, HostKey};

/// One key as the window system tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Press {
    pub(super) qnum: u16,
    pub(super) is_down: bool,
    /// It was down before.
    pub(super) is_repeat: bool,
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Routed {
    /// For the guest, in this order.
    pub(super) to_guest: Vec<(u16, bool)>,
    pub(super) action: Option<HostAction>,
    /// A key that went down before the guest had the keyboard comes up for whom it went down.
    pub(super) is_for_window: bool,
}

#[derive(Debug, Default)]
pub(super) struct Router {
    pub(super) host_key: HostKey,
    /// Down in the guest, in the order they went down.
    held: Vec<u16>,
    /// Down here and kept from the guest.
    kept: BTreeSet<u16>,
    /// The Host key is down.
    is_host: bool,
    /// Something was done with it: it will not release when it comes up.
    is_used: bool,
}

impl Router {
    pub(super) fn press(&mut self, press: Press) -> Routed {
        if press.is_down {
            self.down(press)
        } else {
            self.up(press.qnum)
        }
    }

    fn down(&mut self, Press { qnum, is_repeat, .. }: Press) -> Routed {
        if is_repeat {
            // A guest's keyboard repeats as long as it is told to; what it never saw going down does not begin now.
            let repeated = self.held.contains(&qnum).then_some((qnum, true));
            return Routed {
                to_guest: repeated.into_iter().collect(),
                ..Routed::default()
            };
        }
        self.kept.remove(&qnum);
        if self.is_host {
            self.is_used = true;
            self.kept.insert(qnum);
            return Routed {
                action: HostAction::with(qnum),
                ..Routed::default()
            };
        }
        if self.completes_host(qnum) {
            let rest = self.host_key.keys().iter().filter(|key| **key != qnum);
            let rest: Vec<u16> = rest.copied().filter(|key| self.held.contains(key)).collect();
            self.held.retain(|key| !rest.contains(key));
            self.kept.extend(&rest);
            self.kept.insert(qnum);
            self.is_host = true;
            self.is_used = false;
            return Routed {
                to_guest: rest.into_iter().map(|key| (key, false)).collect(),
                ..Routed::default()
            };
        }
        if !self.held.contains(&qnum) {
            self.held.push(qnum);
        }
        Routed {
            to_guest: vec![(qnum, true)],
            ..Routed::default()
        }
    }

    /// All others of the Host key are down already.
    fn completes_host(&self, qnum: u16) -> bool {
        let keys = self.host_key.keys();
        keys.contains(&qnum) && keys.iter().all(|key| *key == qnum || self.held.contains(key))
    }

    fn up(&mut self, qnum: u16) -> Routed {
        if self.kept.remove(&qnum) {
            let ends_host = self.is_host && self.host_key.keys().contains(&qnum);
            if !ends_host {
                return Routed::default();
            }
            self.is_host = false;
            let is_tapped = !std::mem::replace(&mut self.is_used, false);
            return Routed {
                action: is_tapped.then_some(HostAction::Release),
                ..Routed::default()
            };
        }
        if let Some(at) = self.held.iter().position(|key| *key == qnum) {
            self.held.remove(at);
            return Routed {
                to_guest: vec![(qnum, false)],
                ..Routed::default()
            };
        }
        Routed {
            is_for_window: true,
            ..Routed::default()
        }
    }

    /// The guest loses the keyboard: what is down in it, newest first, to be let go. Keys that are still down here
    /// stay kept until they come up, so that nobody else is typed at with them.
    pub(super) fn let_go(&mut self) -> Vec<u16> {
        let mut held = std::mem::take(&mut self.held);
        self.kept.extend(&held);
        self.is_host = false;
        self.is_used = false;
        held.reverse();
        held
    }

    /// After [`Self::let_go`]: is this the rest of a key that went down for the guest?
    pub(super) fn is_rest(&mut self, press: Press) -> bool {
        if press.is_down && press.is_repeat {
            return self.kept.contains(&press.qnum);
        }
        self.kept.remove(&press.qnum) && !press.is_down
    }

    /// Keys come up unseen while another window has the keyboard.
    pub(super) fn forget(&mut self) {
        self.kept.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::qnum::{LEFT_ALT, LEFT_CTRL, RIGHT_CTRL, TAB};
    use super::*;

    const A: u16 = 0x1e;
    const F: u16 = 0x21;

    fn press(router: &mut Router, qnum: u16, is_down: bool) -> Routed {
        router.press(Press {
            qnum,
            is_down,
            is_repeat: false,
        })
    }

    fn repeat(router: &mut Router, qnum: u16) -> Routed {
        router.press(Press {
            qnum,
            is_down: true,
            is_repeat: true,
        })
    }

    fn sent(keys: &[(u16, bool)]) -> Routed {
        Routed {
            to_guest: keys.to_vec(),
            ..Routed::default()
        }
    }

    fn asked(action: HostAction) -> Routed {
        Routed {
            action: Some(action),
            ..Routed::default()
        }
    }

    #[test]
    fn keys_and_their_repeats_are_the_guests() {
        let mut router = Router::default();
        assert_eq!(press(&mut router, LEFT_ALT, true), sent(&[(LEFT_ALT, true)]));
        assert_eq!(press(&mut router, TAB, true), sent(&[(TAB, true)]));
        assert_eq!(repeat(&mut router, TAB), sent(&[(TAB, true)]));
        assert_eq!(press(&mut router, TAB, false), sent(&[(TAB, false)]));
        assert_eq!(press(&mut router, LEFT_ALT, false), sent(&[(LEFT_ALT, false)]));
    }

    #[test]
    fn the_host_key_alone_gives_the_keyboard_back() {
        let mut router = Router::default();
        assert_eq!(press(&mut router, RIGHT_CTRL, true), Routed::default());
        assert_eq!(repeat(&mut router, RIGHT_CTRL), Routed::default());
        assert_eq!(press(&mut router, RIGHT_CTRL, false), asked(HostAction::Release));
    }

    #[test]
    fn the_host_key_with_another_key_does_that_and_nothing_else() {
        let mut router = Router::default();
        for (key, action) in [
            (F, HostAction::FullScreen),
            (0x25, HostAction::Palette),
            (0x1f, HostAction::Snapshot),
            (0xd3, HostAction::CtrlAltDel),
            (0x02, HostAction::Machine(1)),
            (0x0a, HostAction::Machine(9)),
        ] {
            press(&mut router, RIGHT_CTRL, true);
            assert_eq!(press(&mut router, key, true), asked(action));
            assert_eq!(repeat(&mut router, key), Routed::default());
            assert_eq!(press(&mut router, RIGHT_CTRL, false), Routed::default(), "{action:?}");
            assert_eq!(press(&mut router, key, false), Routed::default());
        }
        // What means nothing with it does not reach the guest either.
        press(&mut router, RIGHT_CTRL, true);
        assert_eq!(press(&mut router, A, true), Routed::default());
        assert_eq!(press(&mut router, RIGHT_CTRL, false), Routed::default());
    }

    #[test]
    fn of_two_keys_that_are_the_host_key_together_each_alone_is_the_guests() {
        let mut router = Router {
            host_key: HostKey::BothCtrl,
            ..Router::default()
        };
        assert_eq!(press(&mut router, LEFT_CTRL, true), sent(&[(LEFT_CTRL, true)]));
        assert_eq!(press(&mut router, A, true), sent(&[(A, true)]));
        assert_eq!(press(&mut router, A, false), sent(&[(A, false)]));
        assert_eq!(press(&mut router, RIGHT_CTRL, true), sent(&[(LEFT_CTRL, false)]));
        assert_eq!(press(&mut router, RIGHT_CTRL, false), asked(HostAction::Release));
        assert_eq!(press(&mut router, LEFT_CTRL, false), Routed::default());
    }

    #[test]
    fn a_key_that_opened_the_console_is_not_typed_into_it() {
        let mut router = Router::default();
        assert_eq!(repeat(&mut router, 0x1c), Routed::default());
        let up = press(&mut router, 0x1c, false);
        assert!(up.is_for_window && up.to_guest.is_empty());
    }

    #[test]
    fn what_was_down_when_the_keyboard_went_is_typed_at_nobody_else() {
        let mut router = Router::default();
        press(&mut router, LEFT_CTRL, true);
        press(&mut router, A, true);
        assert_eq!(router.let_go(), [A, LEFT_CTRL]);
        let after = |is_down, is_repeat| Press {
            qnum: A,
            is_down,
            is_repeat,
        };
        assert!(router.is_rest(after(true, true)));
        assert!(router.is_rest(after(false, false)));
        assert!(!router.is_rest(after(true, false)), "it is pressed anew");
        assert!(!router.is_rest(after(false, false)));
    }

    proptest! {
        /// Whatever is pressed in whatever order: after the keyboard went, no key is left down in the guest.
        #[test]
        fn no_key_stays_down_in_the_guest(
            host in 0..HostKey::ALL.len(),
            presses in proptest::collection::vec((0_usize..8, any::<bool>(), any::<bool>()), 0..200),
        ) {
            let keys = [A, F, TAB, LEFT_CTRL, RIGHT_CTRL, LEFT_ALT, 0xb8, 0xc6];
            let mut router = Router { host_key: HostKey::ALL[host], ..Router::default() };
            let mut down = BTreeSet::new();
            for (key, is_down, is_repeat) in presses {
                let routed = router.press(Press { qnum: keys[key], is_down, is_repeat: is_down && is_repeat });
                for (qnum, is_down) in routed.to_guest {
                    if is_down { down.insert(qnum); } else { prop_assert!(down.remove(&qnum)); }
                }
            }
            for qnum in router.let_go() {
                prop_assert!(down.remove(&qnum));
            }
            prop_assert!(down.is_empty());
        }
    }
}
