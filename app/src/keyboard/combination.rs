//! Keys pressed together, as menus list them and as users type them: `Ctrl+Alt+F2`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::qnum;

/// More fingers than a hand and a half.
const MOST_KEYS: usize = 6;

/// Pressed in this order, let go in the other.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Combination(Vec<u16>);

/// Why what was typed is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadCombination {
    Empty,
    UnknownKey(String),
    Twice(String),
    TooMany { most: usize },
}

/// Other names of keys, as they are printed on keyboards and spoken.
const ALIASES: [(&str, u16); 18] = [
    ("ctrl", qnum::LEFT_CTRL),
    ("control", qnum::LEFT_CTRL),
    ("shift", qnum::LEFT_SHIFT),
    ("alt", qnum::LEFT_ALT),
    ("altgr", qnum::RIGHT_ALT),
    ("super", qnum::LEFT_SUPER),
    ("win", qnum::LEFT_SUPER),
    ("windows", qnum::LEFT_SUPER),
    ("meta", qnum::LEFT_SUPER),
    ("del", qnum::DELETE),
    ("escape", qnum::ESC),
    ("return", qnum::ENTER),
    ("sysrq", qnum::PRINT),
    ("prtsc", qnum::PRINT),
    ("printscreen", qnum::PRINT),
    ("break", qnum::PAUSE),
    ("ins", 0xd2),
    ("plus", 0x0d),
];

impl Combination {
    /// What every machine is offered.
    pub fn built_in() -> Vec<Self> {
        let mut all = vec![
            Self(vec![qnum::LEFT_CTRL, qnum::LEFT_ALT, qnum::DELETE]),
            Self(vec![qnum::LEFT_CTRL, qnum::LEFT_ALT, qnum::BACKSPACE]),
            Self(vec![qnum::LEFT_ALT, qnum::TAB]),
            Self(vec![qnum::LEFT_ALT, 0x3e]),
            Self(vec![qnum::LEFT_SUPER]),
            Self(vec![qnum::PRINT]),
            Self(vec![qnum::PAUSE]),
            Self(vec![qnum::LEFT_CTRL, qnum::PAUSE]),
        ];
        let consoles = (0x3b..=0x44).chain([0x57, 0x58]);
        all.extend(consoles.map(|function| Self(vec![qnum::LEFT_CTRL, qnum::LEFT_ALT, function])));
        // What Linux does when nothing else answers, in the order in which they are used: raw, end, kill, sync,
        // unmount, boot.
        all.extend([0x13, 0x12, 0x17, 0x1f, 0x16, 0x30].map(|key| Self(vec![qnum::LEFT_ALT, qnum::PRINT, key])));
        all
    }

    pub fn ctrl_alt_del() -> Self {
        Self(vec![qnum::LEFT_CTRL, qnum::LEFT_ALT, qnum::DELETE])
    }

    /// For a Host key whose own press stays here.
    pub fn of_keys(keys: &[u16]) -> Self {
        Self(keys.to_vec())
    }

    /// Down in order, then up the other way round. What takes them leaves a moment between two.
    pub fn presses(&self) -> Vec<(u16, bool)> {
        let down = self.0.iter().map(|key| (*key, true));
        let up = self.0.iter().rev().map(|key| (*key, false));
        down.chain(up).collect()
    }
}

impl FromStr for Combination {
    type Err = BadCombination;

    fn from_str(typed: &str) -> Result<Self, BadCombination> {
        if typed.trim().is_empty() {
            return Err(BadCombination::Empty);
        }
        let mut keys = Vec::new();
        for name in typed.split('+').map(str::trim) {
            let key = key_named(name).ok_or_else(|| BadCombination::UnknownKey(name.to_owned()))?;
            if keys.contains(&key) {
                return Err(BadCombination::Twice(name.to_owned()));
            }
            keys.push(key);
        }
        if keys.len() > MOST_KEYS {
            return Err(BadCombination::TooMany { most: MOST_KEYS });
        }
        Ok(Self(keys))
    }
}

fn key_named(name: &str) -> Option<u16> {
    let plain: String = name
        .chars()
        .filter(|char| *char != ' ')
        .flat_map(char::to_lowercase)
        .collect();
    let alias = ALIASES.iter().find(|(alias, _)| *alias == plain);
    alias.map(|(_, key)| *key).or_else(|| qnum::from_name(name))
}

impl fmt::Display for Combination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, key) in self.0.iter().enumerate() {
            if at > 0 {
                formatter.write_str("+")?;
            }
            let is_alone = self.0.len() == 1;
            formatter.write_str(match *key {
                qnum::LEFT_CTRL if !is_alone => "Ctrl",
                qnum::LEFT_SHIFT if !is_alone => "Shift",
                qnum::LEFT_ALT if !is_alone => "Alt",
                qnum::LEFT_SUPER => "Super",
                qnum::DELETE => "Del",
                qnum::PRINT if !is_alone => "SysRq",
                // With Ctrl the same key means that.
                qnum::PAUSE if self.0.contains(&qnum::LEFT_CTRL) => "Break",
                key => qnum::name(key).unwrap_or("?"),
            })?;
        }
        Ok(())
    }
}

impl From<Combination> for String {
    fn from(combination: Combination) -> Self {
        combination.to_string()
    }
}

impl TryFrom<String> for Combination {
    type Error = BadCombination;

    fn try_from(typed: String) -> Result<Self, BadCombination> {
        typed.parse()
    }
}

impl fmt::Display for BadCombination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("no key is named"),
            Self::UnknownKey(name) => write!(formatter, "there is no key {name:?}"),
            Self::Twice(name) => write!(formatter, "{name:?} is named twice"),
            Self::TooMany { most } => write!(formatter, "more than {most} keys"),
        }
    }
}

impl std::error::Error for BadCombination {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_pressed_in_order_and_let_go_the_other_way() {
        let typed: Combination = " ctrl + ALT+f2".parse().unwrap();
        assert_eq!(typed.to_string(), "Ctrl+Alt+F2");
        assert_eq!(
            typed.presses(),
            [
                (0x1d, true),
                (0x38, true),
                (0x3c, true),
                (0x3c, false),
                (0x38, false),
                (0x1d, false)
            ]
        );
    }

    #[test]
    fn every_combination_reads_as_it_is_written() {
        for combination in Combination::built_in() {
            assert_eq!(combination.to_string().parse(), Ok(combination));
        }
        let words: Vec<String> = Combination::built_in().iter().map(Combination::to_string).collect();
        for wanted in [
            "Ctrl+Alt+Del",
            "Ctrl+Alt+F12",
            "Alt+F4",
            "Super",
            "Print",
            "Pause",
            "Ctrl+Break",
            "Alt+SysRq+B",
        ] {
            assert!(words.iter().any(|word| word == wanted), "{wanted} of {words:?}");
        }
        let distinct: std::collections::BTreeSet<&String> = words.iter().collect();
        assert_eq!(distinct.len(), words.len());
    }

    #[test]
    fn what_is_no_key_is_named() {
        let refused = |typed: &str| typed.parse::<Combination>().unwrap_err();
        assert_eq!(refused(" "), BadCombination::Empty);
        assert_eq!(refused("Ctrl+Hyper"), BadCombination::UnknownKey("Hyper".to_owned()));
        assert_eq!(refused("Ctrl+"), BadCombination::UnknownKey(String::new()));
        assert_eq!(refused("Ctrl+A+a"), BadCombination::Twice("a".to_owned()));
        assert_eq!(refused("A+B+C+D+E+F+G"), BadCombination::TooMany { most: 6 });
    }
}
