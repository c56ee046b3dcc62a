//! Displays of machines that exist: adding what Berth needs, and starting without what a host lacks.

use super::call::{BadXml as _, Failed as _, Found, find, is_remote, is_session, last_seen};
use super::definition::{outcome, redefine, undo};
use super::lifecycle::start_found;
use super::{Context, profile, remote_display};
use crate::command::{DisplayStream, JobStep, Outcome};
use crate::error::{Error, InputProblem, Result, Verb};
use crate::guard::Denied;
use crate::model::{Graphics, HostProfile, MachineId};
use crate::xml::domain::{
    Displays, VncListen, graphics_from_xml, with_displays, with_vnc_listening, without_dbus_display,
};

/// What has a USB bus and is used with a screen.
const WITH_TABLET: [&str; 3] = ["x86_64", "i686", "aarch64"];

/// Adds VNC, the D-Bus display where it is proved, and a graphics card where there is none.
pub(crate) fn add_display(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::Checking);
    let profile = profile::profile_for_display(ctx)?;
    let password = remote_display::password();
    let displays = displays(&profile, vnc_listen(ctx.uri, &password));
    ctx.step(JobStep::ChangingDevices);
    match redefine(ctx, &found, |xml| with_displays(xml, &displays))? {
        Some(_before) => outcome(&found),
        // VNC it has; what could be added is not to be had here.
        None if !displays.with_dbus => Err(Error::InvalidInput(InputProblem::DbusDisplayUnavailable)),
        None => Ok(Outcome::Done),
    }
}

/// Where viewers of this connection can come to: of an ordinary user's machine they may come as that user.
fn vnc_listen<'a>(uri: &str, password: &'a str) -> VncListen<'a> {
    if is_session(uri) {
        VncListen::Socket
    } else if is_remote(uri) {
        VncListen::Loopback { locked_with: password }
    } else {
        VncListen::Nowhere
    }
}

fn displays<'a>(profile: &'a HostProfile, vnc: VncListen<'a>) -> Displays<'a> {
    Displays {
        vnc,
        with_dbus: profile.dbus_display.works(),
        video_model: profile.caps.preferred_video_model(),
        with_tablet: WITH_TABLET.contains(&profile.architecture.as_str()),
    }
}

/// Lets viewers on other computers come through ssh: at the next start QEMU waits at the host's own address.
pub(crate) fn allow_remote_display(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::ChangingDevices);
    let password = remote_display::password();
    let listen = if is_session(ctx.uri) {
        VncListen::Socket
    } else {
        VncListen::Loopback { locked_with: &password }
    };
    match redefine(ctx, &found, |xml| with_vnc_listening(xml, listen))? {
        Some(_before) => outcome(&found),
        None => Ok(Outcome::Done),
    }
}

/// A connection to the display at place `index` among the machine's `<graphics>` as last seen.
pub(crate) fn open_display(ctx: &Context<'_>, id: MachineId, index: u32) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::Checking);
    let display = live_display(ctx, &found, index)?;
    if is_remote(ctx.uri) {
        return remote_display::open(ctx, &found, &display.kind).map(Outcome::Display);
    }
    let stream = found
        .domain
        .open_display(display.index)
        .failed(Verb::OpenDisplay, &found.name)?;
    Ok(Outcome::Display(DisplayStream::new(stream)))
}

/// The list shows the displays of the next start. What runs may still have others, at other places.
fn live_display(ctx: &Context<'_>, found: &Found, index: u32) -> Result<Graphics> {
    let live = graphics_from_xml(&found.live_xml()?).bad_xml(&found.name)?;
    let listed = last_seen(ctx, found.id)
        .into_iter()
        .flat_map(|machine| &machine.definition.graphics)
        .find(|graphics| graphics.index == index);
    let found = match listed {
        Some(listed) => live.into_iter().find(|graphics| graphics.kind == listed.kind),
        None => live.into_iter().find(|graphics| graphics.index == index),
    };
    found.ok_or(Error::Denied(Denied::DisplayAtNextStart))
}

/// Takes the D-Bus display out of the definition and starts the machine; where it does not start all the same, the
/// definition is what it was.
pub(crate) fn start_without_fast_display(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::ChangingDevices);
    let before = redefine(ctx, &found, without_dbus_display)?;
    ctx.step(JobStep::Starting);
    let started = start_found(&found);
    if let (Err(_), Some(before)) = (&started, &before) {
        undo(ctx, &found, before);
    }
    started.map(|()| Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::super::lifecycle::start;
    use super::super::test_host::TestHost;
    use super::*;
    use crate::model::GraphicsKind;
    use crate::xml::domain::{DomainFacts, definition_from_xml};

    fn kinds(host: &TestHost, id: MachineId) -> Vec<GraphicsKind> {
        let xml = host.domain(id).xml_desc(virt::sys::VIR_DOMAIN_XML_INACTIVE).unwrap();
        let definition = definition_from_xml(&xml, DomainFacts::default()).unwrap();
        definition.graphics.into_iter().map(|graphics| graphics.kind).collect()
    }

    const SPICE: &str = "<graphics type='spice' autoport='yes' passwd='kept'/><video><model type='vga'/></video>";

    #[test]
    fn a_machine_with_spice_alone_gets_vnc_before_it_and_keeps_its_password() {
        let host = TestHost::new();
        let id = host.define_with("guest", SPICE);
        assert_eq!(host.run(|ctx| add_display(ctx, id)), Ok(Outcome::Done));
        assert_eq!(kinds(&host, id), [GraphicsKind::Vnc, GraphicsKind::Spice]);
        let xml = host.domain(id).xml_desc(virt::sys::VIR_DOMAIN_XML_SECURE).unwrap();
        assert!(xml.contains("passwd='kept'"), "{xml}");
        assert_eq!(
            host.run(|ctx| add_display(ctx, id)),
            Err(Error::InvalidInput(InputProblem::DbusDisplayUnavailable)),
            "a host without a D-Bus display has nothing more to add"
        );
    }

    #[test]
    fn a_running_machine_is_told_to_wait_for_its_next_start() {
        let host = TestHost::new();
        let id = host.define("guest");
        host.run(|ctx| start(ctx, id)).unwrap();
        assert_eq!(host.run(|ctx| add_display(ctx, id)), Ok(Outcome::AtNextStart));
        assert_eq!(kinds(&host, id), [GraphicsKind::Vnc]);
        assert!(host.is_active(id));
    }

    #[test]
    fn a_start_without_the_fast_display_leaves_the_other_one() {
        let host = TestHost::new();
        let id = host.define_with("guest", "<graphics type='vnc'/><graphics type='dbus' p2p='yes'/>");
        assert_eq!(host.run(|ctx| start_without_fast_display(ctx, id)), Ok(Outcome::Done));
        assert!(host.is_active(id));
        assert_eq!(kinds(&host, id), [GraphicsKind::Vnc]);
    }

    #[test]
    fn a_start_that_fails_all_the_same_gives_the_display_back() {
        let host = TestHost::new();
        let id = host.define_with("guest", "<graphics type='vnc'/><graphics type='dbus' p2p='yes'/>");
        host.run(|ctx| start(ctx, id)).unwrap();
        host.run(|ctx| start_without_fast_display(ctx, id)).unwrap_err();
        assert_eq!(kinds(&host, id), [GraphicsKind::Vnc, GraphicsKind::DbusP2p]);
    }
}
