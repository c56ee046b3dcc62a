//! Every word a user reads: Fluent texts for the window and the terminal.
//!
//! `t!("key")` and `t!("key", name = value, …)` give the text in the user's language. The files are
//! `assets/i18n/{en,zh-CN}/*.ftl`, all of them part of the program; a test fails when a key of the sources is missing
//! in either language.
