//! Who has the keyboard. One handle, shared by the window's wrapper, the console pages and the thread of a grab.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use egui::{Id, ViewportId};
use winit::window::WindowId;

use super::from_egui::EguiKeys;
use super::host_key::{HostAction, HostKey};
use super::router::{Press, Router};

/// Takes a qnum that goes down (again) or up. Called with the keyboard locked: it must not call back.
pub type Keys = Arc<dyn Fn(u16, bool) + Send + Sync>;

/// Whether the desktop's own shortcuts reach the guest too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GrabState {
    /// No guest has the keyboard.
    #[default]
    NotNeeded,
    /// Asked for; keys reach the guest meanwhile, the desktop's shortcuts may not.
    Asked,
    Grabbed,
    Refused(Refusal),
}

/// Why the desktop keeps its shortcuts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The window system has no way of asking.
    NoWay,
    /// Another program has grabbed the keyboard.
    TakenByOther,
    /// The desktop, or its user, took the shortcuts back.
    TakenBack,
    /// In the window system's words.
    Failed(String),
}

/// See the module. Cheap to clone.
#[derive(Clone, Default)]
pub struct Keyboard(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    router: Router,
    /// There is a window system that keys come from; without, they come from egui.
    is_raw: bool,
    /// The window system can keep the pointer where it is: Wayland. X11 can only keep it inside a window.
    locks_pointer: bool,
    focused: Option<WindowId>,
    /// The window whose frame is being drawn.
    drawn: Option<WindowId>,
    holders: Vec<Holder>,
    /// Whose guest the keys go to: as it was when it got them, so that what is down there can be let go.
    active: Option<Holder>,
    actions: Vec<(Id, HostAction)>,
    grab: GrabState,
    egui_keys: EguiKeys,
}

#[derive(Clone)]
struct Holder {
    id: Id,
    ctx: egui::Context,
    viewport: ViewportId,
    window: Option<WindowId>,
    keys: Keys,
    /// When it last asked.
    pass: u64,
}

impl Keyboard {
    /// Asks for the keyboard, from the frame of the window that it is for. It is held for as long as every frame asks,
    /// and has effect while that window has the focus. After [`HostAction::Release`] it is not held again before that
    /// action was taken.
    pub fn hold(&self, ctx: &egui::Context, id: Id, keys: &Keys) {
        let viewport = ctx.viewport_id();
        let pass = ctx.cumulative_pass_nr_for(viewport);
        let mut state = self.lock();
        if state.actions.contains(&(id, HostAction::Release)) {
            return;
        }
        let before = state.holders.iter().position(|holder| holder.id == id);
        let before = before.map(|at| state.holders.remove(at));
        let window = state.drawn.or_else(|| before?.window);
        state.holders.push(Holder {
            id,
            ctx: ctx.clone(),
            viewport,
            window,
            keys: Arc::clone(keys),
            pass,
        });
        state.settle();
        if !state.is_raw {
            let presses = ctx.input_mut(|input| state.egui_keys.take(input));
            for press in presses {
                state.press(press);
            }
        }
    }

    /// Gives it back; what was down in the guest is let go.
    pub fn release(&self, id: Id) {
        let mut state = self.lock();
        state.holders.retain(|holder| holder.id != id);
        state.actions.retain(|(of, _)| *of != id);
        state.settle();
    }

    /// Whose guest the keys go to now.
    pub fn holder(&self) -> Option<Id> {
        self.lock().active.as_ref().map(|holder| holder.id)
    }

    /// What the Host key asked for, oldest first.
    pub fn take_host_actions(&self, id: Id) -> Vec<HostAction> {
        let mut state = self.lock();
        let (taken, kept) = std::mem::take(&mut state.actions)
            .into_iter()
            .partition(|(of, _)| *of == id);
        state.actions = kept;
        let taken: Vec<(Id, HostAction)> = taken;
        taken.into_iter().map(|(_, action)| action).collect()
    }

    pub fn grab_state(&self) -> GrabState {
        self.lock().grab.clone()
    }

    pub fn set_host_key(&self, host_key: HostKey) {
        let mut state = self.lock();
        if state.router.host_key != host_key {
            state.let_go();
            state.router.host_key = host_key;
        }
    }

    pub fn host_key(&self) -> HostKey {
        self.lock().router.host_key
    }

    /// Can the pointer be kept where it is while a guest holds it?
    pub fn locks_pointer(&self) -> bool {
        self.lock().locks_pointer
    }

    pub(crate) fn set_locks_pointer(&self, locks_pointer: bool) {
        self.lock().locks_pointer = locks_pointer;
    }

    pub(super) fn is_raw(&self, is_raw: bool) {
        self.lock().is_raw = is_raw;
    }

    pub(super) fn set_focus(&self, window: WindowId, is_focused: bool) {
        let mut state = self.lock();
        if is_focused {
            state.focused = Some(window);
        } else if state.focused == Some(window) {
            state.focused = None;
        }
        state.settle();
        if !is_focused {
            state.router.forget();
        }
    }

    /// From here to [`Self::end_frame`], what asks for the keyboard is drawn in this window.
    pub(super) fn begin_frame(&self, window: WindowId) {
        self.lock().drawn = Some(window);
    }

    /// Who did not ask in the frame that ended has no console on screen any more.
    pub(super) fn end_frame(&self) {
        let mut state = self.lock();
        let Some(drawn) = state.drawn.take() else { return };
        state.holders.retain(|holder| {
            let passed = holder.ctx.cumulative_pass_nr_for(holder.viewport);
            holder.window != Some(drawn) || passed < holder.pass + 2
        });
        state.settle();
    }

    /// A window that is gone.
    pub(super) fn forget_window(&self, window: WindowId) {
        let mut state = self.lock();
        state.holders.retain(|holder| holder.window != Some(window));
        if state.focused == Some(window) {
            state.focused = None;
        }
        state.settle();
    }

    /// Does a guest have the keyboard in this window?
    pub(super) fn is_held_in(&self, window: WindowId) -> bool {
        self.lock().held_window() == Some(window)
    }

    /// Somebody else needs it: as if the Host key was pressed.
    pub(super) fn give_back(&self) {
        self.lock().act(HostAction::Release);
    }

    /// Where a grab is wanted.
    pub(super) fn held_window(&self) -> Option<WindowId> {
        self.lock().held_window()
    }

    pub(crate) fn set_grab(&self, grab: GrabState) {
        let mut state = self.lock();
        // An answer that comes too late is about nobody.
        let grab = if state.active.is_some() {
            grab
        } else {
            GrabState::NotNeeded
        };
        if state.grab != grab {
            state.grab = grab;
            state.wake();
        }
    }

    /// A key of the focused window. `true`: it is dealt with, and nobody else may see it.
    pub(super) fn press(&self, press: Press) -> bool {
        self.lock().press(press)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn held_window(&self) -> Option<WindowId> {
        self.active.as_ref()?.window
    }

    fn press(&mut self, press: Press) -> bool {
        let Some(holder) = &self.active else {
            return self.router.is_rest(press);
        };
        let routed = self.router.press(press);
        for (qnum, is_down) in routed.to_guest {
            (holder.keys)(qnum, is_down);
        }
        if let Some(action) = routed.action {
            self.act(action);
        }
        !routed.is_for_window
    }

    /// What the Host key asks for, of whoever has the keyboard.
    fn act(&mut self, action: HostAction) {
        let Some(holder) = &self.active else { return };
        let id = holder.id;
        self.actions.push((id, action));
        holder.wake();
        if action == HostAction::Release {
            self.holders.retain(|holder| holder.id != id);
            self.settle();
        }
    }

    /// Makes the holder in the focused window the one that keys go to.
    fn settle(&mut self) {
        let has_focus = |holder: &&Holder| !self.is_raw || (self.focused.is_some() && holder.window == self.focused);
        let wanted = self.holders.iter().rfind(has_focus).cloned();
        let is_same = match (&wanted, &self.active) {
            (Some(wanted), Some(active)) => wanted.is_same(active),
            (None, None) => true,
            _ => false,
        };
        if is_same {
            return;
        }
        self.let_go();
        for holder in wanted.iter().chain(&self.active) {
            holder.wake();
        }
        self.active = wanted;
        if self.active.is_none() {
            self.grab = GrabState::NotNeeded;
        }
    }

    fn let_go(&mut self) {
        let held = self.router.let_go();
        if let Some(holder) = &self.active {
            for key in held {
                (holder.keys)(key, false);
            }
        }
    }

    fn wake(&self) {
        if let Some(holder) = &self.active {
            holder.wake();
        }
    }
}

impl Holder {
    /// Keys that went down in the one come up in the other.
    fn is_same(&self, other: &Self) -> bool {
        self.id == other.id
            && self.window == other.window
            && self.viewport == other.viewport
            && Arc::ptr_eq(&self.keys, &other.keys)
    }

    /// Who has the keyboard shows.
    fn wake(&self) {
        self.ctx.request_repaint_of(self.viewport);
    }
}

#[cfg(test)]
mod tests {
    use super::super::qnum::{LEFT_ALT, LEFT_SHIFT, RIGHT_CTRL};
    use super::*;

    const A: u16 = 0x1e;

    /// A window with a console in it.
    struct Page {
        keyboard: Keyboard,
        ctx: egui::Context,
        window: WindowId,
        keys: Keys,
        typed: Arc<Mutex<Vec<(u16, bool)>>>,
    }

    impl Page {
        fn new(keyboard: &Keyboard, window: u64) -> Self {
            let typed = Arc::<Mutex<Vec<(u16, bool)>>>::default();
            let guest = Arc::clone(&typed);
            Self {
                keyboard: keyboard.clone(),
                ctx: egui::Context::default(),
                window: WindowId::from(window),
                keys: Arc::new(move |qnum, is_down| guest.lock().unwrap().push((qnum, is_down))),
                typed,
            }
        }

        fn id(&self) -> Id {
            Id::unique(("console", u64::from(self.window)))
        }

        fn frame(&self, is_console_shown: bool) {
            self.keyboard.begin_frame(self.window);
            let mut output = self.ctx.run_ui(egui::RawInput::default(), |ui| {
                if is_console_shown {
                    self.keyboard.hold(ui.ctx(), self.id(), &self.keys);
                }
            });
            output.textures_delta.clear();
            self.keyboard.end_frame();
        }

        fn taken(&self) -> Vec<(u16, bool)> {
            std::mem::take(&mut *self.typed.lock().unwrap())
        }
    }

    fn raw() -> Keyboard {
        let keyboard = Keyboard::default();
        keyboard.is_raw(true);
        keyboard
    }

    fn press(keyboard: &Keyboard, qnum: u16, is_down: bool) -> bool {
        keyboard.press(Press {
            qnum,
            is_down,
            is_repeat: false,
        })
    }

    fn tap(keyboard: &Keyboard, qnum: u16) {
        press(keyboard, qnum, true);
        press(keyboard, qnum, false);
    }

    #[test]
    fn keys_are_the_windows_until_a_console_asks_and_its_window_has_the_focus() {
        let keyboard = raw();
        let page = Page::new(&keyboard, 1);
        keyboard.set_focus(page.window, true);
        page.frame(false);
        assert!(!press(&keyboard, A, true));
        assert!(!press(&keyboard, A, false));
        page.frame(true);
        assert_eq!(keyboard.holder(), Some(page.id()));
        assert!(press(&keyboard, A, true) && press(&keyboard, A, false));
        assert_eq!(page.taken(), [(A, true), (A, false)]);
    }

    #[test]
    fn a_lost_focus_leaves_no_key_down_and_the_next_focus_gives_the_keyboard_back() {
        let keyboard = raw();
        let page = Page::new(&keyboard, 1);
        keyboard.set_focus(page.window, true);
        page.frame(true);
        press(&keyboard, LEFT_ALT, true);
        press(&keyboard, A, true);
        keyboard.set_focus(page.window, false);
        assert_eq!(
            page.taken(),
            [(LEFT_ALT, true), (A, true), (A, false), (LEFT_ALT, false)]
        );
        assert_eq!(keyboard.holder(), None);
        assert!(!press(&keyboard, A, true), "another window's");
        keyboard.set_focus(page.window, true);
        tap(&keyboard, A);
        assert_eq!(page.taken(), [(A, true), (A, false)]);
    }

    #[test]
    fn a_console_that_is_not_drawn_any_more_has_lost_the_keyboard() {
        let keyboard = raw();
        let page = Page::new(&keyboard, 1);
        keyboard.set_focus(page.window, true);
        for _ in 0..3 {
            page.frame(true);
        }
        press(&keyboard, A, true);
        page.frame(false);
        assert_eq!(page.taken(), [(A, true), (A, false)]);
        assert_eq!(keyboard.holder(), None);
        assert!(press(&keyboard, A, false), "its end is typed at nobody");
        assert!(!press(&keyboard, A, true));
    }

    #[test]
    fn of_two_consoles_the_one_in_the_focused_window_is_typed_at() {
        let keyboard = raw();
        let (first, second) = (Page::new(&keyboard, 1), Page::new(&keyboard, 2));
        keyboard.set_focus(first.window, true);
        first.frame(true);
        second.frame(true);
        press(&keyboard, A, true);
        assert_eq!((first.taken(), second.taken()), (vec![(A, true)], vec![]));
        keyboard.set_focus(second.window, true);
        tap(&keyboard, LEFT_ALT);
        assert_eq!(first.taken(), [(A, false)]);
        assert_eq!(second.taken(), [(LEFT_ALT, true), (LEFT_ALT, false)]);
        keyboard.forget_window(second.window);
        assert_eq!(keyboard.holder(), None);
    }

    #[test]
    fn the_host_key_gives_the_keyboard_back_until_the_page_has_heard_of_it() {
        let keyboard = raw();
        let page = Page::new(&keyboard, 1);
        keyboard.set_focus(page.window, true);
        page.frame(true);
        tap(&keyboard, RIGHT_CTRL);
        assert_eq!(keyboard.holder(), None);
        page.frame(true);
        assert_eq!(keyboard.holder(), None, "a frame that was under way");
        assert_eq!(keyboard.take_host_actions(page.id()), [HostAction::Release]);
        assert_eq!(keyboard.take_host_actions(page.id()), []);
        page.frame(true);
        assert_eq!(keyboard.holder(), Some(page.id()));
        assert_eq!(page.taken(), []);
    }

    #[test]
    fn another_guest_on_the_same_page_finds_no_key_down() {
        let keyboard = raw();
        let mut page = Page::new(&keyboard, 1);
        keyboard.set_focus(page.window, true);
        page.frame(true);
        press(&keyboard, A, true);
        let before = Arc::clone(&page.typed);
        let after = Page::new(&keyboard, 1);
        page.keys = Arc::clone(&after.keys);
        page.frame(true);
        press(&keyboard, A, false);
        assert_eq!(*before.lock().unwrap(), [(A, true), (A, false)]);
        assert_eq!(after.taken(), []);
    }

    #[test]
    fn without_a_window_system_keys_come_from_the_frame() {
        let keyboard = Keyboard::default();
        let page = Page::new(&keyboard, 1);
        let key = |pressed| egui::Event::Key {
            key: egui::Key::A,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers: egui::Modifiers::SHIFT,
        };
        let input = egui::RawInput {
            events: vec![key(true), egui::Event::Text("A".to_owned()), key(false)],
            ..egui::RawInput::default()
        };
        let mut output = page.ctx.run_ui(input, |ui| {
            keyboard.hold(ui.ctx(), page.id(), &page.keys);
            assert!(ui.input(|input| input.events.is_empty()), "nobody else sees them");
        });
        output.textures_delta.clear();
        assert_eq!(page.taken(), [(LEFT_SHIFT, true), (A, true), (A, false)]);
    }
}
