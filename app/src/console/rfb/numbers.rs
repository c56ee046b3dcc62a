//! The numbers of encodings and pseudo-encodings, from the registry of the protocol.

pub(super) const RAW: i32 = 0;
pub(super) const COPY_RECT: i32 = 1;
pub(super) const RRE: i32 = 2;
pub(super) const CORRE: i32 = 4;
pub(super) const HEXTILE: i32 = 5;
pub(super) const ZLIB: i32 = 6;
pub(super) const TIGHT: i32 = 7;
pub(super) const ZRLE: i32 = 16;
pub(super) const ZYWRLE: i32 = 17;
pub(super) const H264: i32 = 50;
pub(super) const TIGHT_PNG: i32 = -260;

pub(super) const LOWEST_QUALITY: i32 = -32;
pub(super) const DESKTOP_SIZE: i32 = -223;
pub(super) const LAST_RECT: i32 = -224;
pub(super) const CURSOR: i32 = -239;
pub(super) const X_CURSOR: i32 = -240;
pub(super) const LOWEST_COMPRESSION: i32 = -256;
pub(super) const POINTER_MODE: i32 = -257;
pub(super) const EXTENDED_KEYS: i32 = -258;
const AUDIO: i32 = -259;
pub(super) const LEDS: i32 = -261;
pub(super) const DESKTOP_NAME: i32 = -307;
pub(super) const EXTENDED_DESKTOP_SIZE: i32 = -308;
pub(super) const FENCE: i32 = -312;
pub(super) const CONTINUOUS_UPDATES: i32 = -313;
pub(super) const CURSOR_WITH_ALPHA: i32 = -314;
pub(super) const EXTENDED_CLIPBOARD: i32 = 0xc0a1_e5ce_u32.cast_signed();

const POINTER_POSITION: i32 = -232;
const XVP: i32 = -309;
pub(super) const EXTENDED_BUTTONS: i32 = -316;

/// Does such a rectangle cover a part of the screen?
pub(super) const fn is_picture(encoding: i32) -> bool {
    matches!(
        encoding,
        RAW | COPY_RECT | RRE | CORRE | HEXTILE | ZLIB | TIGHT | ZRLE | ZYWRLE | H264 | TIGHT_PNG
    )
}

/// Rectangles whose head is all there is.
pub(super) const fn is_empty(encoding: i32) -> bool {
    let is_level = matches!(encoding, -256..=-247 | -32..=-23);
    is_level || matches!(encoding, AUDIO | FENCE | CONTINUOUS_UPDATES | POINTER_POSITION | XVP)
}
