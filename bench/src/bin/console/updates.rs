//! Counts the updates in what a VNC server says, without unpacking a pixel, while it is handed on.

use std::io::{BufReader, Read, Write};

/// A server that Berth's own peers ask for 32 bits a pixel; Tight sends three bytes of them.
const PIXEL: usize = 4;
const TIGHT_PIXEL: usize = 3;

pub(super) struct Updates<R, W> {
    from: BufReader<R>,
    to: W,
}

struct Rectangle {
    width: usize,
    height: usize,
    encoding: i32,
}

impl<R: Read, W: Write> Updates<R, W> {
    pub(super) fn new(from: R, to: W) -> Self {
        Self {
            from: BufReader::with_capacity(1 << 16, from),
            to,
        }
    }

    /// Until either side hangs up. `count` is called for each update that was handed on whole.
    pub(super) fn pass(mut self, mut count: impl FnMut()) -> std::io::Result<()> {
        self.bytes::<12>()?;
        let [types] = self.bytes()?;
        self.skip(types.into())?;
        self.to.flush()?;
        // No password; the screen, and its name.
        self.bytes::<4>()?;
        let init: [u8; 24] = self.bytes()?;
        self.skip(be32(&init[20..]))?;
        loop {
            match self.bytes()? {
                [0] => {
                    self.update()?;
                    count();
                }
                [1] => {
                    let head: [u8; 5] = self.bytes()?;
                    self.skip(be16(&head[3..]) * 6)?;
                }
                [2] => {}
                [3] => {
                    let head: [u8; 7] = self.bytes()?;
                    let length = i32::from_be_bytes([head[3], head[4], head[5], head[6]]);
                    self.skip(length.unsigned_abs() as usize)?;
                }
                [255] => {
                    // Sound: only its data has a body.
                    if let [1, 0, 2] = self.bytes()? {
                        let length: [u8; 4] = self.bytes()?;
                        self.skip(be32(&length))?;
                    }
                }
                [kind] => return Err(unknown(format!("message {kind}"))),
            }
        }
    }

    fn update(&mut self) -> std::io::Result<()> {
        let head: [u8; 3] = self.bytes()?;
        for _ in 0..be16(&head[1..]) {
            let head: [u8; 12] = self.bytes()?;
            self.rectangle(&Rectangle {
                width: be16(&head[4..]),
                height: be16(&head[6..]),
                encoding: i32::from_be_bytes([head[8], head[9], head[10], head[11]]),
            })?;
        }
        Ok(())
    }

    fn rectangle(&mut self, rectangle: &Rectangle) -> std::io::Result<()> {
        let Rectangle {
            width,
            height,
            encoding,
        } = *rectangle;
        let pixels = width * height;
        match encoding {
            0 => self.skip(pixels * PIXEL),
            1 => self.skip(4),
            7 => self.tight(width, height),
            6 | 16 => {
                let length: [u8; 4] = self.bytes()?;
                self.skip(be32(&length))
            }
            // The pointer's picture and its mask; with alpha, an encoding comes before it and no mask behind.
            -239 => self.skip(pixels * PIXEL + width.div_ceil(8) * height),
            -314 => self.skip(4 + pixels * PIXEL),
            // The size, how the pointer goes, that keys and sound are known.
            -223 | -257 | -258 | -259 => Ok(()),
            -261 => self.skip(1),
            -307 => {
                let length: [u8; 4] = self.bytes()?;
                self.skip(be32(&length))
            }
            -308 => {
                let [screens, ..]: [u8; 4] = self.bytes()?;
                self.skip(16 * usize::from(screens))
            }
            other => Err(unknown(format!("encoding {other}"))),
        }
    }

    fn tight(&mut self, width: usize, height: usize) -> std::io::Result<()> {
        let [control] = self.bytes()?;
        let bytes = match control >> 4 {
            8 => return self.skip(TIGHT_PIXEL),
            9 | 10 => {
                let length = self.compact_length()?;
                return self.skip(length);
            }
            with_filter if with_filter & 4 != 0 => match self.bytes()? {
                [1] => {
                    let [most] = self.bytes()?;
                    let colours = usize::from(most) + 1;
                    self.skip(colours * TIGHT_PIXEL)?;
                    let row = if colours <= 2 { width.div_ceil(8) } else { width };
                    row * height
                }
                _ => width * height * TIGHT_PIXEL,
            },
            _ => width * height * TIGHT_PIXEL,
        };
        // So few are not packed.
        let length = if bytes < 12 { bytes } else { self.compact_length()? };
        self.skip(length)
    }

    /// Seven bits a byte, the lowest first, in three at most.
    fn compact_length(&mut self) -> std::io::Result<usize> {
        let mut length = 0;
        for shift in [0, 7, 14] {
            let [byte] = self.bytes()?;
            length |= (usize::from(byte) & if shift == 14 { 0xff } else { 0x7f }) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        Ok(length)
    }

    fn bytes<const N: usize>(&mut self) -> std::io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.from.read_exact(&mut bytes)?;
        self.to.write_all(&bytes)?;
        self.settle()?;
        Ok(bytes)
    }

    fn skip(&mut self, length: usize) -> std::io::Result<()> {
        let passed = std::io::copy(&mut (&mut self.from).take(length as u64), &mut self.to)?;
        if passed < length as u64 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        self.settle()
    }

    /// Nothing is kept back while the server is silent.
    fn settle(&mut self) -> std::io::Result<()> {
        if self.from.buffer().is_empty() {
            self.to.flush()?;
        }
        Ok(())
    }
}

fn be16(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

fn be32(bytes: &[u8]) -> usize {
    be16(bytes) << 16 | be16(&bytes[2..])
}

fn unknown(what: String) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, what)
}
