//! Taking devices and processors out of a guest that runs: it is asked, and may take its time, refuse or say nothing.
//!
//! libvirt waits five seconds and then says yes, whatever became of it. Its events tell the rest.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use virt::sys;

use super::super::Context;
use super::super::call::{Failed as _, Found as Machine};
use crate::error::{Result, Verb};
use crate::ffi::{EventGuard, LibvirtEvent};
use crate::xml::Document;
use crate::xml::property::VCPU_CURRENT;
use crate::xml::property::edit::GuestAnswer;

const LIVE: u32 = sys::VIR_DOMAIN_AFFECT_LIVE;
/// From the question on. Guests on PCI Express blink a light for five seconds before they let go.
#[cfg(not(test))]
const PATIENCE: Duration = Duration::from_secs(20);
#[cfg(test)]
const PATIENCE: Duration = Duration::from_secs(6);
/// Between looks at the machine, and at whether anybody still waits.
const LOOK: Duration = Duration::from_secs(1);
/// The same where there are no events.
const POLL: Duration = Duration::from_millis(250);
/// For the event that explains why a call failed, which comes beside the answer.
const EXPLANATION: Duration = Duration::from_millis(500);
/// Devices that answer at the same moment.
const ANSWERS: usize = 256;

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unplugged {
    LetGo,
    Kept(GuestAnswer),
    /// The guest was not even asked, in libvirt's words.
    Refused(String),
}

pub(super) struct Device {
    pub(super) xml: String,
    /// What events call it.
    pub(super) alias: Option<String>,
}

pub(super) fn devices(ctx: &Context<'_>, machine: &Machine, devices: &[Device]) -> Result<Unplugged> {
    let answers = Answers::of(ctx, machine);
    for device in devices {
        if let Err(error) = machine.domain.detach_device_flags(&device.xml, LIVE) {
            let words = error.message().to_owned();
            return Ok(match answers.explanation(device.alias.as_deref()) {
                Some(answer) => Unplugged::Kept(answer),
                None => Unplugged::Refused(words),
            });
        }
    }
    let mut left = still_there(machine, devices.iter().collect())?;
    while !left.is_empty() {
        match answers.next(ctx)? {
            Said::Removed(alias) => left.retain(|device| device.alias.as_deref() != Some(&alias)),
            Said::Refused(alias) if left.iter().any(|device| device.alias.as_deref() == Some(&alias)) => {
                return Ok(Unplugged::Kept(GuestAnswer::Refused));
            }
            Said::Refused(_) => {}
            // Where there are no events, or one got lost, the machine itself tells.
            Said::Nothing => left = still_there(machine, left)?,
            Said::NothingForLong(answer) => return Ok(Unplugged::Kept(answer)),
        }
    }
    Ok(Unplugged::LetGo)
}

/// Gives the guest so many processors, or asks for those above back. libvirt waits five seconds for the guest and does
/// not notice what it lets go of later, until it is asked for it once more.
pub(super) fn processors(ctx: &Context<'_>, machine: &Machine, count: u32) -> Result<Unplugged> {
    let answers = Answers::of(ctx, machine);
    let mut is_asked = false;
    loop {
        let asked = machine.domain.set_vcpus_flags(count, LIVE);
        if read(machine)?.vcpus == Some(count) {
            return Ok(Unplugged::LetGo);
        }
        let is_late = |error: &virt::error::Error| error.code().to_raw() == sys::VIR_ERR_OPERATION_TIMEOUT;
        if let Some(error) = asked.err().filter(|error| !is_asked && !is_late(error)) {
            let words = error.message().to_owned();
            return Ok(match answers.explanation(None) {
                Some(answer) => Unplugged::Kept(answer),
                None => Unplugged::Refused(words),
            });
        }
        is_asked = true;
        match answers.next(ctx)? {
            Said::Refused(_) => return Ok(Unplugged::Kept(GuestAnswer::Refused)),
            Said::NothingForLong(answer) => return Ok(Unplugged::Kept(answer)),
            Said::Removed(_) | Said::Nothing => {}
        }
    }
}

struct Now {
    aliases: Vec<String>,
    vcpus: Option<u32>,
}

fn read(machine: &Machine) -> Result<Now> {
    let xml = machine.domain.xml_desc(0).failed(Verb::ReadXml, &machine.name)?;
    let domain = Document::parse_as(&xml, "domain").map_err(|error| super::bad(machine, &error.to_string()))?;
    let count = |property: &crate::xml::property::Property| property.count(&domain).ok().flatten();
    Ok(Now {
        aliases: domain
            .find_all(domain.root(), "devices")
            .into_iter()
            .flat_map(|devices| domain.elements(devices).collect::<Vec<_>>())
            .filter_map(|device| Some(domain.attr_at(device, "alias", "name")?.into_owned()))
            .collect(),
        vcpus: count(VCPU_CURRENT).or_else(|| count(crate::xml::property::VCPU)),
    })
}

/// What has no alias went when libvirt said so.
fn still_there<'a>(machine: &Machine, devices: Vec<&'a Device>) -> Result<Vec<&'a Device>> {
    let now = read(machine)?;
    let is_there = |device: &&Device| device.alias.as_ref().is_some_and(|alias| now.aliases.contains(alias));
    Ok(devices.into_iter().filter(is_there).collect())
}

enum Said {
    Removed(String),
    Refused(String),
    Nothing,
    NothingForLong(GuestAnswer),
}

/// What guests answer, from before they are asked.
struct Answers {
    receiver: Receiver<(String, bool)>,
    begun: Instant,
    guard: Option<EventGuard>,
}

impl Answers {
    fn of(ctx: &Context<'_>, machine: &Machine) -> Self {
        let (sender, receiver) = sync_channel(ANSWERS);
        let id = machine.id;
        let on_event = Arc::new(move |event| {
            let answer = match event {
                LibvirtEvent::DeviceRemoved { id: other, alias } if other == id => (alias, true),
                LibvirtEvent::DeviceRemovalFailed { id: other, alias } if other == id => (alias, false),
                _ => return,
            };
            if sender.try_send(answer).is_err() {
                tracing::debug!("an answer that nobody waits for");
            }
        });
        Self {
            guard: ctx.connection.register_removals(&machine.domain, on_event),
            receiver,
            begun: Instant::now(),
        }
    }

    /// A failed call: was it the guest that refused?
    fn explanation(&self, alias: Option<&str>) -> Option<GuestAnswer> {
        self.guard.as_ref()?;
        let end = Instant::now() + EXPLANATION;
        while let Ok((of, is_removed)) = self
            .receiver
            .recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            if !is_removed && alias.is_none_or(|alias| alias == of) {
                return Some(GuestAnswer::Refused);
            }
        }
        None
    }

    /// The next answer; nothing where none comes for a moment.
    fn next(&self, ctx: &Context<'_>) -> Result<Said> {
        ctx.cancel.check()?;
        let waited = self.begun.elapsed();
        if waited >= PATIENCE {
            return Ok(Said::NothingForLong(GuestAnswer::Silent {
                seconds: waited.as_secs(),
            }));
        }
        let moment = if self.guard.is_some() { LOOK } else { POLL };
        Ok(match self.receiver.recv_timeout(moment) {
            Ok((alias, true)) => Said::Removed(alias),
            Ok((alias, false)) => Said::Refused(alias),
            Err(RecvTimeoutError::Timeout) => Said::Nothing,
            // Without events nobody holds the other end.
            Err(RecvTimeoutError::Disconnected) => {
                ctx.cancel.wait(POLL)?;
                Said::Nothing
            }
        })
    }
}
