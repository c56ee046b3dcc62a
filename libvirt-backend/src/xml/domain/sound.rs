//! Where the guest's sound goes: `<audio>`, and the `<sound>` card that makes it.

use std::path::{Path, PathBuf};

use super::display::places_before;
use crate::model::Sound;
use crate::xml::error::path_text;
use crate::xml::{Document, NodeId, XmlError};

/// The sound servers of a desktop.
const SERVERS: [&str; 2] = ["pipewire", "pulseaudio"];
/// Every PC system since 2005 has a driver for it.
const CARD: &str = "ich9";

/// A sound server that QEMU may play to. libvirt starts QEMU without the user's environment, so the place is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SoundServer {
    /// The folder its socket lies in.
    PipeWire { runtime_folder: PathBuf },
    /// Its socket.
    PulseAudio { socket: PathBuf },
}

pub(super) fn sound(domain: &Document) -> Sound {
    let is_server = |audio: &NodeId| {
        domain
            .attr(*audio, "type")
            .is_some_and(|kind| SERVERS.contains(&kind.as_ref()))
    };
    if domain.find_all(domain.root(), "devices/audio").iter().any(is_server) {
        Sound::Host
    } else {
        Sound::Off
    }
}

/// An `<audio>` alone, for a guest that tries it.
pub fn sound_probe(server: &SoundServer) -> Result<Document, XmlError> {
    let mut audio = Document::new("audio")?;
    let root = audio.root();
    audio.set_attr(root, "id", "1")?;
    lead_to(&mut audio, root, Some(server))?;
    Ok(audio)
}

/// The domain with its sound going to `server`, with a card where it has none; or nowhere, with the card it has.
/// `None`: it does already.
pub fn with_sound(xml: &str, server: Option<&SoundServer>) -> Result<Option<String>, XmlError> {
    let mut domain = Document::parse_as(xml, "domain")?;
    let root = domain.root();
    let devices = domain.child_or_insert(root, "devices", super::before("devices"))?;
    let ours = |domain: &Document, audio: NodeId| {
        let kind = domain.attr(audio, "type");
        kind.is_some_and(|kind| kind == "none" || SERVERS.contains(&kind.as_ref()))
    };
    let all: Vec<NodeId> = domain.children(devices, "audio").collect();
    let audio = match all.iter().copied().find(|&audio| ours(&domain, audio)) {
        Some(audio) => audio,
        None if server.is_none() => return Ok(None),
        None => {
            let audio = domain.insert_child(devices, "audio", &places_before("video"))?;
            domain.set_attr(audio, "id", &free_id(&domain, &all))?;
            audio
        }
    };
    lead_to(&mut domain, audio, server)?;
    if server.is_some() && domain.child(devices, "sound").is_none() {
        let card = domain.insert_child(devices, "sound", &places_before("audio"))?;
        domain.set_attr(card, "model", CARD)?;
    }
    let after = domain.to_string();
    Ok((after != xml).then_some(after))
}

fn lead_to(document: &mut Document, audio: NodeId, server: Option<&SoundServer>) -> Result<(), XmlError> {
    let (kind, place) = match server {
        None => ("none", None),
        Some(SoundServer::PipeWire { runtime_folder }) => {
            ("pipewire", Some(("runtimeDir", path_text(runtime_folder)?.to_owned())))
        }
        Some(SoundServer::PulseAudio { socket }) => {
            let address = format!("unix:{}", path_text(Path::new(socket))?);
            ("pulseaudio", Some(("serverName", address)))
        }
    };
    // What belonged to another kind of server would be refused with this one.
    if document.attr(audio, "type").is_none_or(|present| present != kind) {
        let old: Vec<NodeId> = document.elements(audio).collect();
        for node in old {
            document.remove(node);
        }
    }
    for name in ["runtimeDir", "serverName"] {
        if place.as_ref().is_none_or(|(wanted, _)| *wanted != name) {
            document.remove_attr(audio, name);
        }
    }
    document.set_attr(audio, "type", kind)?;
    match place {
        Some((name, value)) => document.set_attr(audio, name, &value),
        None => Ok(()),
    }
}

fn free_id(domain: &Document, audios: &[NodeId]) -> String {
    let taken: Vec<String> = audios
        .iter()
        .filter_map(|&audio| domain.attr(audio, "id").map(|id| id.into_owned()))
        .collect();
    // One more than there are, so that one is free.
    (1..=audios.len() + 1)
        .map(|number| number.to_string())
        .find(|id| !taken.contains(id))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipewire() -> SoundServer {
        SoundServer::PipeWire {
            runtime_folder: "/run/user/1000".into(),
        }
    }

    fn domain(devices: &str) -> String {
        format!("<domain><devices><graphics type='vnc'/>{devices}<video/></devices></domain>")
    }

    fn sound_of(xml: &str) -> Sound {
        sound(&Document::parse(xml).unwrap())
    }

    #[test]
    fn sound_is_switched_on_with_a_card_and_off_without_losing_it() {
        let before = domain("<audio id='1' type='none'/>");
        let on = with_sound(&before, Some(&pipewire())).unwrap().unwrap();
        assert_eq!(
            on,
            domain("<sound model='ich9'/><audio id='1' type='pipewire' runtimeDir='/run/user/1000'/>")
        );
        assert_eq!((sound_of(&before), sound_of(&on)), (Sound::Off, Sound::Host));
        assert_eq!(with_sound(&on, Some(&pipewire())), Ok(None));
        let off = with_sound(&on, None).unwrap().unwrap();
        assert_eq!(off, domain("<sound model='ich9'/><audio id='1' type='none'/>"));
    }

    #[test]
    fn another_server_takes_nothing_over_from_the_first() {
        let pulse = SoundServer::PulseAudio {
            socket: "/run/user/1000/pulse/native".into(),
        };
        let before =
            domain("<sound model='usb'/><audio id='1' type='pipewire' runtimeDir='/x'><input name='m'/></audio>");
        let after = with_sound(&before, Some(&pulse)).unwrap().unwrap();
        assert!(after.contains("type='pulseaudio' serverName='unix:/run/user/1000/pulse/native'"));
        assert!(!after.contains("runtimeDir") && !after.contains("<input"), "{after}");
        assert!(
            after.contains("<sound model='usb'/>") && !after.contains("ich9"),
            "{after}"
        );
    }

    #[test]
    fn sound_that_goes_elsewhere_stays_and_gets_a_neighbour() {
        let spice = domain("<audio id='1' type='spice'/>");
        assert_eq!(with_sound(&spice, None), Ok(None));
        let after = with_sound(&spice, Some(&pipewire())).unwrap().unwrap();
        assert!(
            after.contains("<audio id='1' type='spice'/>") && after.contains("id='2' type='pipewire'"),
            "{after}"
        );
    }
}
