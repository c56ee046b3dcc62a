//! What a session is started with.

use std::fmt;
use std::time::Duration;

use super::numbers;
use super::pixel_format::PixelFormat;

/// How pixels are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Raw,
    CopyRect,
    Rre,
    Hextile,
    Zlib,
    Tight,
    Zrle,
}

impl Encoding {
    const fn number(self) -> i32 {
        match self {
            Self::Raw => numbers::RAW,
            Self::CopyRect => numbers::COPY_RECT,
            Self::Rre => numbers::RRE,
            Self::Hextile => numbers::HEXTILE,
            Self::Zlib => numbers::ZLIB,
            Self::Tight => numbers::TIGHT,
            Self::Zrle => numbers::ZRLE,
        }
    }
}

#[derive(Clone)]
pub struct Options {
    pub password: Option<String>,
    /// The best first.
    pub encodings: Vec<Encoding>,
    /// 0 to 9; without it every pixel arrives as it is.
    pub jpeg_quality: Option<u8>,
    /// 0 to 9: how hard the server should try.
    pub compression: Option<u8>,
    /// What the server is told to send. One that Berth cannot decode is replaced by the usual one.
    pub format: PixelFormat,
    /// How long the server may take for an answer that is due.
    pub patience: Duration,
}

impl Options {
    /// A server on this computer: packing pixels would cost more than moving them.
    pub fn local() -> Self {
        Self {
            password: None,
            encodings: vec![Encoding::Raw, Encoding::CopyRect],
            jpeg_quality: None,
            compression: None,
            format: PixelFormat::BGRX,
            patience: Duration::from_secs(20),
        }
    }

    /// A server behind a network.
    pub fn remote() -> Self {
        Self {
            encodings: vec![Encoding::Tight, Encoding::Zrle, Encoding::CopyRect, Encoding::Raw],
            jpeg_quality: Some(8),
            compression: Some(2),
            ..Self::local()
        }
    }

    /// What is told to the server, in the order that it is to prefer.
    pub(super) fn numbers(&self) -> Vec<i32> {
        let mut told: Vec<i32> = self.encodings.iter().map(|encoding| encoding.number()).collect();
        told.extend([
            numbers::CURSOR_WITH_ALPHA,
            numbers::CURSOR,
            numbers::X_CURSOR,
            numbers::EXTENDED_DESKTOP_SIZE,
            numbers::DESKTOP_SIZE,
            numbers::LAST_RECT,
            numbers::POINTER_MODE,
            numbers::EXTENDED_KEYS,
            numbers::LEDS,
            numbers::EXTENDED_CLIPBOARD,
            numbers::FENCE,
            numbers::CONTINUOUS_UPDATES,
            numbers::EXTENDED_BUTTONS,
        ]);
        let level = |base: i32, level: Option<u8>| level.map(|level| base + i32::from(level.min(9)));
        told.extend(level(numbers::LOWEST_QUALITY, self.jpeg_quality));
        told.extend(level(numbers::LOWEST_COMPRESSION, self.compression));
        told
    }

    pub(super) fn usable_format(&self) -> PixelFormat {
        if self.format.is_usable() {
            self.format
        } else {
            PixelFormat::BGRX
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("has_password", &self.password.is_some())
            .field("encodings", &self.encodings)
            .field("jpeg_quality", &self.jpeg_quality)
            .field("compression", &self.compression)
            .field("format", &self.format)
            .field("patience", &self.patience)
            .finish()
    }
}
