//! The first connection: QEMU's console, keyboard, pointer and clipboard.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_lite::StreamExt as _;
use futures_lite::future::{block_on, zip};
use zbus::connection::Builder;
use zbus::message::{Message, Type};
use zbus::zvariant::{Fd, Value};
use zbus::{Connection, MessageStream};

use super::address::{CLIPBOARD_PATH, CONSOLE, KEYBOARD, MOUSE, PROPERTIES, console_path};
use super::clipboard::Clipboard;
use super::patient::PatientSocket;
use super::surface::Surface;
use super::{HangUp, Options, drive, in_time, input, spawn};
use crate::console::{Area, Canvas, Ending, InputQueue, Lights, PointerMode};

pub(super) fn start(
    display: UnixStream,
    options: Options,
    uid: u32,
    surface: Arc<Mutex<Surface>>,
    input: InputQueue,
    hang_up: &Arc<HangUp>,
) -> io::Result<()> {
    let console = Console::new(&options, surface, hang_up.canvas.clone());
    let hung_up = Arc::clone(hang_up);
    spawn("berth-dbus", hang_up, move || {
        block_on(console.run(display, uid, input, &hung_up)).unwrap_or_else(|ending| ending)
    })
}

const PROPERTIES_READ: [&str; 4] = ["IsAbsolute", "Modifiers", "Width", "Height"];

pub(super) struct Console {
    patience: Duration,
    /// The console's own word about its size: for frames that are copied, see [`Surface::tell_size`].
    size: Mutex<[u32; 2]>,
    surface: Arc<Mutex<Surface>>,
    path: String,
    canvas: Canvas,
    clipboard: Option<Clipboard>,
}

impl Console {
    pub(super) fn new(options: &Options, surface: Arc<Mutex<Surface>>, canvas: Canvas) -> Self {
        Self {
            patience: options.patience,
            size: Mutex::default(),
            surface,
            path: console_path(options.console),
            canvas,
            clipboard: options.shares_clipboard.then(Clipboard::default),
        }
    }

    async fn connect(&self, display: UnixStream, uid: u32) -> Result<MessageStream, Ending> {
        let connecting = Builder::socket(PatientSocket::new(display, self.patience)?)
            .p2p()
            .user_id(uid)
            .internal_executor(false)
            .method_timeout(self.patience)
            .build_message_stream();
        let connected = in_time(Instant::now() + self.patience, self.patience, connecting).await?;
        Ok(connected?)
    }

    /// Asks for nothing.
    pub(super) async fn hear(&self, display: UnixStream, uid: u32) -> Result<Ending, Ending> {
        let messages = self.connect(display, uid).await?;
        let connection = Connection::from(&messages);
        drive(&connection, self.take_messages(&connection, messages)).await
    }

    async fn run(
        &self,
        display: UnixStream,
        uid: u32,
        input: InputQueue,
        hang_up: &Arc<HangUp>,
    ) -> Result<Ending, Ending> {
        let messages = self.connect(display, uid).await?;
        let connection = Connection::from(&messages);
        let begin = async {
            if let Some(listener) = hang_up.listener()? {
                self.register(&connection, listener).await?;
            }
            hang_up.let_listener_go();
            self.read_state(&connection).await?;
            if let Some(clipboard) = &self.clipboard {
                clipboard.register(&connection).await;
            }
            let writer = input::Writer {
                connection: connection.clone(),
                console: self.path.clone(),
                clipboard: self.clipboard.clone(),
            };
            input::start(writer, input, hang_up)?;
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
                self.path.as_str(),
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
                    self.path.as_str(),
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
            && header.path().is_some_and(|path| path.as_str() == self.path);
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
