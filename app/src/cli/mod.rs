//! The terminal: the same backend without a window.
