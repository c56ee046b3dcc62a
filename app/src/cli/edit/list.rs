//! Every setting there is: for `--list-properties`, and the page that lists them.

use libvirt_backend::xml::property::select::name_of;
use libvirt_backend::xml::property::{Property, SCOPES, Scope};
use serde_json::json;

use super::super::output::{Failure, print_json};
use super::super::table::print_table;

pub(super) fn print(is_json: bool) -> Result<(), Failure> {
    let all = SCOPES
        .iter()
        .flat_map(|scope| scope.properties().map(move |property| (scope, property)));
    if is_json {
        let list = all.map(|(scope, property)| {
            json!({ "name": name_of(scope, property), "values": property.hint(), "xpath": place(scope, property) })
        });
        return print_json(&list.collect());
    }
    let head = ["PROPERTY", "XPATH", "VALUES"].map(str::to_owned);
    let rows: Vec<Vec<String>> = all
        .map(|(scope, property)| vec![name_of(scope, property), place(scope, property), property.hint()])
        .collect();
    print_table(&head, &rows)
}

/// `/domain/devices/disk/driver/@cache`.
fn place(scope: &Scope, property: &Property) -> String {
    let (path, attribute) = property.path();
    let attribute = attribute.map(|attribute| format!("@{attribute}"));
    let parts = ["/domain", scope.element, path, attribute.as_deref().unwrap_or_default()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

/// The page that lists them all.
#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// With what a table of Markdown would take for its own.
    fn cell(text: &str) -> String {
        text.replace('|', "\\|")
    }

    fn page() -> String {
        let mut page =
            "# Settings\n\nWhat `berth edit --set` takes, as `berth edit --list-properties` lists it. `KEY` is a \
                        device's target, MAC address or alias, `first` or `all`; of a list the name or number of its \
                        entry.\n"
                .to_owned();
        for scope in SCOPES {
            for group in scope.groups {
                writeln!(
                    page,
                    "\n## {}\n\n| property | values | XPath |\n| --- | --- | --- |",
                    group.name
                )
                .unwrap();
                for property in group.properties {
                    let name = name_of(scope, property);
                    let hint = cell(&property.hint());
                    writeln!(page, "| `{name}` | {hint} | `{}` |", place(scope, property)).unwrap();
                }
            }
        }
        page
    }

    #[test]
    fn the_page_of_all_settings_is_true() {
        let path = "../assets/settings.md";
        let page = page();
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(path, &page).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(written == page, "UPDATE_SNAPSHOTS=force writes assets/settings.md anew");
    }
}
