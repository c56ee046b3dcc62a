//! Debian's graphical installer, used through the window with the keyboard and the pointer up to its third screen. What
//! it asks and how it was answered is known from the installer itself; what is clicked is found in the window's picture.

use std::time::Duration;

use berth_tests::{Desktop, Installer, Need, Shown, TestSession, require, wait_for};

use super::WINDOW;

const PATIENCE: Duration = Duration::from_mins(1);
/// Where the machine's screen is in a window of 1280 by 800, and its size: the installer fills it, pixel for pixel.
const CORNER: [u32; 2] = [56, 40];
const SIZE: [u32; 2] = [1224, 760];
/// From the list of languages' English down to German.
const DOWN_TO_GERMAN: usize = 7;
/// From the list of countries' Germany down to Austria.
const DOWN_TO_AUSTRIA: u32 = 5;
/// The middle of the button that goes on, from the screen's lower right corner.
const CONTINUE: [u32; 2] = [60, 26];
/// The lines with the screen's title, below Debian's banner.
const TITLE: std::ops::Range<u32> = 82..110;

/// A line of a list that is chosen, in pixels of the machine's screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Chosen {
    top: u32,
    height: u32,
}

impl Chosen {
    /// There is exactly one broad bar of the installer's green, with a paler line above and below.
    fn in_picture(rgb: &[u8]) -> Option<Self> {
        let column = SIZE[0] / 2;
        let is_green = |y: &u32| {
            let at = ((y * SIZE[0] + column) * 3) as usize;
            matches!(rgb[at..at + 3], [..80, 110..160, 100..150])
        };
        let rows: Vec<u32> = (TITLE.end..SIZE[1]).filter(is_green).collect();
        let (top, bottom) = (*rows.first()?, *rows.last()?);
        let is_bar = rows.len() == (bottom - top + 1) as usize && (15..40).contains(&rows.len());
        is_bar.then_some(Self {
            top: top - 1,
            height: bottom - top + 3,
        })
    }

    const fn middle(self) -> u32 {
        self.top + self.height / 2
    }

    const fn has(self, y: u32) -> bool {
        self.top <= y && y < self.top + self.height
    }
}

/// The pixels of a screen's title.
fn title_of(rgb: &[u8]) -> Vec<u8> {
    let [start, end] = [TITLE.start, TITLE.end].map(|y| (y * SIZE[0] * 3) as usize);
    rgb[start..end].to_vec()
}

/// Waits until a list under another title is shown and stays as it is.
#[track_caller]
fn see_list(desktop: &Desktop, what: &str, old_title: &[u8]) -> (Vec<u8>, Chosen) {
    let mut last = Vec::new();
    wait_for(what, PATIENCE, || {
        let picture = desktop.pixels(CORNER, SIZE);
        let title = title_of(&picture);
        let chosen = Chosen::in_picture(&picture).filter(|_| picture == last && title != old_title);
        last = picture;
        chosen.map(|chosen| (title, chosen))
    })
}

/// Waits until another line is chosen.
#[track_caller]
fn see_chosen(desktop: &Desktop, is_it: impl Fn(Chosen) -> bool) -> Chosen {
    wait_for("line chosen", PATIENCE, || {
        Chosen::in_picture(&desktop.pixels(CORNER, SIZE)).filter(|chosen| is_it(*chosen))
    })
}

#[test]
fn debians_installer_is_used_with_keyboard_and_pointer_up_to_its_third_screen() {
    if !require(&[WINDOW, &[Need::Installer]].concat()) {
        return;
    }
    let session = TestSession::start();
    let mut installer = Installer::hold(&session, "porthole");
    let mut desktop = Desktop::start(Shown::OnX11);
    desktop.start_berth(&["--connect", &session.uri()]);
    let mut reader = desktop.screen_reader();
    reader.wait_for_part("porthole, ", PATIENCE);
    reader.click_part("table row", "porthole, ");
    installer.resume();
    reader.wait_for_part("porthole, Running", PATIENCE);
    desktop.press("Return");

    installer.hear_question("localechooser/languagelist");
    let [width, height] = SIZE;
    reader.wait("canvas", &format!("Screen of porthole, {width} × {height}"));
    reader.wait_for_part("gives the keyboard back", PATIENCE);
    let (title, mut chosen) = see_list(&desktop, "list of languages", &[]);
    // One after the other: a keyboard's memory is small.
    for _ in 0..DOWN_TO_GERMAN {
        desktop.press("Down");
        chosen = see_chosen(&desktop, |now| now != chosen);
    }
    desktop.press("Return");
    assert_eq!(installer.hear_answer("localechooser/languagelist"), "de");

    installer.hear_question("localechooser/shortlist");
    let (title, germany) = see_list(&desktop, "list of countries", &title);
    let austria = germany.middle() + DOWN_TO_AUSTRIA * germany.height;
    desktop.click_at(CORNER[0] + width / 4, CORNER[1] + austria);
    see_chosen(&desktop, |now| now.has(austria));
    desktop.click_at(CORNER[0] + width - CONTINUE[0], CORNER[1] + height - CONTINUE[1]);
    assert_eq!(installer.hear_answer("localechooser/shortlist"), "AT");

    installer.hear_question("keyboard-configuration/xkb-keymap");
    see_list(&desktop, "list of keyboards", &title);
    desktop.press("Return");
    assert_eq!(installer.hear_answer("keyboard-configuration/xkb-keymap"), "de");
}
