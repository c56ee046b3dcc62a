//! Text copied here goes there, and the other way. Both sides serve the same interface: who copies *grabs*, who pastes
//! *requests*.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zbus::Connection;
use zbus::message::Message;
use zbus::zvariant::Value;

use super::address::{CLIPBOARD, CLIPBOARD_PATH, PROPERTIES};
use crate::console::{Canvas, Ending};

/// More is not carried over, in either direction.
const MOST_BYTES: usize = 1 << 20;
const TEXT: &str = "text/plain;charset=utf-8";
/// The one that Ctrl+C fills; the others are the mouse's.
const SELECTION: u32 = 0;

#[derive(Clone, Default)]
pub(super) struct Clipboard(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    offered: Option<Arc<str>>,
    serial: u32,
    /// The guest has text that was not asked for yet.
    is_wanted: bool,
    /// It is being asked.
    is_asking: bool,
}

impl State {
    /// Goes on asking while there is something to ask for.
    const fn asks_on(&mut self) -> bool {
        self.is_asking = self.is_wanted;
        self.is_wanted = false;
        self.is_asking
    }
}

impl Clipboard {
    /// A guest without a clipboard channel refuses; then there is none to share.
    pub(super) async fn register(&self, connection: &Connection) {
        if let Err(error) = call(connection, "Register", &()).await {
            tracing::debug!(%error, "the guest has no clipboard");
        }
    }

    /// Text was copied here.
    pub(super) async fn offer(&self, connection: &Connection, text: &Arc<str>) -> zbus::Result<()> {
        if text.len() > MOST_BYTES {
            tracing::debug!(bytes = text.len(), "too much text for the guest's clipboard");
            return Ok(());
        }
        self.lock().offered = Some(Arc::clone(text));
        self.grab(connection).await
    }

    async fn grab(&self, connection: &Connection) -> zbus::Result<()> {
        let serial = {
            let mut state = self.lock();
            state.serial = state.serial.wrapping_add(1);
            state.serial
        };
        let grab = Message::method_call(CLIPBOARD_PATH, "Grab")?
            .interface(CLIPBOARD)?
            .with_flags(zbus::message::Flags::NoReplyExpected)?
            .build(&(SELECTION, serial, vec![TEXT]))?;
        connection.send(&grab).await
    }

    /// QEMU speaks for the guest.
    pub(super) async fn take_call(
        &self,
        connection: &Connection,
        message: &Message,
        canvas: &Canvas,
    ) -> Result<(), Ending> {
        let header = message.header();
        let body = message.body();
        let interface = header.interface().map_or("", |interface| interface.as_str());
        let member = header.member().map_or("", |member| member.as_str());
        match (interface, member) {
            (PROPERTIES, "GetAll") => {
                let none: HashMap<&str, Value<'_>> = HashMap::from([("Interfaces", Value::from(Vec::<&str>::new()))]);
                connection.reply(&header, &none).await?;
            }
            (CLIPBOARD, "Grab") => {
                let (selection, serial, kinds): (u32, u32, Vec<&str>) = body.deserialize()?;
                connection.reply(&header, &()).await?;
                if selection == SELECTION {
                    let mut state = self.lock();
                    state.offered = None;
                    state.serial = state.serial.max(serial);
                    drop(state);
                    if kinds.iter().any(|kind| kind.starts_with("text/plain")) {
                        self.fetch(connection, canvas);
                    }
                }
            }
            (CLIPBOARD, "Request") => {
                let (selection, _kinds): (u32, Vec<&str>) = body.deserialize()?;
                let text = (selection == SELECTION).then(|| self.lock().offered.clone()).flatten();
                match text {
                    Some(text) => connection.reply(&header, &(TEXT, text.as_bytes())).await?,
                    None => refuse(connection, message).await?,
                }
            }
            (CLIPBOARD, "Register") => {
                connection.reply(&header, &()).await?;
                let is_offering = {
                    let mut state = self.lock();
                    state.serial = 0;
                    state.offered.is_some()
                };
                // A new agent in the guest: it knows nothing of what was copied before it came.
                if is_offering {
                    self.grab(connection).await?;
                }
            }
            (CLIPBOARD, "Unregister" | "Release") => connection.reply(&header, &()).await?,
            _ => refuse(connection, message).await?,
        }
        Ok(())
    }

    /// Beside the loop that takes messages: the guest may take its time to hand the text over. One request at a time,
    /// however often it says that it has something.
    fn fetch(&self, connection: &Connection, canvas: &Canvas) {
        let mut state = self.lock();
        state.is_wanted = true;
        if state.is_asking || !state.asks_on() {
            return;
        }
        drop(state);
        let (clipboard, asked, canvas) = (self.clone(), connection.clone(), canvas.clone());
        let task = async move {
            loop {
                let answer = call(&asked, "Request", &(SELECTION, vec![TEXT])).await;
                match answer.and_then(|reply| text_of(&reply)) {
                    Ok(Some(text)) => canvas.set_clipboard(text),
                    Ok(None) => tracing::debug!("the guest's clipboard holds no text"),
                    Err(error) => tracing::debug!(%error, "the guest did not hand its clipboard over"),
                }
                if !clipboard.lock().asks_on() {
                    break;
                }
            }
        };
        connection.executor().spawn(task, "clipboard").detach();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn text_of(reply: &Message) -> zbus::Result<Option<Arc<str>>> {
    let body = reply.body();
    let (_kind, bytes): (&str, &[u8]) = body.deserialize()?;
    let text = (bytes.len() <= MOST_BYTES).then(|| String::from_utf8_lossy(bytes));
    Ok(text.map(|text| text.trim_end_matches('\0').into()))
}

async fn call<B>(connection: &Connection, name: &str, body: &B) -> zbus::Result<Message>
where
    B: serde::Serialize + zbus::zvariant::DynamicType,
{
    connection
        .call_method(None::<&str>, CLIPBOARD_PATH, Some(CLIPBOARD), name, body)
        .await
}

async fn refuse(connection: &Connection, message: &Message) -> Result<(), Ending> {
    let name = "org.freedesktop.DBus.Error.Failed";
    connection
        .reply_error(&message.header(), name, &"nothing to give")
        .await?;
    Ok(())
}
