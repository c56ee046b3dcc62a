//! One display's life: asked for, live, lost, asked for again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{CursorGrab, TextureOptions, ViewportCommand, ViewportId};
use libvirt_backend::Error;
use libvirt_backend::command::{DisplayStream, Passage};
use libvirt_backend::error::Cure;
use libvirt_backend::guard::Denied;
use libvirt_backend::model::Graphics;

use super::choice::{Choice, Kind, Readiness, Way, choices};
use super::facts::Facts;
use super::picture::Picture;
use super::twins::Twins;
use super::typing::KeysDialog;
use crate::console::{Area, Canvas, Ending, Input, InputQueue, PointerButton, PointerMode, Screen, SizeRefusal};
use crate::keyboard::Keys;
use crate::keyboard::paste::Typist;

/// What to do about a display now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Nothing,
    Open(Choice),
    /// Nothing before then.
    Wait(Duration),
}

#[derive(Default)]
pub enum Phase {
    #[default]
    Idle,
    Connecting(Choice),
    Live(Session),
    /// Tried again by itself.
    Waiting {
        until: Instant,
        why: Why,
    },
    /// Trying again would come to the same: the user decides.
    Ended(Why),
}

/// Why there is no picture any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// libvirt did not hand out the display.
    Refused(Error),
    /// The display's own end.
    Ended(Ending),
    /// In the system's words.
    NotStarted(String),
}

pub struct Session {
    pub screen: Screen,
    pub canvas: Canvas,
    pub input: InputQueue,
    pub kind: Kind,
    /// Takes what is typed.
    pub keys: Keys,
    /// Copied text crosses it.
    pub shares_clipboard: bool,
    passage: Passage,
    has_picture: bool,
    /// What carries it from another computer ends with it.
    carrier: Option<DisplayStream>,
}

impl Session {
    pub fn new(screen: Screen, canvas: Canvas, input: InputQueue, kind: Kind) -> Self {
        let queue = input.clone();
        let keys: Keys = Arc::new(move |qnum, is_down| queue.send(Input::Key { qnum, is_down }));
        Self {
            screen,
            canvas,
            input,
            kind,
            keys,
            shares_clipboard: false,
            passage: Passage::Local,
            has_picture: false,
            carrier: None,
        }
    }

    pub fn carried_by(mut self, stream: DisplayStream) -> Self {
        self.passage = stream.passage();
        self.carrier = Some(stream);
        self
    }

    pub const fn coming_by(mut self, passage: Passage) -> Self {
        self.passage = passage;
        self
    }

    pub fn way(&self) -> Way {
        match self.kind {
            Kind::Dbus => Way::Dbus(self.screen.frames()),
            Kind::Vnc => Way::Vnc(self.passage),
        }
    }

    /// Whoever listens in the network sees the screen and the keys.
    pub fn is_unencrypted(&self) -> bool {
        self.way() == Way::Vnc(Passage::Network)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The client's threads end with it.
        self.input.close();
        super::memory::give_back_soon();
    }
}

/// Trying again unasked would not help, and a login that is refused too often is locked.
fn waits_for_user(why: &Why) -> bool {
    let Why::Refused(error) = why else { return false };
    matches!(
        error,
        Error::InvalidInput(_) | Error::Denied(Denied::DisplayAtNextStart | Denied::NoDisplay)
    ) || matches!(
        error.cure(),
        Some(Cure::CheckSshKey | Cure::AcceptHostKey | Cure::RemoveOldHostKey)
    )
}

/// See the module.
#[derive(Default)]
pub struct State {
    pub phase: Phase,
    pub facts: Facts,
    pub picture: Picture,
    /// Text that was copied inside the guest, until somebody takes it.
    pub copied: Option<Arc<str>>,
    /// Of the window it has to itself, in points.
    pub window_size: Option<[f32; 2]>,
    /// The channel for it was asked for.
    pub has_clipboard: bool,
    /// What was last sent or heard: nothing goes back where it came from.
    pub clipboard: Option<Arc<str>>,
    /// The guest had the keyboard in the last frame.
    pub had_keyboard: bool,
    /// It came on screen: the keyboard is its own from the first picture on.
    pub wants_focus: bool,
    /// Asks what to type into the guest; it has the keyboard itself meanwhile.
    pub keys_dialog: Option<KeysDialog>,
    /// A combination on its way.
    pub(super) sending: Option<Typist>,
    /// The guest holds this window's pointer: it has a mouse and no tablet.
    pointer_of: Option<ViewportId>,
    /// The guest has let go of this window's pointer; the desktop does not know yet.
    freed: Option<ViewportId>,
    /// Buttons and where the pointer was last: let go when the window loses them.
    held: Vec<PointerButton>,
    /// Parts of a wheel's step.
    pub wheel: egui::Vec2,
    /// Parts of a pixel that the pointer moved.
    pub motion: egui::Vec2,
    /// Of movements that an X server tells twice.
    pub twins: Twins,
    /// What was last asked of the guest, and a wish that has yet to hold still.
    asked_size: Option<[u32; 2]>,
    wished_size: Option<([u32; 2], Instant)>,
    attempts: u32,
    /// The fast display did not work out with this run of the machine.
    is_dbus_given_up: bool,
}

/// A session that ended.
#[derive(Clone, Copy)]
struct Lost {
    kind: Kind,
    had_picture: bool,
    /// The machine has another display to fall back on.
    has_other: bool,
}

/// A window being dragged asks for a size once it holds still.
const STILL: Duration = Duration::from_millis(300);
/// Sizes that guests can follow.
const LEAST_SIZE: [u32; 2] = [320, 200];

impl State {
    pub(super) fn coming_on_screen() -> Self {
        Self {
            wants_focus: true,
            ..Self::default()
        }
    }

    /// What to do next, given what is known of the machine now.
    pub fn step(&mut self, now: Instant, readiness: Readiness, graphics: &[Graphics]) -> Step {
        if readiness != Readiness::Ready {
            // A list that is only remembered says nothing about the machine: a session that goes on, goes on.
            let goes_on = readiness == Readiness::Unknown && self.is_live();
            if !goes_on {
                self.rest();
            }
            return Step::Nothing;
        }
        let choices = choices(graphics);
        if let Phase::Live(session) = &self.phase
            && let Some(ending) = session.screen.ending()
        {
            let lost = Lost {
                kind: session.kind,
                had_picture: session.has_picture,
                has_other: choices.len() > 1,
            };
            self.lost(now, lost, ending);
        }
        match &self.phase {
            Phase::Idle => self.open(&choices),
            Phase::Waiting { until, .. } if *until <= now => self.open(&choices),
            Phase::Waiting { until, .. } => Step::Wait(until.saturating_duration_since(now)),
            Phase::Connecting(_) | Phase::Live(_) | Phase::Ended(_) => Step::Nothing,
        }
    }

    fn open(&mut self, choices: &[Choice]) -> Step {
        let is_usable = |choice: &&Choice| choice.kind != Kind::Dbus || !self.is_dbus_given_up;
        let Some(&choice) = choices.iter().find(is_usable).or_else(|| choices.first()) else {
            return Step::Nothing;
        };
        self.phase = Phase::Connecting(choice);
        Step::Open(choice)
    }

    fn lost(&mut self, now: Instant, lost: Lost, ending: Ending) {
        let Lost {
            kind,
            had_picture,
            has_other,
        } = lost;
        self.let_go();
        if had_picture {
            self.attempts = 0;
        }
        let is_passing = matches!(ending, Ending::Closed | Ending::Broken { .. });
        let gives_up_dbus = kind == Kind::Dbus && has_other && !self.is_dbus_given_up;
        // A guest's first pictures may come before its driver has the graphics card.
        let is_out_of_reach = ending == Ending::OnGraphicsCard;
        if gives_up_dbus && (is_out_of_reach || (!had_picture && (!is_passing || self.attempts > 1))) {
            tracing::info!(?ending, "the fast display does not work here, VNC is used");
            self.is_dbus_given_up = true;
            self.attempts = 0;
            self.phase = Phase::Idle;
        } else if is_passing {
            self.retry_later(now, Why::Ended(ending));
        } else {
            self.phase = Phase::Ended(Why::Ended(ending));
        }
    }

    fn retry_later(&mut self, now: Instant, why: Why) {
        let until = now + pause(self.attempts);
        self.attempts += 1;
        self.phase = Phase::Waiting { until, why };
    }

    /// The display was not handed out, or no session could be begun over it.
    pub fn not_opened(&mut self, now: Instant, choice: Choice, why: Why) {
        tracing::info!(?choice, ?why, "no display");
        let waits = waits_for_user(&why);
        if matches!(&why, Why::Refused(Error::Denied(Denied::NotResponding))) {
            // Nothing of it is tried while it hangs; that says nothing about its displays.
        } else if choice.kind == Kind::Dbus {
            // Not every connection can hand out its descriptor; VNC's can be reached in more ways. A daemon that is
            // only just starting again says no once.
            self.is_dbus_given_up = waits || self.attempts > 0;
        } else if waits {
            self.phase = Phase::Ended(why);
            return;
        }
        self.retry_later(now, why);
    }

    pub fn opened(&mut self, session: Session) {
        self.asked_size = None;
        // Nothing that was copied before went over this session: it is asked for anew.
        self.clipboard = None;
        self.had_keyboard = false;
        self.phase = Phase::Live(session);
    }

    /// The user asks for another try now.
    pub fn reconnect(&mut self) {
        self.attempts = 0;
        self.is_dbus_given_up = false;
        self.phase = Phase::Idle;
    }

    /// Nothing to show: the machine is off, or not to be seen.
    fn rest(&mut self) {
        self.let_go();
        self.wants_focus |= self.picture.is_there();
        self.phase = Phase::Idle;
        self.attempts = 0;
        self.is_dbus_given_up = false;
        self.picture = Picture::default();
    }

    pub const fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Live(_))
    }

    /// Takes what is new onto the texture. Answers whether there is a picture.
    pub fn refresh(&mut self, ctx: &egui::Context, options: TextureOptions) -> bool {
        let Phase::Live(session) = &mut self.phase else {
            return self.picture.is_there();
        };
        let fresh = session.screen.take();
        if !fresh.patches.is_empty() {
            session.has_picture = true;
            let updates = session.screen.counts().updates;
            let waited_us = fresh.since.map(|since| since.elapsed().as_micros() as u64);
            tracing::trace!(updates, waited_us, "picture");
        }
        if fresh.clipboard.is_some() && self.facts.shares_clipboard {
            self.copied.clone_from(&fresh.clipboard);
            self.clipboard.clone_from(&fresh.clipboard);
        }
        if self.picture.set_options(options) {
            // The filter comes with the pixels.
            session.canvas.damage(Area::whole(self.picture.size()));
        }
        self.picture.take(ctx, fresh);
        self.picture.is_there()
    }

    /// How its pixels come here.
    pub fn way(&self) -> Option<Way> {
        match &self.phase {
            Phase::Live(session) => Some(session.way()),
            _ => None,
        }
    }

    /// Whoever listens in the network sees the screen and the keys.
    pub fn is_unencrypted(&self) -> bool {
        matches!(&self.phase, Phase::Live(session) if session.is_unencrypted())
    }

    /// Why the guest does not follow the window.
    pub fn size_refusal(&self) -> Option<SizeRefusal> {
        match &self.phase {
            Phase::Live(session) => session.screen.size_refusal(),
            _ => None,
        }
    }

    /// As the guest last told.
    pub fn has_caps_lock(&self) -> bool {
        matches!(&self.phase, Phase::Live(session) if session.screen.lights().caps_lock)
    }

    pub fn pointer_mode(&self) -> PointerMode {
        match &self.phase {
            Phase::Live(session) => session.screen.pointer_mode(),
            _ => PointerMode::default(),
        }
    }

    pub fn send(&self, input: Input) {
        if let Phase::Live(session) = &self.phase {
            session.input.send(input);
        }
    }

    /// Where keys go, for as long as this session lasts.
    pub fn keys(&self) -> Option<Keys> {
        match &self.phase {
            Phase::Live(session) => Some(Arc::clone(&session.keys)),
            _ => None,
        }
    }

    /// Text that was copied outside. Longer than this is no text that somebody means to paste.
    pub fn share(&mut self, text: &str) {
        const MOST_BYTES: usize = 1 << 20;
        let is_known = self.clipboard.as_deref() == Some(text);
        if !self.facts.shares_clipboard || is_known || text.is_empty() || text.len() > MOST_BYTES {
            return;
        }
        let text: Arc<str> = text.into();
        self.clipboard = Some(Arc::clone(&text));
        self.send(Input::Clipboard(text));
    }

    pub fn button(&mut self, button: PointerButton, is_down: bool) {
        self.held.retain(|held| *held != button);
        if is_down {
            self.held.push(button);
        }
        self.send(Input::Button { button, is_down });
    }

    pub fn holds(&self, button: PointerButton) -> bool {
        self.held.contains(&button)
    }

    /// No button stays down in the guest, and the pointer is the desktop's again.
    pub fn let_go(&mut self) {
        for button in std::mem::take(&mut self.held) {
            self.send(Input::Button { button, is_down: false });
        }
        self.freed = self.pointer_of.take().or(self.freed);
    }

    /// The pointer moves in the guest alone from now on.
    pub const fn hold_pointer(&mut self, viewport: ViewportId) {
        self.pointer_of = Some(viewport);
        self.freed = None;
        self.twins = Twins::new();
    }

    pub const fn holds_pointer(&self) -> bool {
        self.pointer_of.is_some()
    }

    /// The pointer is held in this window or in none.
    pub fn hold_only_in(&mut self, viewport: ViewportId) {
        if self.pointer_of.is_some_and(|held| held != viewport) {
            self.let_go();
        }
    }

    /// Gives the desktop the pointer that [`Self::let_go`] has let go of.
    pub fn free_pointer(&mut self, ctx: &egui::Context) {
        if let Some(viewport) = self.freed.take() {
            ctx.send_viewport_cmd_to(viewport, ViewportCommand::CursorGrab(CursorGrab::None));
            ctx.send_viewport_cmd_to(viewport, ViewportCommand::CursorVisible(true));
        }
    }

    /// The guest may have this many pixels. Answers when to ask again.
    pub fn wish_size(&mut self, now: Instant, size: [u32; 2]) -> Option<Duration> {
        let size = [size[0].max(LEAST_SIZE[0]), size[1].max(LEAST_SIZE[1])];
        if !self.is_live() || self.asked_size == Some(size) {
            self.wished_size = None;
            return None;
        }
        let since = match self.wished_size {
            Some((wished, since)) if wished == size => since,
            _ => now,
        };
        let waited = now.saturating_duration_since(since);
        if waited < STILL {
            self.wished_size = Some((size, since));
            return Some(STILL.saturating_sub(waited));
        }
        self.wished_size = None;
        self.asked_size = Some(size);
        let [width, height] = size;
        self.send(Input::Resize { width, height });
        None
    }
}

fn pause(attempts: u32) -> Duration {
    const MILLIS: [u64; 5] = [200, 500, 1_000, 2_000, 5_000];
    let index = (attempts as usize).min(MILLIS.len() - 1);
    Duration::from_millis(MILLIS[index])
}

#[cfg(test)]
mod tests {
    use libvirt_backend::model::GraphicsKind;

    use super::*;
    use crate::console::screen;

    fn graphics(kinds: &[GraphicsKind]) -> Vec<Graphics> {
        let numbered = (0..).zip(kinds.iter().cloned());
        numbered.map(|(index, kind)| Graphics { index, kind }).collect()
    }

    fn both() -> Vec<Graphics> {
        graphics(&[GraphicsKind::Vnc, GraphicsKind::DbusP2p])
    }

    fn live(state: &mut State, kind: Kind, has_picture: bool) -> Canvas {
        let (canvas, screen) = screen(|| {});
        let mut session = Session::new(screen, canvas.clone(), InputQueue::default(), kind);
        session.has_picture = has_picture;
        state.opened(session);
        canvas
    }

    fn queue(state: &State) -> InputQueue {
        let Phase::Live(session) = &state.phase else {
            panic!("no session")
        };
        session.input.clone()
    }

    const DBUS: Step = Step::Open(Choice {
        index: 1,
        kind: Kind::Dbus,
    });
    const VNC: Step = Step::Open(Choice {
        index: 0,
        kind: Kind::Vnc,
    });

    #[test]
    fn a_guest_that_restarts_is_shown_again_without_a_click() {
        let mut state = State::default();
        let now = Instant::now();
        assert_eq!(state.step(now, Readiness::Ready, &both()), DBUS);
        let canvas = live(&mut state, Kind::Dbus, true);
        canvas.end(Ending::Closed);
        let Step::Wait(pause) = state.step(now, Readiness::Ready, &both()) else {
            panic!("no pause")
        };
        assert!(pause <= Duration::from_millis(200));
        assert_eq!(state.step(now + pause, Readiness::Ready, &both()), DBUS);
        // It was on its way off: once it is on again, it is asked at once.
        assert_eq!(state.step(now + pause, Readiness::Off, &both()), Step::Nothing);
        assert_eq!(state.step(now + pause, Readiness::Ready, &both()), DBUS);
    }

    #[test]
    fn a_fast_display_that_never_shows_anything_gives_way_to_vnc() {
        let mut state = State::default();
        let now = Instant::now();
        state.step(now, Readiness::Ready, &both());
        let canvas = live(&mut state, Kind::Dbus, false);
        canvas.end(Ending::NotSpoken { what: "it".to_owned() });
        assert_eq!(state.step(now, Readiness::Ready, &both()), VNC);
        // The next run of the machine may be another QEMU.
        state.step(now, Readiness::Off, &both());
        assert_eq!(state.step(now, Readiness::Ready, &both()), DBUS);
    }

    #[test]
    fn a_picture_that_goes_to_the_graphics_card_is_fetched_by_vnc() {
        for has_picture in [false, true] {
            let mut state = State::default();
            let now = Instant::now();
            state.step(now, Readiness::Ready, &both());
            let canvas = live(&mut state, Kind::Dbus, has_picture);
            canvas.end(Ending::OnGraphicsCard);
            assert_eq!(state.step(now, Readiness::Ready, &both()), VNC, "{has_picture}");
        }
        let mut state = State::default();
        let only_dbus = graphics(&[GraphicsKind::DbusP2p]);
        state.step(Instant::now(), Readiness::Ready, &only_dbus);
        live(&mut state, Kind::Dbus, false).end(Ending::OnGraphicsCard);
        assert_eq!(state.step(Instant::now(), Readiness::Ready, &only_dbus), Step::Nothing);
        assert!(matches!(&state.phase, Phase::Ended(Why::Ended(Ending::OnGraphicsCard))));
    }

    #[test]
    fn a_server_that_lies_waits_for_the_user() {
        let mut state = State::default();
        let now = Instant::now();
        let only_vnc = graphics(&[GraphicsKind::Spice, GraphicsKind::Vnc]);
        let vnc = Choice {
            index: 1,
            kind: Kind::Vnc,
        };
        assert_eq!(state.step(now, Readiness::Ready, &only_vnc), Step::Open(vnc));
        let canvas = live(&mut state, Kind::Vnc, true);
        let ending = Ending::Nonsense {
            what: "a lie".to_owned(),
        };
        canvas.end(ending.clone());
        assert_eq!(state.step(now, Readiness::Ready, &only_vnc), Step::Nothing);
        assert!(matches!(&state.phase, Phase::Ended(Why::Ended(why)) if *why == ending));
        let later = now + Duration::from_mins(10);
        assert_eq!(state.step(later, Readiness::Ready, &only_vnc), Step::Nothing);
        state.reconnect();
        assert_eq!(state.step(later, Readiness::Ready, &only_vnc), Step::Open(vnc));
    }

    #[test]
    fn a_display_that_is_refused_is_tried_again_ever_more_slowly() {
        let mut state = State::default();
        let mut now = Instant::now();
        let mut pauses = Vec::new();
        for _ in 0..7 {
            let Step::Open(choice) = state.step(now, Readiness::Ready, &both()) else {
                panic!("not tried")
            };
            state.not_opened(now, choice, Why::NotStarted("no".to_owned()));
            let Step::Wait(pause) = state.step(now, Readiness::Ready, &both()) else {
                panic!("no pause")
            };
            pauses.push(pause.as_millis());
            now += pause;
        }
        assert_eq!(pauses, [200, 500, 1_000, 2_000, 5_000, 5_000, 5_000]);
    }

    #[test]
    fn what_only_another_start_of_the_machine_changes_is_said_and_not_tried_again() {
        let mut state = State::default();
        let now = Instant::now();
        let only_vnc = graphics(&[GraphicsKind::Vnc]);
        let Step::Open(choice) = state.step(now, Readiness::Ready, &only_vnc) else {
            panic!("not tried")
        };
        let why = Why::Refused(Error::Denied(Denied::DisplayAtNextStart));
        state.not_opened(now, choice, why.clone());
        let later = now + Duration::from_mins(10);
        assert_eq!(state.step(later, Readiness::Ready, &only_vnc), Step::Nothing);
        assert!(matches!(&state.phase, Phase::Ended(ended) if *ended == why));
        state.step(later, Readiness::Off, &only_vnc);
        assert_eq!(state.step(later, Readiness::Ready, &only_vnc), Step::Open(choice));
    }

    #[test]
    fn a_fast_display_that_is_refused_once_gets_another_chance() {
        let mut state = State::default();
        let mut now = Instant::now();
        let mut tried = Vec::new();
        for _ in 0..3 {
            let Step::Open(choice) = state.step(now, Readiness::Ready, &both()) else {
                panic!("not tried")
            };
            tried.push(choice.kind);
            state.not_opened(now, choice, Why::NotStarted("just starting".to_owned()));
            now += Duration::from_mins(1);
        }
        assert_eq!(tried, [Kind::Dbus, Kind::Dbus, Kind::Vnc]);
        let mut state = State::default();
        let Step::Open(choice) = state.step(now, Readiness::Ready, &both()) else {
            panic!("not tried")
        };
        let never = Error::InvalidInput(libvirt_backend::error::InputProblem::NoVcpus);
        state.not_opened(now, choice, Why::Refused(never));
        assert_eq!(state.step(now + Duration::from_secs(1), Readiness::Ready, &both()), VNC);
    }

    #[test]
    fn a_machine_that_hangs_for_a_while_is_shown_by_the_fast_display_afterwards() {
        let mut state = State::default();
        let mut now = Instant::now();
        for _ in 0..10 {
            let Step::Open(choice) = state.step(now, Readiness::Ready, &both()) else {
                panic!("not tried")
            };
            assert_eq!(choice.kind, Kind::Dbus);
            state.not_opened(now, choice, Why::Refused(Error::Denied(Denied::NotResponding)));
            now += Duration::from_mins(1);
        }
    }

    #[test]
    fn a_list_that_is_only_remembered_takes_no_picture_away() {
        let mut state = State::default();
        let now = Instant::now();
        state.step(now, Readiness::Ready, &both());
        live(&mut state, Kind::Dbus, true);
        state.step(now, Readiness::Unknown, &[]);
        assert!(state.is_live());
        state.step(now, Readiness::Off, &[]);
        assert!(!state.is_live());
    }

    #[test]
    fn the_guest_is_asked_for_a_size_once_and_not_while_the_window_is_dragged() {
        let mut state = State::default();
        live(&mut state, Kind::Dbus, true);
        let input = queue(&state);
        let now = Instant::now();
        assert!(state.wish_size(now, [800, 600]).is_some());
        assert!(state.wish_size(now + STILL, [801, 600]).is_some(), "it moved");
        assert_eq!(state.wish_size(now + STILL * 2, [801, 600]), None);
        assert_eq!(state.wish_size(now + STILL * 4, [801, 600]), None);
        assert_eq!(
            input.next(Duration::ZERO),
            Some(Input::Resize {
                width: 801,
                height: 600
            })
        );
        assert_eq!(input.next(Duration::ZERO), None);
    }

    #[test]
    fn copied_text_goes_over_once_and_only_where_it_is_shared() {
        let mut state = State::default();
        live(&mut state, Kind::Dbus, true);
        let input = queue(&state);
        state.share("secret");
        assert_eq!(input.next(Duration::ZERO), None, "the switch is off");
        state.facts.shares_clipboard = true;
        state.share("hello");
        state.share("hello");
        state.share("");
        state.share(&"x".repeat((1 << 20) + 1));
        assert_eq!(input.next(Duration::ZERO), Some(Input::Clipboard("hello".into())));
        assert_eq!(input.next(Duration::ZERO), None);
    }

    #[test]
    fn a_guest_that_goes_gives_the_pointer_back_to_its_window() {
        let window = ViewportId::ROOT;
        let sent = |state: &mut State| {
            let ctx = egui::Context::default();
            let mut output = ctx.run_ui(egui::RawInput::default(), |ui| state.free_pointer(ui.ctx()));
            output.textures_delta.clear();
            let commands = output.viewport_output.get(&window).map(|output| output.commands.iter());
            let is_of_pointer = |command: &&ViewportCommand| {
                matches!(
                    command,
                    ViewportCommand::CursorGrab(_) | ViewportCommand::CursorVisible(_)
                )
            };
            commands
                .into_iter()
                .flatten()
                .filter(is_of_pointer)
                .cloned()
                .collect::<Vec<_>>()
        };
        let free = [
            ViewportCommand::CursorGrab(CursorGrab::None),
            ViewportCommand::CursorVisible(true),
        ];
        let ways: [fn(&mut State); 3] = [
            |state| {
                state.step(Instant::now(), Readiness::Off, &both());
            },
            |state| {
                let Phase::Live(session) = &state.phase else { panic!() };
                session.canvas.end(Ending::Closed);
                state.step(Instant::now(), Readiness::Ready, &both());
            },
            |state| state.hold_only_in(ViewportId::from_hash_of("its own")),
        ];
        for (number, way) in ways.iter().enumerate() {
            let mut state = State::default();
            live(&mut state, Kind::Dbus, true);
            state.hold_pointer(window);
            state.hold_only_in(window);
            assert_eq!(sent(&mut state), [], "{number}: it is held");
            way(&mut state);
            assert!(!state.holds_pointer(), "{number}");
            assert_eq!(sent(&mut state), free, "{number}");
            assert_eq!(sent(&mut state), [], "{number}: once");
        }
    }

    #[test]
    fn copied_text_goes_over_again_where_the_guest_is_connected_anew() {
        let mut state = State::default();
        state.facts.shares_clipboard = true;
        for _ in 0..2 {
            live(&mut state, Kind::Dbus, true);
            assert!(!state.had_keyboard, "the desktop is asked what was copied");
            state.had_keyboard = true;
            let input = queue(&state);
            state.share("hello");
            assert_eq!(input.next(Duration::ZERO), Some(Input::Clipboard("hello".into())));
        }
    }

    #[test]
    fn no_button_stays_down_in_the_guest() {
        let mut state = State::default();
        live(&mut state, Kind::Dbus, true);
        let input = queue(&state);
        state.button(PointerButton::Left, true);
        state.let_go();
        state.let_go();
        input.next(Duration::ZERO);
        assert_eq!(
            input.next(Duration::ZERO),
            Some(Input::Button {
                button: PointerButton::Left,
                is_down: false
            })
        );
        assert_eq!(input.next(Duration::ZERO), None);
    }
}
