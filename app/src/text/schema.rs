//! What libvirt has against the XML of a machine, beside the line and in the terminal.

use libvirt_backend::schema::{Objection, Unfit};

use crate::t;

/// With its line.
pub fn objection(objection: &Objection) -> String {
    t!(
        "schema-at",
        line = objection.line.to_string(),
        column = objection.column.to_string(),
        words = unfit(objection)
    )
}

/// Without its line.
pub fn unfit(objection: &Objection) -> String {
    let path = objection.path.as_str();
    match (&objection.words, &objection.unfit) {
        // libvirt's own words, which are English.
        (Some(words), _) => t!("schema-words", path = path, words = words.as_str()),
        (None, Unfit::Element { .. }) => t!("schema-element", path = path),
        (None, Unfit::Attribute { name }) => t!("schema-attribute", path = path, name = name.as_str()),
        (None, Unfit::Missing { name }) => t!("schema-missing", path = path, name = name.as_str()),
    }
}

/// libvirt could not be asked.
pub fn not_asked(words: &str) -> String {
    t!("schema-not-asked", words = words)
}
