//! The first connection: QEMU's console, keyboard, pointer and clipboard.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

use futures_lite::StreamExt as _;
use futures_lite::future::{block_on, or, zip};
use zbus::connection::Builder;
use zbus::message::{Message, Type};
use zbus::zvariant::{Fd, Value};
use zbus::{Connection, MessageStream};

use super::address::{CLIPBOARD_PATH, CONSOLE, KEYBOARD, MOUSE, PROPERTIES, console_path};
use super::clipboard::Clipboard;
use super::surface::Surface;
use super::{HangUp, Options, PATIENCE, drive, input, spawn};
use crate::console::{Area, Canvas, Ending, InputQueue, Lights, PointerMode};

pub(super) fn start(
    display: UnixStream,
    listener: OwnedFd,
    options: Options,
    uid: u32,
    surface: Arc<Mutex<Surface>>,
    input: InputQueue,
    hang_up: &Arc<HangUp>,
) -> io::Result<()> {
    let hang_up = Arc::clone(hang_up);
    spawn("berth-dbus", move || {
        let session = Session {
            uid,
            size: Mutex::default(),
            surface,
            console: console_path(options.console),
            canvas: hang_up.canvas.clone(),
            clipboard: options.shares_clipboard.then(Clipboard::default),
        };
        let ending = block_on(session.run(display, listener, input, &hang_up)).unwrap_or_else(|ending| ending);
        hang_up.with(ending);
    })
}

const PROPERTIES_READ: [&str; 4] = ["IsAbsolute", "Modifiers", "Width", "Height"];

struct Session {
    uid: u32,
    /// The console's own word about its size: for frames that are copied, see [`Surface::tell_size`].
    size: Mutex<[u32; 2]>,
    surface: Arc<Mutex<Surface>>,
    console: String,
    canvas: Canvas,
    clipboard: Option<Clipboard>,
}

impl Session {
    async fn run(
        &self,
        display: UnixStream,
        listener: OwnedFd,
        input: InputQueue,
        hang_up: &Arc<HangUp>,
    ) -> Result<Ending, Ending> {
        let connecting = Builder::async_io_unix_stream(display)
            .p2p()
            .user_id(self.uid)
            .internal_executor(false)
            .method_timeout(PATIENCE)
            .build_message_stream();
        let messages = or(async { Ok(connecting.await?) }, out_of_patience()).await?;
        let connection = Connection::from(&messages);
        let begin = async {
            self.register(&connection, listener).await?;
            self.read_state(&connection).await?;
            if let Some(clipboard) = &self.clipboard {
                clipboard.register(&connection).await;
            }
            let writer = input::Writer {
                connection: connection.clone(),
                console: self.console.clone(),
                clipboard: self.clipboard.clone(),
            };
            input::start(writer, input, Arc::clone(hang_up))?;
            Ok(())
        };
        // What QEMU says meanwhile is taken meanwhile; the first of both that fails ends the session.
        let both = async {
            let (begun, ended) = zip(
                async {
                    let begun: Result<(), Ending> = begin.await;
                    if let Err(ending) = &begun {
                        hang_up.with(ending.clone());
                    }
                    begun
                },
                self.take_messages(&connection, messages),
            )
            .await;
            begun.and(ended)
        };
        drive(&connection, both).await
    }

    async fn register(&self, connection: &Connection, listener: OwnedFd) -> Result<(), Ending> {
        let body = (Fd::from(listener),);
        connection
            .call_method(
                None::<&str>,
                self.console.as_str(),
                Some(CONSOLE),
                "RegisterListener",
                &body,
            )
            .await?;
        Ok(())
    }

    async fn read_state(&self, connection: &Connection) -> Result<(), Ending> {
        let wanted = [
            (MOUSE, "IsAbsolute"),
            (KEYBOARD, "Modifiers"),
            (CONSOLE, "Width"),
            (CONSOLE, "Height"),
        ];
        for (interface, name) in wanted {
            let reply = connection
                .call_method(
                    None::<&str>,
                    self.console.as_str(),
                    Some(PROPERTIES),
                    "Get",
                    &(interface, name),
                )
                .await?;
            let body = reply.body();
            let value: Value<'_> = body.deserialize()?;
            self.take_property(name, &value)?;
        }
        Ok(())
    }

    async fn take_messages(&self, connection: &Connection, mut messages: MessageStream) -> Result<Ending, Ending> {
        while let Some(message) = messages.next().await {
            let message = message?;
            match message.message_type() {
                Type::Signal => self.take_signal(&message)?,
                Type::MethodCall => self.take_call(connection, &message).await?,
                Type::MethodReturn | Type::Error => {}
            }
        }
        Ok(Ending::Closed)
    }

    fn take_signal(&self, message: &Message) -> Result<(), Ending> {
        let header = message.header();
        let is_change = header.member().is_some_and(|member| member == "PropertiesChanged")
            && header.path().is_some_and(|path| path.as_str() == self.console);
        if is_change {
            let body = message.body();
            type Changes<'a> = (&'a str, std::collections::HashMap<&'a str, Value<'a>>, Vec<&'a str>);
            let (_, changed, _): Changes<'_> = body.deserialize()?;
            for name in PROPERTIES_READ {
                if let Some(value) = changed.get(name) {
                    self.take_property(name, value)?;
                }
            }
        }
        Ok(())
    }

    fn take_property(&self, name: &str, value: &Value<'_>) -> Result<(), Ending> {
        match (name, value) {
            ("Width", Value::U32(width)) => self.resize(|size| size[0] = *width)?,
            ("Height", Value::U32(height)) => self.resize(|size| size[1] = *height)?,
            ("IsAbsolute", Value::Bool(is_absolute)) => self.canvas.set_pointer_mode(if *is_absolute {
                PointerMode::Absolute
            } else {
                PointerMode::Relative
            }),
            ("Modifiers", Value::U32(bits)) => self.canvas.set_lights(Lights::from_bits(*bits)),
            _ => {}
        }
        Ok(())
    }

    fn resize(&self, change: impl FnOnce(&mut [u32; 2])) -> Result<(), Ending> {
        let mut size = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut size);
        if !size.contains(&0) {
            let mut surface = self.surface.lock().unwrap_or_else(PoisonError::into_inner);
            surface.tell_size(*size)?;
            drop(surface);
            self.canvas.damage(Area::whole(*size));
        }
        Ok(())
    }

    async fn take_call(&self, connection: &Connection, message: &Message) -> Result<(), Ending> {
        let header = message.header();
        let is_clipboard = header.path().is_some_and(|path| path.as_str() == CLIPBOARD_PATH);
        match &self.clipboard {
            Some(clipboard) if is_clipboard => clipboard.take_call(connection, message, &self.canvas).await,
            _ => {
                let name = "org.freedesktop.DBus.Error.UnknownMethod";
                connection.reply_error(&header, name, &"not served here").await?;
                Ok(())
            }
        }
    }
}

async fn out_of_patience() -> Result<MessageStream, Ending> {
    async_io::Timer::after(PATIENCE).await;
    Err(Ending::Stalled {
        seconds: PATIENCE.as_secs(),
    })
}
