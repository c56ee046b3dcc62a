//! Where characters lie on a guest's keyboard. The guest turns keys into characters, so its layout is what counts.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::super::qnum::{ENTER, LEFT_SHIFT, RIGHT_ALT, SPACE, TAB};

/// For each layout four levels (plain, Shift, `AltGr`, both) of four rows, from the key left of 1 to the one right of /.
const LAYOUTS: &str = include_str!("layouts.txt");
/// A place without a character, and the mark of a key that waits for the next one.
const NOTHING: &str = "∅";
const DEAD: char = '†';

/// The four rows: where the keys are.
const ROWS: [&[u16]; 4] = [
    &[
        0x29, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x7d,
    ],
    &[0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b],
    &[0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x2b],
    &[
        BESIDE_SHIFT,
        0x2c,
        0x2d,
        0x2e,
        0x2f,
        0x30,
        0x31,
        0x32,
        0x33,
        0x34,
        0x35,
        0x73,
    ],
];
/// Guests disagree about it, and some keyboards have none.
const BESIDE_SHIFT: u16 = 0x56;

/// A dead key and what it makes: letter and result in turn.
const COMPOSED: [(char, &str); 8] = [
    ('`', "AÀEÈIÌOÒUÙaàeèiìoòuùNǸnǹ"),
    ('´', "AÁEÉIÍOÓUÚYÝaáeéiíoóuúyýCĆcćLĹlĺNŃnńRŔrŕSŚsśZŹzźGǴgǵ"),
    ('^', "AÂEÊIÎOÔUÛaâeêiîoôuûCĈcĉGĜgĝHĤhĥJĴjĵSŜsŝWŴwŵYŶyŷ"),
    ('~', "AÃNÑOÕaãnñoõIĨiĩUŨuũ"),
    ('¨', "AÄEËIÏOÖUÜaäeëiïoöuüyÿYŸ"),
    ('°', "AÅaåUŮuů"),
    ('ˇ', "CČcčDĎdďEĚeěLĽlľNŇnňRŘrřSŠsšTŤtťZŽzž"),
    ('¸', "CÇcçGĢgģKĶkķLĻlļNŅnņRŖrŗSŞsşTŢtţ"),
];
/// Those that give themselves with a space, whatever the guest.
const ALONE: [char; 3] = ['`', '^', '~'];

/// A keyboard layout that a guest may have, by its code in XKB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GuestLayout {
    #[default]
    Us,
    Gb,
    De,
    Ch,
    Fr,
    Be,
    Es,
    Latam,
    It,
    Pt,
    Br,
    Se,
    No,
    Dk,
    Fi,
    Pl,
    Cz,
    Hu,
    Jp,
}

/// One key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stroke {
    pub key: u16,
    pub is_shifted: bool,
    pub is_alt_gr: bool,
}

impl Stroke {
    const fn plain(key: u16) -> Self {
        Self {
            key,
            is_shifted: false,
            is_alt_gr: false,
        }
    }

    /// Modifiers down, the key down and up, modifiers up.
    pub fn presses(self) -> Vec<(u16, bool)> {
        let modifiers = [(RIGHT_ALT, self.is_alt_gr), (LEFT_SHIFT, self.is_shifted)];
        let held: Vec<u16> = modifiers
            .into_iter()
            .filter(|(_, is)| *is)
            .map(|(key, _)| key)
            .collect();
        let down = held.iter().map(|key| (*key, true));
        let up = held.iter().rev().map(|key| (*key, false));
        down.chain([(self.key, true), (self.key, false)]).chain(up).collect()
    }
}

impl GuestLayout {
    pub const ALL: [Self; 19] = [
        Self::Us,
        Self::Gb,
        Self::De,
        Self::Ch,
        Self::Fr,
        Self::Be,
        Self::Es,
        Self::Latam,
        Self::It,
        Self::Pt,
        Self::Br,
        Self::Se,
        Self::No,
        Self::Dk,
        Self::Fi,
        Self::Pl,
        Self::Cz,
        Self::Hu,
        Self::Jp,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Gb => "gb",
            Self::De => "de",
            Self::Ch => "ch",
            Self::Fr => "fr",
            Self::Be => "be",
            Self::Es => "es",
            Self::Latam => "latam",
            Self::It => "it",
            Self::Pt => "pt",
            Self::Br => "br",
            Self::Se => "se",
            Self::No => "no",
            Self::Dk => "dk",
            Self::Fi => "fi",
            Self::Pl => "pl",
            Self::Cz => "cz",
            Self::Hu => "hu",
            Self::Jp => "jp",
        }
    }
}

/// How each character is typed: one stroke, or a dead key and another.
pub(super) struct Strokes(HashMap<char, Vec<Stroke>>);

impl Strokes {
    pub(super) fn of(layout: GuestLayout) -> Self {
        let mut direct: HashMap<char, (u8, Stroke)> = HashMap::new();
        let mut dead: HashMap<char, (u8, Stroke)> = HashMap::new();
        for (cell, stroke, cost) in cells(layout) {
            let mut chars = cell.chars();
            let (Some(first), second) = (chars.next(), chars.next()) else {
                continue;
            };
            let (table, char) = match second {
                Some(accent) if first == DEAD => (&mut dead, accent),
                _ => (&mut direct, first),
            };
            let known = table.entry(char).or_insert((cost, stroke));
            if cost < known.0 {
                *known = (cost, stroke);
            }
        }
        let mut all: HashMap<char, Vec<Stroke>> = HashMap::new();
        for (accent, composed) in COMPOSED {
            let Some((_, accent)) = dead.get(&accent) else { continue };
            let letters: Vec<char> = composed.chars().collect();
            for pair in letters.chunks_exact(2) {
                if let [letter, result] = pair
                    && let Some((_, letter)) = direct.get(letter)
                {
                    all.entry(*result).or_insert_with(|| vec![*accent, *letter]);
                }
            }
        }
        for accent in ALONE {
            if let Some((_, stroke)) = dead.get(&accent) {
                all.insert(accent, vec![*stroke, Stroke::plain(SPACE)]);
            }
        }
        all.extend(direct.into_iter().map(|(char, (_, stroke))| (char, vec![stroke])));
        for (char, key) in [(' ', SPACE), ('\n', ENTER), ('\t', TAB)] {
            all.insert(char, vec![Stroke::plain(key)]);
        }
        Self(all)
    }

    pub(super) fn get(&self, char: char) -> Option<&[Stroke]> {
        self.0.get(&char).map(Vec::as_slice)
    }
}

/// Every character of a layout, how it is reached, and how much is to be said against that way.
fn cells(layout: GuestLayout) -> impl Iterator<Item = (&'static str, Stroke, u8)> {
    let title = format!("[{}]", layout.code());
    let lines = LAYOUTS.lines().skip_while(move |line| *line != title).skip(1);
    let levels = [(false, false), (true, false), (false, true), (true, true)];
    let rows = levels
        .into_iter()
        .zip(0_u8..)
        .flat_map(|level| ROWS.into_iter().map(move |row| (level, row)));
    let lines = lines.take_while(|line| !(line.starts_with('[') && line.len() > 3 && !line.contains(' ')));
    lines
        .zip(rows)
        .flat_map(|(line, (((is_shifted, is_alt_gr), cost), row))| {
            line.split(' ')
                .zip(row)
                .filter(|(cell, _)| *cell != NOTHING)
                .map(move |(cell, key)| {
                    let stroke = Stroke {
                        key: *key,
                        is_shifted,
                        is_alt_gr,
                    };
                    let doubt = if *key == BESIDE_SHIFT { 2 } else { 0 };
                    (cell, stroke, cost + doubt)
                })
        })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What a guest of this layout makes of the strokes: the tables read in the other direction.
    pub(in super::super) fn typed(layout: GuestLayout, strokes: &[Stroke]) -> String {
        let mut meanings: HashMap<Stroke, &str> = cells(layout).map(|(cell, stroke, _)| (stroke, cell)).collect();
        for (key, cell) in [(SPACE, " "), (ENTER, "\n"), (TAB, "\t")] {
            meanings.insert(Stroke::plain(key), cell);
        }
        let mut text = String::new();
        let mut waiting = None;
        for stroke in strokes {
            let cell = meanings[stroke];
            let accent = cell.strip_prefix(DEAD).and_then(|accent| accent.chars().next());
            match (waiting.take(), accent) {
                (None, Some(accent)) => waiting = Some(accent),
                (None, None) => text.push_str(cell),
                (Some(accent), None) if cell == " " => text.push(accent),
                (Some(accent), None) => {
                    let letters: Vec<char> = COMPOSED
                        .iter()
                        .find(|(dead, _)| *dead == accent)
                        .unwrap()
                        .1
                        .chars()
                        .collect();
                    let letter = cell.chars().next().unwrap();
                    let pair = letters.chunks(2).find(|pair| pair[0] == letter).unwrap();
                    text.push(pair[1]);
                }
                (Some(_), Some(_)) => panic!("two dead keys"),
            }
        }
        text
    }

    #[test]
    fn every_layout_types_every_character_of_a_password_or_a_shell() {
        let ascii: String = (' '..='~').collect();
        for layout in GuestLayout::ALL {
            let strokes = Strokes::of(layout);
            for char in ascii.chars().chain("\n\t".chars()) {
                let way = strokes
                    .get(char)
                    .unwrap_or_else(|| panic!("{layout:?} has no {char:?}"));
                assert_eq!(typed(layout, way), char.to_string(), "{layout:?}");
            }
        }
    }

    #[test]
    fn well_known_keys_are_where_they_are() {
        let way = |layout, char| Strokes::of(layout).get(char).unwrap().to_vec();
        let plain = |key| vec![Stroke::plain(key)];
        assert_eq!(way(GuestLayout::De, 'z'), plain(0x15));
        assert_eq!(way(GuestLayout::Fr, 'a'), plain(0x10));
        assert_eq!(way(GuestLayout::De, 'ü'), plain(0x1a));
        let alt_gr = |key| {
            vec![Stroke {
                is_alt_gr: true,
                ..Stroke::plain(key)
            }]
        };
        assert_eq!(way(GuestLayout::De, '@'), alt_gr(0x10));
        assert_eq!(way(GuestLayout::Fr, '#'), alt_gr(0x04));
        assert_eq!(
            way(GuestLayout::De, 'é'),
            [plain(0x0d), plain(0x12)].concat(),
            "a dead key first"
        );
        assert_eq!(way(GuestLayout::De, '^'), [plain(0x29), plain(SPACE)].concat());
        // Not by the key that guests disagree about.
        let less = Stroke {
            is_shifted: true,
            ..Stroke::plain(0x33)
        };
        assert_eq!(way(GuestLayout::Us, '<'), [less]);
        assert_eq!(way(GuestLayout::De, '<'), plain(BESIDE_SHIFT));
        assert_eq!(way(GuestLayout::Jp, '\\').len(), 1);
        assert!(Strokes::of(GuestLayout::Us).get('é').is_none());
    }

    #[test]
    fn of_keyboards_whose_right_alt_is_an_alt_nobody_asks_for_alt_gr() {
        for layout in [GuestLayout::Us, GuestLayout::Jp] {
            let strokes = Strokes::of(layout);
            assert!(strokes.get('|').is_some() && strokes.get('¦').is_none(), "{layout:?}");
            assert!(
                strokes.0.values().flatten().all(|stroke| !stroke.is_alt_gr),
                "{layout:?}"
            );
        }
    }

    #[test]
    fn modifiers_surround_the_key() {
        let stroke = Stroke {
            key: 0x10,
            is_shifted: true,
            is_alt_gr: true,
        };
        assert_eq!(
            stroke.presses(),
            [
                (0xb8, true),
                (0x2a, true),
                (0x10, true),
                (0x10, false),
                (0x2a, false),
                (0xb8, false)
            ]
        );
    }
}
