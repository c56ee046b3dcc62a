//! The colours of a terminal in both themes, and how a guest's own colours are kept readable on them.

use egui::Color32;

use super::tokens::contrast;

/// Of text, as everywhere in the window.
const LEAST_CONTRAST: f32 = 4.5;

/// What a terminal is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalColors {
    pub page: Color32,
    pub text: Color32,
    pub cursor: Color32,
    /// Behind what is marked.
    pub marked: Color32,
    /// Behind what the search found.
    pub found: Color32,
    /// Black, red, green, yellow, blue, magenta, cyan, white, and the same bright.
    pub first: [Color32; 16],
}

impl TerminalColors {
    pub const fn from_dark_mode(is_dark: bool) -> &'static Self {
        if is_dark { &DARK } else { &LIGHT }
    }

    /// One of the 256 numbered colours.
    pub fn numbered(&self, number: u8) -> Color32 {
        match number {
            0..16 => self.first.get(usize::from(number)).copied().unwrap_or(self.text),
            16..232 => {
                let level = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
                let number = number - 16;
                rgb(level(number / 36), level(number / 6 % 6), level(number % 6))
            }
            232.. => {
                let level = 8 + 10 * (number - 232);
                rgb(level, level, level)
            }
        }
    }
}

/// A colour that a guest names.
#[expect(clippy::disallowed_methods, reason = "a guest's colours are not the window's")]
pub const fn rgb(red: u8, green: u8, blue: u8) -> Color32 {
    Color32::from_rgb(red, green, blue)
}

/// `ink`, or the nearest to it towards black or white that can be read on `paper`.
pub fn readable(ink: Color32, paper: Color32) -> Color32 {
    if contrast(ink, paper) >= LEAST_CONTRAST {
        return ink;
    }
    let is_white_better = contrast(Color32::WHITE, paper) >= contrast(Color32::BLACK, paper);
    let end = if is_white_better {
        Color32::WHITE
    } else {
        Color32::BLACK
    };
    for step in 1..8_u8 {
        let mixed = ink.lerp_to_gamma(end, f32::from(step) / 8.0);
        if contrast(mixed, paper) >= LEAST_CONTRAST {
            return mixed;
        }
    }
    end
}

const fn hex(rgb: u32) -> Color32 {
    self::rgb((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

static DARK: TerminalColors = TerminalColors {
    page: hex(0x101216),
    text: hex(0xE3E6EC),
    cursor: hex(0x78A9FF),
    marked: hex(0x2D4470),
    found: hex(0x6A5518),
    first: [
        hex(0x2B303B),
        hex(0xFF8A8A),
        hex(0x7BD88F),
        hex(0xE5C062),
        hex(0x86AEFF),
        hex(0xE3A6F5),
        hex(0x6FD3D8),
        hex(0xC6CCD8),
        hex(0x8D96A7),
        hex(0xFFA8A8),
        hex(0x9BEBAE),
        hex(0xF5D78A),
        hex(0xADC8FF),
        hex(0xF0C4FC),
        hex(0x9AE8EC),
        hex(0xFFFFFF),
    ],
};

static LIGHT: TerminalColors = TerminalColors {
    page: hex(0xFFFFFF),
    text: hex(0x1B1E25),
    cursor: hex(0x2360D1),
    marked: hex(0xC9DCFF),
    found: hex(0xFBE4A0),
    first: [
        hex(0x1B1E25),
        hex(0xA8202C),
        hex(0x12652F),
        hex(0x7A5200),
        hex(0x174AAB),
        hex(0x8A35A8),
        hex(0x0B6570),
        hex(0xD3D8E0),
        hex(0x5C6472),
        hex(0xC22733),
        hex(0x18753A),
        hex(0x8A5D00),
        hex(0x2360D1),
        hex(0x9C3FBD),
        hex(0x0E7480),
        hex(0xF1F3F6),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_the_named_colours_can_be_read_on_the_page() {
        for colors in [DARK, LIGHT] {
            let mut inks = vec![colors.text];
            inks.extend((1..7).chain(9..15).filter_map(|number| colors.first.get(number)));
            for ink in inks {
                let got = contrast(ink, colors.page);
                assert!(got >= LEAST_CONTRAST, "{ink:?} on {:?}: {got}", colors.page);
            }
            for paper in [colors.marked, colors.found] {
                assert!(contrast(colors.text, paper) >= LEAST_CONTRAST, "{paper:?}");
            }
        }
    }

    #[test]
    fn whatever_a_guest_chooses_can_be_read() {
        for colors in [DARK, LIGHT] {
            for paper in 0..=255 {
                let paper = colors.numbered(paper);
                for ink in (0..=255).step_by(5) {
                    let ink = readable(colors.numbered(ink), paper);
                    assert!(contrast(ink, paper) >= 4.4, "{ink:?} on {paper:?}");
                }
            }
        }
    }

    #[test]
    fn a_colour_that_can_be_read_is_the_guests_own() {
        let orange = rgb(255, 165, 0);
        assert_eq!(readable(orange, DARK.page), orange);
        assert_ne!(readable(orange, LIGHT.page), orange);
        assert_eq!(DARK.numbered(196), rgb(255, 0, 0));
        assert_eq!(DARK.numbered(255), rgb(238, 238, 238));
    }
}
