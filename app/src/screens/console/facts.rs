//! What a console says about its machine.

use libvirt_backend::guard::Action;

use crate::context::ViewContext;
use crate::display::{Facts, Readiness};
use crate::route::MachineKey;
use crate::screens::parts::actions;
use crate::screens::parts::state_look::state_look;
use crate::text::error::denied;

/// What a console's menu offers, in its order.
const OFFERED: [Action; 12] = [
    Action::Start,
    Action::Resume,
    Action::Pause,
    Action::Shutdown,
    Action::Reboot,
    Action::Reset,
    Action::ForceOff,
    Action::Save,
    Action::CreateSnapshot,
    Action::AddDisplay,
    Action::SetSharesClipboard,
    Action::SetSound,
];

pub fn facts(view: &ViewContext<'_>, key: &MachineKey, readiness: Readiness) -> Facts {
    let Some((_, machine)) = actions::find(view, key) else {
        return Facts::default();
    };
    let look = state_look(view, key, machine);
    let is_paused = machine.state.is_paused();
    let is_worth_showing = |action: &Action| match action {
        Action::Resume => is_paused,
        Action::Pause => !is_paused,
        _ => true,
    };
    let with_reason = |action: Action| {
        let reason = actions::check(view, key, action).err();
        (action, reason.map(|reason| denied(&reason)))
    };
    Facts {
        name: machine.name().to_owned(),
        tone: look.tone,
        icon: look.icon,
        state: look.text,
        readiness,
        is_paused,
        is_hanging: machine.state.is_active() && !machine.responding.is_yes(),
        shares_clipboard: machine.definition.shares_clipboard,
        sound: machine.definition.sound,
        has_serial: !machine.definition.serials.is_empty(),
        actions: OFFERED.into_iter().filter(is_worth_showing).map(with_reason).collect(),
    }
}
