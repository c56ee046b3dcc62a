//! Keys, pointer, size and clipboard on their way to QEMU. Nothing waits for an answer: a key must not wait for the one
//! before it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::block_on;
use serde::Serialize;
use zbus::Connection;
use zbus::message::{Flags, Message};
use zbus::zvariant::DynamicType;

use super::address::{CONSOLE, KEYBOARD, MOUSE};
use super::clipboard::Clipboard;
use super::{HangUp, spawn};
use crate::console::{Ending, Input, InputQueue, PointerButton};

/// What there is to wait for stirs the queue, its end too.
const LONG: Duration = Duration::from_hours(1);
/// Of a window whose own density is not known here.
const MILLIMETRES_PER_PIXEL: f64 = 25.4 / 96.0;

pub(super) fn start(writer: Writer, queue: InputQueue, hang_up: &Arc<HangUp>) -> io::Result<()> {
    let canvas = hang_up.canvas.clone();
    spawn("berth-dbus-input", hang_up, move || {
        while !queue.is_closed() && !canvas.is_over() {
            let Some(input) = queue.next(LONG) else { continue };
            if let Err(error) = block_on(writer.send(&input)) {
                return error.into();
            }
        }
        Ending::Closed
    })
}

pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) console: String,
    pub(super) clipboard: Option<Clipboard>,
}

impl Writer {
    async fn send(&self, input: &Input) -> zbus::Result<()> {
        match *input {
            Input::Key { qnum, is_down } => {
                let name = if is_down { "Press" } else { "Release" };
                self.call(KEYBOARD, name, &(u32::from(qnum),)).await
            }
            Input::PointerAt { x, y } => self.call(MOUSE, "SetAbsPosition", &(x, y)).await,
            Input::PointerBy { dx, dy } => self.call(MOUSE, "RelMotion", &(dx, dy)).await,
            Input::Button { button, is_down } => {
                let name = if is_down { "Press" } else { "Release" };
                self.call(MOUSE, name, &(number(button),)).await
            }
            Input::Resize { width, height } => {
                let millimetres = |pixels: u32| (f64::from(pixels) * MILLIMETRES_PER_PIXEL) as u16;
                let body = (millimetres(width), millimetres(height), 0_i32, 0_i32, width, height);
                self.call(CONSOLE, "SetUIInfo", &body).await
            }
            Input::Clipboard(ref text) => match &self.clipboard {
                Some(clipboard) => clipboard.offer(&self.connection, text).await,
                None => Ok(()),
            },
        }
    }

    async fn call<B: Serialize + DynamicType>(&self, interface: &str, name: &str, body: &B) -> zbus::Result<()> {
        let message = Message::method_call(self.console.as_str(), name)?
            .interface(interface)?
            .with_flags(Flags::NoReplyExpected)?
            .build(body)?;
        self.connection.send(&message).await
    }
}

const fn number(button: PointerButton) -> u32 {
    match button {
        PointerButton::Left => 0,
        PointerButton::Middle => 1,
        PointerButton::Right => 2,
        PointerButton::WheelUp => 3,
        PointerButton::WheelDown => 4,
        PointerButton::Side => 5,
        PointerButton::Extra => 6,
        PointerButton::WheelLeft => 7,
        PointerButton::WheelRight => 8,
    }
}
