//! Opens what was asked for from outside: a machine once its connection has told that it is there, a medium at once.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use libvirt_backend::model::{ConnectionState, Freshness, HostModel};

use super::App;
use super::outside::Note;
use crate::command::{BrowseFor, ConsoleCommand};
use crate::link::{self, BadLink, MediumUse, Place, Shown, Target};
use crate::route::{MachineKey, MachineTab, Route};
use crate::state::{Overlay, Selection};
use crate::t;
use crate::text::state::host_name;

/// A daemon's first start takes a minute.
const PATIENCE: Duration = Duration::from_secs(90);

/// A machine that was asked for and is not known yet.
pub struct Awaited {
    place: Place,
    name: String,
    shown: Shown,
    until: Instant,
}

/// What looking for a machine came to.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    One(MachineKey),
    /// On these connections.
    Several(Vec<String>),
    /// Some list is still on its way.
    NotYet,
    None,
}

impl App {
    pub(super) fn open_target(&mut self, target: Target, ctx: &egui::Context) {
        match target {
            Target::Refused(why) => self.note(Note::error(refusal(why))),
            Target::Medium(path) => self.open_medium(path),
            Target::Machine { place, name, shown } => {
                if !self.reach(&place) {
                    return;
                }
                self.awaited = Some(Awaited {
                    place,
                    name,
                    shown,
                    until: Instant::now() + PATIENCE,
                });
                self.open_awaited(ctx);
            }
        }
    }

    /// Opens the user's own connections where one is meant; another host is never connected to unasked.
    fn reach(&mut self, place: &Place) -> bool {
        let host = match place {
            Place::Anywhere => return true,
            Place::Connection(uri) => {
                self.backend.open(uri);
                self.hosts = self.backend.models();
                return true;
            }
            Place::Host(host) => host,
        };
        if self.hosts.iter().any(|model| is_meant(&model.uri, place)) {
            return true;
        }
        let saved = self.settings.connections.iter().map(|saved| saved.uri.clone());
        let saved: Vec<String> = saved.filter(|uri| is_meant(uri, place)).collect();
        for uri in &saved {
            self.backend.open(uri);
        }
        self.hosts = self.backend.models();
        if saved.is_empty() {
            self.note(Note::error(t!("open-unknown-host", host = host.as_str())));
        }
        !saved.is_empty()
    }

    /// Looks once more for what was asked for. Called whenever something may have come.
    pub(super) fn open_awaited(&mut self, ctx: &egui::Context) {
        // What is typed into a dialog is not thrown away for it.
        if matches!(self.overlay, Some(Overlay::NewMachine | Overlay::Dialog(_))) {
            return;
        }
        let Some(Awaited {
            place,
            name,
            shown,
            until,
        }) = &self.awaited
        else {
            return;
        };
        let (name, shown) = (name.clone(), *shown);
        match find(&self.hosts, place, &name) {
            Found::NotYet if Instant::now() < *until => return,
            Found::One(key) => self.show_machine(key, shown, ctx),
            Found::Several(uris) => {
                let hosts: Vec<String> = uris.iter().map(|uri| host_name(uri)).collect();
                let note = t!("open-several", name = name.as_str(), hosts = hosts.join(", "));
                self.note(Note::error(note));
                self.go(Route::Machines);
            }
            Found::NotYet | Found::None => {
                self.note(Note::error(t!("open-unknown-machine", name = name.as_str())));
            }
        }
        self.awaited = None;
    }

    fn show_machine(&mut self, key: MachineKey, shown: Shown, ctx: &egui::Context) {
        self.selection = Selection::only(key.clone());
        match shown {
            Shown::Page => self.go(Route::Machine {
                key,
                tab: MachineTab::Overview,
            }),
            Shown::Console => {
                self.open_console(&key);
            }
            Shown::FullScreen => {
                if !self.open_console(&key) {
                    return;
                }
                if self.displays.is_detached(&key) {
                    let fill = egui::ViewportCommand::Fullscreen(true);
                    ctx.send_viewport_cmd_to(super::display::viewport_of(&key), fill);
                } else {
                    self.run_console(ConsoleCommand::Fullscreen(Some(key)), ctx);
                }
            }
        }
    }

    /// "New machine" with the file in it; an open one takes it too.
    fn open_medium(&mut self, path: PathBuf) {
        let browse = match link::medium_use(&path) {
            Some(MediumUse::Installer) => BrowseFor::Installer,
            Some(MediumUse::Disk) => BrowseFor::Disk,
            None => return,
        };
        self.answers.opened = Some((browse.clone(), path.clone()));
        self.answers.browsed = Some((browse, path));
        if self.overlay != Some(Overlay::NewMachine) {
            self.answers.draft = None;
            self.overlay = Some(Overlay::NewMachine);
        }
    }
}

/// Said in the window and in the terminal.
pub fn refusal(why: BadLink) -> String {
    t!(match why {
        BadLink::Address => "open-bad-address",
        BadLink::FileType => "open-bad-file",
    })
}

fn is_meant(uri: &str, place: &Place) -> bool {
    match place {
        Place::Anywhere => true,
        Place::Connection(wanted) => uri == wanted,
        Place::Host(host) => link::is_host(uri, &host_name(uri), host),
    }
}

/// By name or UUID on the connections that are meant.
fn find<'a>(hosts: impl IntoIterator<Item = &'a std::sync::Arc<HostModel>>, place: &Place, name: &str) -> Found {
    let meant: Vec<_> = hosts.into_iter().filter(|host| is_meant(&host.uri, place)).collect();
    let mut found: Vec<MachineKey> = Vec::new();
    for host in &meant {
        let by_id = || name.parse().ok().and_then(|id| host.machine(id));
        if let Some(machine) = host.machine_named(name).or_else(by_id) {
            found.push(MachineKey {
                uri: host.uri.as_str().into(),
                id: machine.id,
            });
        }
    }
    // What is only remembered may be gone; and one more may come.
    let is_coming = meant.iter().any(|host| {
        host.freshness != Freshness::Live && !matches!(host.connection, ConnectionState::Disconnected { .. })
    });
    match &found[..] {
        _ if is_coming => Found::NotYet,
        [] => Found::None,
        [key] => Found::One(key.clone()),
        several => Found::Several(several.iter().map(|key| key.uri.to_string()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::screens::fixtures;
    use crate::screens::test_window::{key, key_of};

    #[test]
    fn a_machine_is_found_where_it_is_meant_once_all_has_come() {
        let here = Arc::new(fixtures::assorted());
        let far = |freshness| {
            let host = fixtures::host(
                fixtures::LAB,
                vec![fixtures::machine(1, "web-1"), fixtures::machine(9, "far")],
            );
            Arc::new(HostModel { freshness, ..host })
        };
        let lab = far(Freshness::Live);
        let both = [Arc::clone(&here), Arc::clone(&lab)];
        let at = |host: &str| Place::Host(host.to_owned());
        assert_eq!(find(&both, &at("localhost"), "web-1"), Found::One(key(1)));
        let far_web = key_of(fixtures::LAB, fixtures::id(1));
        assert_eq!(find(&both, &at("lab"), "web-1"), Found::One(far_web));
        assert_eq!(
            find(&both, &Place::Anywhere, "far"),
            Found::One(key_of(fixtures::LAB, fixtures::id(9)))
        );
        assert!(matches!(find(&both, &Place::Anywhere, "web-1"), Found::Several(uris) if uris.len() == 2));
        assert_eq!(find(&both, &at("lab"), "database"), Found::None);
        let by_id = fixtures::id(3).to_string();
        assert_eq!(find(&both, &Place::Anywhere, &by_id), Found::One(key(3)));
        // A list that is on its way may hold another of that name.
        let coming = [here, far(Freshness::LastKnown)];
        assert_eq!(find(&coming, &Place::Anywhere, "web-1"), Found::NotYet);
        assert_eq!(find(&coming, &at(""), "web-1"), Found::One(key(1)));
    }
}
