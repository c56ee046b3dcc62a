//! What a server says after the handshake, one event at a time.

use std::sync::{Arc, Mutex};

use super::super::{Area, CursorChange, Ending, Lights, PointerMode};
use super::clipboard::{self, Heard};
use super::cursor::{self, Shape};
use super::framebuffer::{Framebuffer, lock};
use super::messages::ScreenName;
use super::numbers;
use super::pixel_format::PixelFormat;
use super::rre::Width;
use super::target::{Scratch, Target};
use super::tight::Tight;
use super::wire::{Incoming, Wire, nonsense};
use super::zrle::Zrle;
use super::{copy_rect, hextile, raw, rre};

/// One thing that a server did.
pub enum Event {
    /// It answers a request; the next one may be on its way while this one is read.
    UpdateBegan,
    UpdateEnded,
    Drawn(Area),
    Resized([u32; 2]),
    /// It can be asked for another size.
    ScreenNamed(ScreenName),
    Cursor(CursorChange),
    Pointer(PointerMode),
    Lights(Lights),
    /// It takes keys by their own numbers.
    ExtendedKeys,
    /// It takes more buttons than a byte holds.
    ExtendedButtons,
    /// It keeps its size, whatever was asked for; the protocol's number for why.
    ResizeRefused {
        status: u16,
    },
    Clipboard(Heard),
    /// It wants this back.
    Fence {
        flags: u32,
        payload: Vec<u8>,
    },
    /// It can send updates without being asked, or stopped doing so.
    ContinuousEnded,
    /// Nothing that matters here.
    Other,
}

/// The reading half of a session.
pub struct Server<I> {
    wire: Wire<I>,
    framebuffer: Arc<Mutex<Framebuffer>>,
    format: PixelFormat,
    rectangles_left: u16,
    is_in_update: bool,
    row: Scratch,
    tight: Box<Tight>,
    zrle: Box<Zrle>,
    zlib: raw::Zlib,
    /// Some of what QEMU sends is its own affair.
    is_qemu: bool,
}

/// A rectangle's head: what its numbers mean depends on the encoding.
#[derive(Clone, Copy)]
struct Head {
    x: u16,
    y: u16,
    width: u16,
    height: u16,
    encoding: i32,
}

impl<I: Incoming> Server<I> {
    /// After the handshake; `format` is what the server was told to send.
    pub fn new(wire: Wire<I>, framebuffer: Arc<Mutex<Framebuffer>>, format: PixelFormat) -> Self {
        Self {
            wire,
            framebuffer,
            format,
            rectangles_left: 0,
            is_in_update: false,
            row: Scratch::default(),
            tight: Box::default(),
            zrle: Box::default(),
            zlib: raw::Zlib::default(),
            is_qemu: false,
        }
    }

    pub(super) fn source_mut(&mut self) -> &mut I {
        self.wire.source_mut()
    }

    /// Between messages a server may say nothing for as long as it likes.
    pub(super) const fn owes_nothing(&self) -> bool {
        !self.is_in_update
    }

    /// Waits for the first byte of the next event.
    pub(super) fn wait(&mut self) -> Result<(), Ending> {
        if self.is_in_update && self.rectangles_left == 0 {
            return Ok(());
        }
        self.wire.fill().map(drop)
    }

    /// Reads one rectangle or one message.
    pub fn next_event(&mut self) -> Result<Event, Ending> {
        if !self.is_in_update {
            return self.message();
        }
        if self.rectangles_left == 0 {
            self.is_in_update = false;
            return Ok(Event::UpdateEnded);
        }
        self.rectangles_left -= 1;
        self.rectangle()
    }

    fn message(&mut self) -> Result<Event, Ending> {
        let wire = &mut self.wire;
        match wire.u8()? {
            0 => {
                wire.skip(1)?;
                self.rectangles_left = wire.u16()?;
                self.is_in_update = true;
                return Ok(Event::UpdateBegan);
            }
            // A colour map, which no format of ours needs.
            1 => {
                wire.skip(3)?;
                let colours = wire.u16()?;
                wire.skip(u64::from(colours) * 6)?;
            }
            // A bell.
            2 => {}
            3 => return clipboard::read(wire).map(Event::Clipboard),
            150 => return Ok(Event::ContinuousEnded),
            248 => {
                wire.skip(3)?;
                let flags = wire.u32()?;
                let length = wire.u8()?;
                let mut payload = vec![0; usize::from(length)];
                wire.read(&mut payload)?;
                return Ok(Event::Fence { flags, payload });
            }
            // The power buttons of a server that has them.
            250 => wire.skip(3)?,
            // Input devices.
            253 => {
                wire.skip(1)?;
                let length = wire.u16()?;
                wire.skip(u64::from(length))?;
            }
            255 => self.qemu_message()?,
            kind => return Err(nonsense(format!("a message of kind {kind}"))),
        }
        Ok(Event::Other)
    }

    /// Sound, which nobody asked for.
    fn qemu_message(&mut self) -> Result<(), Ending> {
        const DATA: u16 = 2;
        let kind = self.wire.u8()?;
        let action = self.wire.u16()?;
        if kind != 1 {
            return Err(nonsense(format!("a QEMU message of kind {kind}")));
        }
        if action == DATA {
            let length = self.wire.u32()?;
            self.wire.skip(u64::from(length))?;
        }
        Ok(())
    }

    fn rectangle(&mut self) -> Result<Event, Ending> {
        let wire = &mut self.wire;
        let head = Head {
            x: wire.u16()?,
            y: wire.u16()?,
            width: wire.u16()?,
            height: wire.u16()?,
            encoding: wire.i32()?,
        };
        if numbers::is_picture(head.encoding) {
            return self.picture(head);
        }
        self.pseudo(head)
    }

    fn picture(&mut self, head: Head) -> Result<Event, Ending> {
        let area = lock(&self.framebuffer).area(head.x, head.y, head.width, head.height)?;
        let target = &mut Target {
            wire: &mut self.wire,
            framebuffer: &self.framebuffer,
            format: self.format,
            row: &mut self.row,
        };
        match head.encoding {
            numbers::COPY_RECT => copy_rect::decode(target, area)?,
            numbers::RRE => rre::decode(target, area, Width::Words)?,
            numbers::CORRE => rre::decode(target, area, Width::Bytes)?,
            numbers::HEXTILE => hextile::decode(target, area)?,
            numbers::ZLIB => self.zlib.decode(target, area)?,
            numbers::TIGHT | numbers::TIGHT_PNG => self.tight.decode(target, area)?,
            numbers::ZRLE => self.zrle.decode(target, area)?,
            numbers::H264 => {
                let length = target.wire.u32()?;
                target.wire.skip(4 + u64::from(length))?;
            }
            numbers::ZYWRLE => {
                let length = target.wire.u32()?;
                target.wire.skip(u64::from(length))?;
            }
            _ => raw::decode(target, area)?,
        }
        Ok(Event::Drawn(area))
    }

    /// Rectangles that say something else than pixels.
    fn pseudo(&mut self, head: Head) -> Result<Event, Ending> {
        let shape = Shape {
            hot: [head.x, head.y],
            size: [head.width, head.height],
        };
        let wire = &mut self.wire;
        match head.encoding {
            numbers::LAST_RECT => self.rectangles_left = 0,
            numbers::CURSOR => return cursor::with_mask(wire, self.format, shape).map(Event::Cursor),
            numbers::CURSOR_WITH_ALPHA => {
                return cursor::with_alpha(wire, shape, self.is_qemu).map(Event::Cursor);
            }
            numbers::X_CURSOR => return cursor::two_colours(wire, shape).map(Event::Cursor),
            numbers::DESKTOP_SIZE => return self.resize(head),
            numbers::EXTENDED_DESKTOP_SIZE => return self.extended_size(head),
            numbers::POINTER_MODE => {
                let mode = if head.x == 0 {
                    PointerMode::Relative
                } else {
                    PointerMode::Absolute
                };
                self.is_qemu = true;
                return Ok(Event::Pointer(mode));
            }
            numbers::EXTENDED_KEYS => return Ok(Event::ExtendedKeys),
            numbers::EXTENDED_BUTTONS => return Ok(Event::ExtendedButtons),
            numbers::LEDS => {
                let bits = wire.u8()?;
                return Ok(Event::Lights(Lights::from_bits(u32::from(bits))));
            }
            numbers::DESKTOP_NAME => {
                let length = wire.u32()?;
                wire.skip(u64::from(length))?;
            }
            encoding if numbers::is_empty(encoding) => {}
            encoding => return Err(nonsense(format!("a rectangle in encoding {encoding}"))),
        }
        Ok(Event::Other)
    }

    fn extended_size(&mut self, head: Head) -> Result<Event, Ending> {
        const BY_THIS_CLIENT: u16 = 1;
        let screens = self.wire.u8()?;
        self.wire.skip(3)?;
        let mut first = None;
        for _ in 0..screens {
            let screen: [u8; 16] = self.wire.array()?;
            let number = |at: usize| u32::from_be_bytes([screen[at], screen[at + 1], screen[at + 2], screen[at + 3]]);
            let name = ScreenName {
                id: number(0),
                flags: number(12),
            };
            first.get_or_insert(name);
        }
        if head.x == BY_THIS_CLIENT && head.y != 0 {
            return Ok(Event::ResizeRefused { status: head.y });
        }
        let size = [head.width, head.height].map(u32::from);
        if super::super::Pixels::size(&*lock(&self.framebuffer)) == size {
            return Ok(Event::ScreenNamed(first.unwrap_or_default()));
        }
        self.resize(head)
    }

    fn resize(&self, head: Head) -> Result<Event, Ending> {
        let size = [head.width, head.height].map(u32::from);
        lock(&self.framebuffer).resize(size)?;
        Ok(Event::Resized(size))
    }
}
