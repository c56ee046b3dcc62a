//! The guest's frame: memory shared with QEMU, or a copy of our own. Nothing that QEMU says about it is believed.

use std::os::fd::OwnedFd;

use egui::Color32;
use rustix::fs::{fcntl_get_seals, fstat};
use rustix::io::pread;

use super::pixman::Format;
use crate::console::{Area, Ending, Pixels};

/// A side of a screen, and all of it: more is no screen.
const MOST_SIDE: u32 = 16_384;
const MOST_PIXELS: u64 = 64 << 20;
const MOST_STRIDE: usize = 4 * 4 * MOST_SIDE as usize;
/// Read at a time, unless a single row is longer.
const BAND: usize = 256 << 10;

/// How a frame lies in its bytes, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    width: u32,
    height: u32,
    stride: usize,
    format: Format,
}

impl Layout {
    pub(super) fn new(width: u32, height: u32, stride: u32, code: u32) -> Result<Self, Ending> {
        let Some(format) = Format::from_code(code) else {
            return Err(Ending::NotSpoken {
                what: format!("pixman format {code:#010x}"),
            });
        };
        check_size([width, height])?;
        let stride = stride as usize;
        if stride >= width as usize * format.bytes() && stride <= MOST_STRIDE {
            Ok(Self {
                width,
                height,
                stride,
                format,
            })
        } else {
            Err(Ending::Nonsense {
                what: format!("a frame of {width}×{height} pixels in rows of {stride} bytes"),
            })
        }
    }

    /// Of all rows; the last one needs no padding.
    pub(super) const fn bytes(&self) -> usize {
        match (self.height as usize).checked_sub(1) {
            Some(rows) => rows * self.stride + self.width as usize * self.format.bytes(),
            None => 0,
        }
    }

    /// Decodes a whole frame.
    pub(super) fn decode(&self, bytes: &[u8], out: &mut Vec<Color32>) {
        for row in self.rows(bytes) {
            self.format.decode(row, out);
        }
    }

    /// Those of its rows that are there, without what pads them.
    fn rows<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let (row, stride) = (self.width as usize * self.format.bytes(), self.stride);
        (0..self.height as usize).map_while(move |y| bytes.get(y * stride..y * stride + row))
    }
}

/// The frame, and how large the console says it is. Both come over connections of their own, in any order.
#[derive(Default)]
pub(super) struct Surface {
    frame: Frame,
    told: Option<[u32; 2]>,
}

#[derive(Default)]
enum Frame {
    /// The guest's display is off.
    #[default]
    Dark,
    Shared(Shared),
    Copied(Copied),
}

/// Read with positioned reads and never mapped: a file cut short behind our back is an error then, not a signal.
pub(super) struct Shared {
    memory: OwnedFd,
    offset: u64,
    layout: Layout,
}

pub(super) struct Copied {
    /// What QEMU sent whole.
    sent: [u32; 2],
    /// What is kept, at least as large: pieces of the next frame come before and after word of its size.
    held: [u32; 2],
    pixels: Vec<Color32>,
}

impl Shared {
    pub(super) fn new(memory: OwnedFd, offset: u32, layout: Layout) -> Result<Self, Ending> {
        // Only memory can be sealed. A file of another kind may let its reader wait for ever.
        fcntl_get_seals(&memory).map_err(|error| Ending::Nonsense {
            what: format!("a frame in what is no memory: {error}"),
        })?;
        let size = fstat(&memory).map_err(std::io::Error::from)?.st_size;
        let offset = u64::from(offset);
        if offset + layout.bytes() as u64 > u64::try_from(size).unwrap_or(0) {
            return Err(Ending::Nonsense {
                what: format!("a frame of {} bytes in memory of {size}", layout.bytes()),
            });
        }
        Ok(Self { memory, offset, layout })
    }

    fn read(&self, area: Area, out: &mut Vec<Color32>) -> Result<(), Ending> {
        let Layout { stride, format, .. } = self.layout;
        let row = area.width as usize * format.bytes();
        let first = self.offset + area.y as u64 * stride as u64 + area.x as u64 * format.bytes() as u64;
        if row * 2 >= stride {
            // Most of each row is wanted: one read for many of them.
            let height = area.height as usize;
            let most = (BAND / stride).clamp(1, height);
            let mut band = vec![0; (most - 1) * stride + row];
            for y in (0..height).step_by(most) {
                let rows = most.min(height - y);
                let band = &mut band[..(rows - 1) * stride + row];
                self.read_exactly(band, first + (y * stride) as u64)?;
                for start in (0..band.len()).step_by(stride) {
                    format.decode(&band[start..start + row], out);
                }
            }
        } else {
            let mut bytes = vec![0; row];
            for y in 0..u64::from(area.height) {
                self.read_exactly(&mut bytes, first + y * stride as u64)?;
                format.decode(&bytes, out);
            }
        }
        Ok(())
    }

    fn read_exactly(&self, mut bytes: &mut [u8], mut at: u64) -> Result<(), Ending> {
        while !bytes.is_empty() {
            match pread(&self.memory, &mut *bytes, at) {
                Ok(0) => {
                    return Err(Ending::Nonsense {
                        what: "the shared frame was cut short".to_owned(),
                    });
                }
                Ok(count) => {
                    bytes = &mut bytes[count..];
                    at += count as u64;
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(std::io::Error::from(error).into()),
            }
        }
        Ok(())
    }
}

impl Copied {
    pub(super) fn new(layout: Layout, bytes: &[u8]) -> Result<Self, Ending> {
        check_length(&layout, bytes)?;
        let mut pixels = Vec::with_capacity(layout.width as usize * layout.height as usize);
        layout.decode(bytes, &mut pixels);
        let size = [layout.width, layout.height];
        Ok(Self {
            sent: size,
            held: size,
            pixels,
        })
    }

    /// Puts a piece, packed in `layout`, at `x`, `y`. It may reach beyond what is shown: QEMU sends a frame whole only
    /// when all of it changes at once, which a text screen never does, and tells its size over another connection.
    pub(super) fn put(&mut self, x: u32, y: u32, layout: Layout, bytes: &[u8]) -> Result<Area, Ending> {
        check_length(&layout, bytes)?;
        let area = Area {
            x,
            y,
            width: layout.width,
            height: layout.height,
        };
        self.hold([x.saturating_add(area.width), y.saturating_add(area.height)])?;
        let (held, width) = (self.held[0] as usize, area.width as usize);
        for (row, y) in layout.rows(bytes).zip(y as usize..) {
            let start = y * held + x as usize;
            layout.format.decode_over(row, &mut self.pixels[start..start + width]);
        }
        Ok(area)
    }

    /// Makes room for this much and keeps what is there.
    fn hold(&mut self, size: [u32; 2]) -> Result<(), Ending> {
        let size = [self.held[0].max(size[0]), self.held[1].max(size[1])];
        if size == self.held {
            return Ok(());
        }
        check_size(size)?;
        let [width, height] = size.map(|side| side as usize);
        let old_width = self.held[0] as usize;
        let mut pixels = vec![Color32::BLACK; width * height];
        let old_rows = self.pixels.chunks_exact(old_width.max(1));
        for (new, old) in pixels.chunks_exact_mut(width.max(1)).zip(old_rows) {
            new[..old_width].copy_from_slice(old);
        }
        self.held = size;
        self.pixels = pixels;
        Ok(())
    }

    fn read(&self, area: Area, out: &mut Vec<Color32>) {
        let width = self.held[0] as usize;
        for y in area.y..area.y + area.height {
            let start = y as usize * width + area.x as usize;
            out.extend_from_slice(&self.pixels[start..start + area.width as usize]);
        }
    }
}

fn check_size([width, height]: [u32; 2]) -> Result<(), Ending> {
    if width > MOST_SIDE || height > MOST_SIDE || u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Ending::Nonsense {
            what: format!("a screen of {width}×{height} pixels"),
        });
    }
    Ok(())
}

fn check_length(layout: &Layout, bytes: &[u8]) -> Result<(), Ending> {
    if bytes.len() < layout.bytes() {
        return Err(Ending::Nonsense {
            what: format!("{} bytes for a picture of {}", bytes.len(), layout.bytes()),
        });
    }
    Ok(())
}

impl Surface {
    pub(super) fn darken(&mut self) {
        self.frame = Frame::Dark;
    }

    pub(super) fn share(&mut self, shared: Shared) {
        self.frame = Frame::Shared(shared);
    }

    pub(super) fn copy(&mut self, mut copied: Copied) -> Result<(), Ending> {
        if let Some(told) = self.told {
            copied.hold(told)?;
        }
        self.frame = Frame::Copied(copied);
        Ok(())
    }

    /// A piece of a frame that is copied.
    pub(super) fn put(&mut self, x: u32, y: u32, layout: Layout, bytes: &[u8]) -> Result<Area, Ending> {
        match &mut self.frame {
            Frame::Copied(copied) => copied.put(x, y, layout, bytes),
            Frame::Dark | Frame::Shared(_) => Err(Ending::Nonsense {
                what: "an update before its frame".to_owned(),
            }),
        }
    }

    /// The console's word about its size. Memory that is shared says it better itself.
    pub(super) fn tell_size(&mut self, size: [u32; 2]) -> Result<(), Ending> {
        check_size(size)?;
        // Room first: what is painted meanwhile must be there.
        if let Frame::Copied(copied) = &mut self.frame {
            copied.hold(size)?;
        }
        self.told = Some(size);
        Ok(())
    }
}

impl Pixels for Surface {
    fn size(&self) -> [u32; 2] {
        match &self.frame {
            Frame::Dark => [0, 0],
            Frame::Shared(shared) => [shared.layout.width, shared.layout.height],
            Frame::Copied(copied) => self.told.unwrap_or(copied.sent),
        }
    }

    fn read(&self, area: Area, out: &mut Vec<Color32>) -> Result<(), Ending> {
        out.clear();
        match &self.frame {
            Frame::Dark => {}
            Frame::Shared(shared) => shared.read(area, out)?,
            Frame::Copied(copied) => copied.read(area, out),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
