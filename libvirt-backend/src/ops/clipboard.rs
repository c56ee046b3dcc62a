//! The clipboard's channel: there while a screen is shown, away while QEMU writes the guest's memory.
//!
//! Neither plugging nor unplugging needs the guest: a port of a serial bus goes at once, open or not.

use std::time::{Duration, Instant};

use virt::sys;

use super::Context;
use super::call::{BadXml as _, Failed as _, Found, find};
use crate::command::{JobStep, Outcome};
use crate::error::{Error, InputProblem, Result, Verb};
use crate::model::MachineId;
use crate::xml::domain::{ClipboardChannel, attached_clipboard, clipboard_channel};

/// For QEMU to say that the port is gone: libvirt's own wait may end before it.
const UNPLUG_PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(100);

/// While its screen is shown. A channel that is there already is what was wanted.
pub(crate) fn attach_clipboard(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::ChangingDevices);
    match channel(&found)? {
        ClipboardChannel::OnDemand | ClipboardChannel::Defined => Ok(Outcome::Done),
        ClipboardChannel::Taken => Err(Error::InvalidInput(InputProblem::ClipboardChannelTaken)),
        ClipboardChannel::None => attach(&found).map(|()| Outcome::Done),
    }
}

/// When nobody looks any more. What stands in the definition stays.
pub(crate) fn detach_clipboard(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::ChangingDevices);
    detach(ctx, &found).map(|_was_there| Outcome::Done)
}

/// Does `work` without the channel that QEMU cannot save, and puts it back where the machine goes on.
pub(super) fn without_clipboard<T>(ctx: &Context<'_>, found: &Found, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let was_there = found.is_active()? && detach(ctx, found)?;
    let result = work();
    if was_there && found.is_active().unwrap_or(false) {
        let attached = channel(found).and_then(|now| match now {
            ClipboardChannel::None => attach(found),
            _ => Ok(()),
        });
        if let Err(error) = attached {
            tracing::warn!(machine = %found.name, %error, "the clipboard's channel did not come back");
        }
    }
    result
}

fn channel(found: &Found) -> Result<ClipboardChannel> {
    attached_clipboard(&found.live_xml()?, &found.inactive_xml()?).bad_xml(&found.name)
}

fn attach(found: &Found) -> Result<()> {
    let xml = clipboard_channel().bad_xml(&found.name)?;
    found
        .domain
        .attach_device_flags(&xml, sys::VIR_DOMAIN_AFFECT_LIVE)
        .failed(Verb::AttachDevice, &found.name)?;
    if channel(found)? == ClipboardChannel::None {
        return Err(not_kept(found));
    }
    Ok(())
}

/// Was there one of ours?
fn detach(ctx: &Context<'_>, found: &Found) -> Result<bool> {
    // Of a machine that is persistent the definition tells whose it is; a transient one has no other than the live one.
    if !found.is_persistent()? || channel(found)? != ClipboardChannel::OnDemand {
        return Ok(false);
    }
    let xml = clipboard_channel().bad_xml(&found.name)?;
    found
        .domain
        .detach_device_flags(&xml, sys::VIR_DOMAIN_AFFECT_LIVE)
        .failed(Verb::DetachDevice, &found.name)?;
    let end = Instant::now() + UNPLUG_PATIENCE;
    while channel(found)? == ClipboardChannel::OnDemand {
        if Instant::now() > end {
            return Err(not_kept(found));
        }
        ctx.cancel.wait(POLL)?;
    }
    Ok(true)
}

fn not_kept(found: &Found) -> Error {
    Error::NotKept {
        object: found.name.clone(),
        what: "the clipboard's channel".to_owned(),
    }
}
