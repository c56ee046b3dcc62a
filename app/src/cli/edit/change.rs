//! Changes as they are typed: `disk.vda.cache=none`.

use libvirt_backend::xml::Document;
use libvirt_backend::xml::property::Value;
use libvirt_backend::xml::property::select::{SelectError, Setting};

use super::super::output::Failure;
use super::args::Edit;
use crate::t;
use crate::text::setting::{refusal, select_error};

/// One setting and what it is to hold; `None` takes it out.
#[derive(Debug)]
pub(in super::super) struct Change {
    pub setting: Setting,
    pub value: Option<Value>,
}

/// All of them, or what is wrong with the first that is.
pub(in super::super) fn changes(edit: &Edit) -> Result<Vec<Change>, Failure> {
    let set = edit.set.iter().map(|text| {
        let Some((name, value)) = text.split_once('=') else {
            return Err(Failure::usage(t!("cli-edit-no-value", text = text.as_str())));
        };
        let setting = named(name)?;
        if setting.property.is_secret {
            return Err(Failure::usage(t!("cli-edit-secret", name = name)));
        }
        given(setting, name, value)
    });
    let unset = edit.unset.iter().map(|name| {
        Ok(Change {
            setting: named(name)?,
            value: None,
        })
    });
    set.chain(unset).collect()
}

/// A value that came in by a way on which nobody else reads it.
pub(super) fn checked(name: &str, value: &str) -> Result<Change, Failure> {
    given(named(name)?, name, value)
}

fn given(setting: Setting, name: &str, value: &str) -> Result<Change, Failure> {
    let value = setting.property.input(value);
    let value = value.map_err(|error| Failure::usage(format!("{name}: {}", refusal(&error))))?;
    Ok(Change {
        setting,
        value: Some(value),
    })
}

pub(in super::super) fn named(name: &str) -> Result<Setting, Failure> {
    Setting::parse(name.trim()).map_err(|error| Failure::usage(select_error(&error)))
}

/// All of them or none.
pub(super) fn apply(document: &mut Document, changes: &[Change]) -> Result<(), SelectError> {
    changes
        .iter()
        .try_for_each(|change| change.setting.write(document, change.value.as_ref()))
}
