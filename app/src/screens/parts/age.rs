//! How long ago something was, kept true while it is on screen: the frame in which it reads differently is asked for,
//! and none before.

use crate::command::UiCommand;
use crate::context::ViewContext;
use crate::text::units;

/// "2 min ago".
pub fn age(view: &ViewContext<'_>, at_millis: i64) -> String {
    view.ui(UiCommand::RepaintAfter(units::age_changes_after(
        at_millis,
        view.now_millis,
    )));
    units::age(at_millis, view.now_millis)
}
