//! What several pages share: which machines are meant, how they are counted, and the small pieces that name one.

pub mod actions;
pub mod age;
pub mod attention;
pub mod cell;
pub mod choice;
pub mod cure;
pub mod facts;
pub mod filter;
pub mod keys;
pub mod natural;
pub mod picture;
pub mod scope;
pub mod series;
pub mod software;
pub mod state_look;
pub mod summary;
pub mod tone;
