//! The filter field: free words and `tag:`, `state:`, `host:` terms, all of which must hold.
//!
//! A word is looked for in the name, title, OS, tags, state, addresses and the host's name. Terms may be typed with
//! the words of the user's language too, and with a full-width colon.

use libvirt_backend::model::{HostModel, Machine};

use crate::t;
use crate::text::state::{describe, host_name};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Word(String),
    Tag(String),
    State(String),
    Host(String),
    Address(String),
}

/// A parsed filter; the empty one holds for every machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    terms: Vec<Term>,
}

impl Filter {
    pub fn parse(text: &str) -> Self {
        Self {
            terms: text.split_whitespace().filter_map(term_from_word).collect(),
        }
    }

    pub const fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    pub fn holds(&self, host: &HostModel, machine: &Machine) -> bool {
        self.terms.iter().all(|term| term.holds(host, machine))
    }
}

/// `None` for a prefix whose value is still to be typed: the list does not go empty in between.
fn term_from_word(word: &str) -> Option<Term> {
    let word = word.to_lowercase();
    let Some((prefix, value)) = word.split_once([':', '：']) else {
        return Some(Term::Word(word));
    };
    let value = value.to_owned();
    let term = if prefix == "tag" || prefix == t!("filter-prefix-tag") {
        Term::Tag(value)
    } else if prefix == "state" || prefix == t!("filter-prefix-state") {
        Term::State(value)
    } else if prefix == "host" || prefix == t!("filter-prefix-host") {
        Term::Host(value)
    } else if prefix == "ip" || prefix == "address" || prefix == t!("filter-prefix-address") {
        Term::Address(value)
    } else {
        return Some(Term::Word(word));
    };
    (!term.value().is_empty()).then_some(term)
}

impl Term {
    fn value(&self) -> &str {
        match self {
            Self::Word(value) | Self::Tag(value) | Self::State(value) | Self::Host(value) | Self::Address(value) => {
                value
            }
        }
    }

    fn holds(&self, host: &HostModel, machine: &Machine) -> bool {
        match self {
            Self::Word(word) => {
                contains(machine.name(), word)
                    || has_text(machine.definition.title.as_deref(), word)
                    || has_text(machine.definition.os_id.as_deref(), word)
                    || has_tag(machine, word)
                    || has_state(machine, word)
                    || has_address(machine, word)
                    || has_host(host, word)
            }
            Self::Tag(tag) => has_tag(machine, tag),
            Self::State(state) => has_state(machine, state),
            Self::Host(name) => has_host(host, name),
            Self::Address(address) => has_address(machine, address),
        }
    }
}

fn has_text(text: Option<&str>, word: &str) -> bool {
    text.is_some_and(|text| contains(text, word))
}

fn has_tag(machine: &Machine, tag: &str) -> bool {
    machine.definition.tags.iter().any(|own| contains(own, tag))
}

fn has_state(machine: &Machine, word: &str) -> bool {
    machine.state.word().starts_with(word)
        || machine.state.reason_word().is_some_and(|reason| reason == word)
        || contains(&describe(machine), word)
}

fn has_address(machine: &Machine, word: &str) -> bool {
    // Formatting every address of every machine is only worth it for what could be part of one.
    word.starts_with(|c: char| c.is_ascii_hexdigit() || c == '.' || c == ':')
        && machine
            .addresses
            .iter()
            .any(|address| address.to_string().contains(word))
}

fn has_host(host: &HostModel, word: &str) -> bool {
    has_text(host.info.hostname.as_deref(), word) || contains(&host.uri, word) || contains(&host_name(&host.uri), word)
}

/// `needle` is in lower case.
fn contains(haystack: &str, needle: &str) -> bool {
    if haystack.is_ascii() && needle.is_ascii() {
        let needle = needle.as_bytes();
        return needle.is_empty()
            || haystack
                .as_bytes()
                .windows(needle.len())
                .any(|window| window.eq_ignore_ascii_case(needle));
    }
    haystack.to_lowercase().contains(needle)
}
