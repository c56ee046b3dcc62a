//! The second connection: QEMU calls, we take frames, damage and the guest's pointer.

use std::collections::HashMap;
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use egui::{Color32, ColorImage};
use futures_lite::StreamExt as _;
use futures_lite::future::block_on;
use zbus::connection::Builder;
use zbus::message::{Flags, Message, Type};
use zbus::zvariant::{OwnedFd, Value};
use zbus::{Connection, MessageStream};

use super::address::{LISTENER, LISTENER_MAP, PROPERTIES};
use super::patient::PatientSocket;
use super::surface::{Copied, Layout, Shared, Surface};
use super::{HangUp, Options, drive, in_time, spawn};
use crate::console::{Area, Canvas, Cursor, CursorChange, Ending, Frames};

/// A side of a pointer's picture: more is no pointer.
const MOST_CURSOR_SIDE: i32 = 1_024;

pub(super) fn start(
    stream: UnixStream,
    options: Options,
    uid: u32,
    surface: Arc<Mutex<Surface>>,
    canvas: Canvas,
    hang_up: &Arc<HangUp>,
) -> io::Result<()> {
    let listener = Listener::new(options, uid, surface, canvas);
    spawn("berth-dbus-frames", hang_up, move || {
        block_on(listener.serve(stream)).unwrap_or_else(|ending| ending)
    })
}

pub(super) struct Listener {
    options: Options,
    uid: u32,
    surface: Arc<Mutex<Surface>>,
    canvas: Canvas,
    pointer: Mutex<Pointer>,
}

/// The guest's pointer: its picture comes once, and whether it is to be seen with each of its movements.
#[derive(Default)]
struct Pointer {
    defined: Option<Cursor>,
    is_hidden: bool,
}

impl Listener {
    pub(super) fn new(options: Options, uid: u32, surface: Arc<Mutex<Surface>>, canvas: Canvas) -> Self {
        Self {
            options,
            uid,
            surface,
            canvas,
            pointer: Mutex::default(),
        }
    }

    /// Ends when QEMU hangs up, or says what it must not.
    pub(super) async fn serve(&self, stream: UnixStream) -> Result<Ending, Ending> {
        // The other connection is greeted first.
        let patience = self.options.patience * 2;
        let due = Instant::now() + patience;
        let connecting = Builder::socket(PatientSocket::new(stream, self.options.patience)?)
            .p2p()
            .user_id(self.uid)
            .internal_executor(false)
            .build_message_stream();
        let messages = in_time(due, patience, connecting).await??;
        let connection = Connection::from(&messages);
        drive(&connection.clone(), self.take_calls(connection, messages, due)).await
    }

    async fn take_calls(
        &self,
        connection: Connection,
        mut messages: MessageStream,
        due: Instant,
    ) -> Result<Ending, Ending> {
        let mut has_begun = false;
        loop {
            let next = if has_begun {
                messages.next().await
            } else {
                in_time(due, self.options.patience * 2, messages.next()).await?
            };
            let Some(message) = next else { return Ok(Ending::Closed) };
            let message = message?;
            if message.message_type() == Type::MethodCall {
                self.take_call(&connection, &message).await?;
                has_begun |= is_picture(&message);
            }
        }
    }

    async fn take_call(&self, connection: &Connection, message: &Message) -> Result<(), Ending> {
        let header = message.header();
        let (Some(interface), Some(member)) = (header.interface(), header.member()) else {
            return Ok(());
        };
        let wants_reply = !header.primary().flags().contains(Flags::NoReplyExpected);
        match (interface.as_str(), member.as_str()) {
            (PROPERTIES, "GetAll") => {
                let body = message.body();
                let of: &str = body.deserialize()?;
                let properties = self.properties(of);
                connection.reply(&header, &properties).await?;
                return Ok(());
            }
            (PROPERTIES, "Get") => {
                let body = message.body();
                let (of, name): (&str, &str) = body.deserialize()?;
                match self.properties(of).remove(name) {
                    Some(value) => connection.reply(&header, &value).await?,
                    None => unknown(connection, message).await?,
                }
                return Ok(());
            }
            (LISTENER, name) => match self.listen(name, message)? {
                Known::Yes => {}
                Known::No if wants_reply => return unknown(connection, message).await,
                Known::No => return Ok(()),
            },
            (LISTENER_MAP, "ScanoutMap") => self.scanout_map(message)?,
            (LISTENER_MAP, "UpdateMap") => self.update_map(message)?,
            _ if wants_reply => return unknown(connection, message).await,
            _ => return Ok(()),
        }
        if wants_reply {
            connection.reply(&header, &()).await?;
        }
        Ok(())
    }

    /// By what QEMU learns that frames may come as shared memory.
    fn properties(&self, interface: &str) -> HashMap<&'static str, Value<'static>> {
        let mut properties = HashMap::new();
        if interface == LISTENER {
            let interfaces: Vec<&str> = if self.options.shares_memory {
                vec![LISTENER_MAP]
            } else {
                Vec::new()
            };
            properties.insert("Interfaces", Value::from(interfaces));
        }
        properties
    }

    fn listen(&self, name: &str, message: &Message) -> Result<Known, Ending> {
        let body = message.body();
        match name {
            "Scanout" => {
                let (width, height, stride, format, bytes): (u32, u32, u32, u32, &[u8]) = body.deserialize()?;
                let layout = Layout::new(width, height, stride, format)?;
                let copied = Copied::new(layout, bytes)?;
                self.surface().copy(copied)?;
                self.canvas.set_frames(Frames::Copied);
                self.show([width, height]);
            }
            "Update" => {
                let update: (i32, i32, i32, i32, u32, u32, &[u8]) = body.deserialize()?;
                self.update(update)?;
            }
            "Disable" => {
                self.surface().darken();
                self.show([0, 0]);
            }
            "CursorDefine" => self.define_cursor(body.deserialize()?)?,
            "MouseSet" => {
                let (_, _, is_on): (i32, i32, i32) = body.deserialize()?;
                self.show_pointer(is_on != 0);
            }
            "ScanoutDMABUF" | "UpdateDMABUF" | "ScanoutTexture2d" | "UpdateTexture2d" => {
                return Err(Ending::OnGraphicsCard);
            }
            _ => return Ok(Known::No),
        }
        Ok(Known::Yes)
    }

    fn scanout_map(&self, message: &Message) -> Result<(), Ending> {
        let body = message.body();
        let (memory, offset, width, height, stride, format): (OwnedFd, u32, u32, u32, u32, u32) = body.deserialize()?;
        let layout = Layout::new(width, height, stride, format)?;
        let shared = Shared::new(memory.into(), offset, layout)?;
        self.surface().share(shared);
        self.canvas.set_frames(Frames::Shared);
        self.show([width, height]);
        Ok(())
    }

    /// All of a new frame. One without pixels is news too.
    fn show(&self, [width, height]: [u32; 2]) {
        self.canvas.damage(Area::whole([width.max(1), height.max(1)]));
    }

    fn update_map(&self, message: &Message) -> Result<(), Ending> {
        let body = message.body();
        let (x, y, width, height): (i32, i32, i32, i32) = body.deserialize()?;
        // The pixels are in shared memory; a box that reaches beyond the screen is cut when it is painted.
        self.canvas.damage(area(x, y, width, height)?);
        Ok(())
    }

    fn update(&self, update: (i32, i32, i32, i32, u32, u32, &[u8])) -> Result<(), Ending> {
        let (x, y, width, height, stride, format, bytes) = update;
        let area = area(x, y, width, height)?;
        let layout = Layout::new(area.width, area.height, stride, format)?;
        let area = self.surface().put(area.x, area.y, layout, bytes)?;
        self.canvas.damage(area);
        Ok(())
    }

    fn define_cursor(&self, cursor: (i32, i32, i32, i32, &[u8])) -> Result<(), Ending> {
        let (width, height, hot_x, hot_y, bytes) = cursor;
        let is_sane = (1..=MOST_CURSOR_SIDE).contains(&width)
            && (1..=MOST_CURSOR_SIDE).contains(&height)
            && bytes.len() == (width * height * 4) as usize;
        if !is_sane {
            return Err(Ending::Nonsense {
                what: format!("a pointer of {width}×{height} in {} bytes", bytes.len()),
            });
        }
        let pixels = bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|pixel| {
                let [alpha, red, green, blue] = u32::from_ne_bytes(*pixel).to_be_bytes();
                // Premultiplied as guests' drivers hand it on; a colour above its alpha would glow.
                Color32::from_rgba_premultiplied(red.min(alpha), green.min(alpha), blue.min(alpha), alpha)
            })
            .collect();
        let cursor = Cursor {
            hot_x: hot_x.clamp(0, width - 1) as u32,
            hot_y: hot_y.clamp(0, height - 1) as u32,
            image: Arc::new(ColorImage::new([width as usize, height as usize], pixels)),
        };
        *self.pointer() = Pointer {
            defined: Some(cursor.clone()),
            is_hidden: false,
        };
        self.canvas.set_cursor(CursorChange::Shown(cursor));
        Ok(())
    }

    /// QEMU says it with each movement: only a change is news.
    fn show_pointer(&self, is_on: bool) {
        let mut pointer = self.pointer();
        if pointer.is_hidden != is_on {
            return;
        }
        pointer.is_hidden = !is_on;
        let change = match &pointer.defined {
            _ if !is_on => CursorChange::Hidden,
            Some(cursor) => CursorChange::Shown(cursor.clone()),
            None => return,
        };
        drop(pointer);
        self.canvas.set_cursor(change);
    }

    fn pointer(&self) -> MutexGuard<'_, Pointer> {
        self.pointer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn surface(&self) -> MutexGuard<'_, Surface> {
        self.surface.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// After a listener's registration QEMU tells it at once what the guest shows, or that it shows nothing.
fn is_picture(message: &Message) -> bool {
    let header = message.header();
    let member = header.member().map_or("", |member| member.as_str());
    matches!(member, "Scanout" | "ScanoutMap" | "Disable")
}

/// Was it a call that a listener knows?
enum Known {
    Yes,
    No,
}

fn area(x: i32, y: i32, width: i32, height: i32) -> Result<Area, Ending> {
    let side = |value: i32| u32::try_from(value).ok();
    match (side(x), side(y), side(width), side(height)) {
        (Some(x), Some(y), Some(width), Some(height)) => Ok(Area { x, y, width, height }),
        _ => Err(Ending::Nonsense {
            what: format!("an update at {x}, {y} of {width}×{height}"),
        }),
    }
}

async fn unknown(connection: &Connection, message: &Message) -> Result<(), Ending> {
    let name = "org.freedesktop.DBus.Error.UnknownMethod";
    connection
        .reply_error(&message.header(), name, &"not served here")
        .await?;
    Ok(())
}
