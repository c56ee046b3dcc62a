//! The parts of the display engine that read what a server sends, compiled alone: the window's hundreds of crates
//! would slow the fuzzer's build down and teach it nothing.

pub mod console;
