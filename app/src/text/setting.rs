//! What is wrong with a value or the name of a machine's setting, beside its field and in the terminal.

use libvirt_backend::error::WhyNot;
use libvirt_backend::xml::XmlError;
use libvirt_backend::xml::property::Refusal;
use libvirt_backend::xml::property::change::ChangeProblem;
use libvirt_backend::xml::property::select::SelectError;

use super::error::name_problem;
use super::hardware;
use crate::t;

/// Why a text cannot be put into a setting.
pub fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotANumber { text } => t!("setting-not-a-number", text = text.as_str()),
        Refusal::OutOfRange {
            text,
            least,
            most: i64::MAX,
        } => t!("setting-too-small", text = text.as_str(), least = least.to_string()),
        Refusal::OutOfRange { text, least, most } => t!(
            "setting-out-of-range",
            text = text.as_str(),
            least = least.to_string(),
            most = most.to_string()
        ),
        Refusal::NotASize { text } => t!("setting-not-a-size", text = text.as_str()),
        Refusal::NoUnit { text } => t!("setting-no-unit", text = text.as_str()),
        Refusal::TooLarge { text } => t!("setting-too-large", text = text.as_str()),
        Refusal::NotASwitch { text } => t!("setting-not-a-switch", text = text.as_str()),
        Refusal::UnknownWord { text, known } => {
            t!("setting-unknown-word", text = text.as_str(), known = known.join(", "))
        }
        Refusal::Name(problem) => name_problem(*problem),
        Refusal::NotAUuid { text } => t!("setting-not-a-uuid", text = text.as_str()),
        Refusal::NotAMac { text } => t!("setting-not-a-mac", text = text.as_str()),
        Refusal::NotAPath { text } => t!("setting-not-a-path", text = text.as_str()),
        Refusal::NotACpuSet { text } => t!("setting-not-a-cpu-set", text = text.as_str()),
        Refusal::NotHex { text } => t!("setting-not-hex", text = text.as_str()),
        Refusal::SeveralLines => t!("setting-several-lines"),
        Refusal::Character(code) => t!("setting-character", code = format!("{code:04X}")),
    }
}

/// Why a setting is not found in a machine.
pub fn select_error(error: &SelectError) -> String {
    let list = |names: &[String]| names.join(", ");
    match error {
        SelectError::Unknown { name, near } => t!("setting-unknown", name = name.as_str(), near = list(near)),
        SelectError::NoSuch { word, key, having } if having.is_empty() => {
            t!("setting-has-none", word = *word, key = key.as_str())
        }
        SelectError::NoSuch { word, key, having } => {
            t!(
                "setting-no-such",
                word = *word,
                key = key.as_str(),
                having = list(having)
            )
        }
        SelectError::Several { having } => t!("setting-several", having = list(having)),
        SelectError::Xml(error) => xml_error(error),
    }
}

/// Why a change cannot be made.
pub fn change_problem(problem: &ChangeProblem) -> String {
    match problem {
        ChangeProblem::Select(error) => select_error(error),
        ChangeProblem::Xml(error) => xml_error(error),
        ChangeProblem::NotADevice => t!("change-not-a-device"),
        ChangeProblem::SecretsMissing(places) => t!("change-secrets-missing", places = places.join(", ")),
    }
}

/// Why a change makes no sense in this machine.
pub fn why_not(why: &WhyNot) -> String {
    match why {
        WhyNot::Problem(problem) => change_problem(problem),
        WhyNot::Hindered(hindrance) => hardware::hindrance(*hindrance),
        WhyNot::HalfGroup(half) => hardware::half_group(half),
        WhyNot::OtherMachine => t!("change-other-machine"),
    }
}

/// What is wrong with a text that should be a machine's XML. The words of the parser are English: they name grammar.
pub fn xml_error(error: &XmlError) -> String {
    let words = error.kind.to_string();
    if error.line == 0 {
        return t!("setting-bad-xml", words = words);
    }
    t!(
        "setting-bad-xml-at",
        line = error.line.to_string(),
        column = error.column.to_string(),
        words = words
    )
}
