//! The pages. A page is a state struct with a `ui` function; none imports another.
