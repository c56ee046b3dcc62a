//! XML without its secrets, for logs, "Copy details" and bug reports.

/// Stands where a secret stood.
pub const MARKER: &str = "[removed]";

/// Passwords, keys and secret values replaced by [`MARKER`]. Never fails: a text that is not XML becomes a marker whole.
pub fn redact(_xml: &str) -> String {
    todo!()
}
