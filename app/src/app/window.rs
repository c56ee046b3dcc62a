//! The window as the desktop sees it: its id, icon and size, and whether there is a display for it at all.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::UserEvent;
use egui::{IconData, ViewportBuilder};
use winit::event_loop::EventLoop;

use super::late_context::LateContext;
use super::logging;
use crate::display::Glasses;
use crate::keyboard::{Keyboard, KeyboardFirst};
use crate::settings::{MIN_WINDOW, WindowState};
use crate::t;
use crate::widgets::fonts;

/// The program's id: of the desktop file, the metainfo and the Wayland window.
pub const APP_ID: &str = "io.github.berth_vm.Berth";
const DEFAULT_SIZE: [f32; 2] = [1280.0, 800.0];
const ICON: &[u8] = include_bytes!("../../../assets/icon/berth-256.png");

/// Opens the window and stays until it is closed. The guest's keyboard stands before it. In words, why there is none.
pub fn run(
    options: eframe::NativeOptions,
    ctx: &LateContext,
    keyboard: Keyboard,
    app: Box<dyn eframe::App>,
) -> Result<(), String> {
    let event_loop = EventLoop::<UserEvent>::with_user_event()
        .build()
        .map_err(|error| error.to_string())?;
    let ctx = ctx.clone();
    let window = eframe::create_native(
        APP_ID,
        options,
        Box::new(move |creation| {
            ctx.set(&creation.egui_ctx);
            if let Some(gl) = &creation.gl {
                Glasses::make(&creation.egui_ctx, gl);
            }
            fonts::install(&creation.egui_ctx, fonts::FontChoice::System);
            Ok(app)
        }),
        &event_loop,
    );
    let ended = event_loop.run_app(&mut KeyboardFirst::new(window, keyboard));
    // eframe ends such a loop as if all were well, and tells only the log.
    match logging::window_failure() {
        Some(words) => Err(words),
        None => ended.map_err(|error| error.to_string()),
    }
}

pub fn options(state: &WindowState) -> eframe::NativeOptions {
    let viewport = ViewportBuilder::default()
        .with_app_id(APP_ID)
        .with_title(t!("core-app-name"))
        .with_icon(icon())
        .with_min_inner_size(MIN_WINDOW)
        .with_inner_size(state.usable_size().unwrap_or(DEFAULT_SIZE))
        .with_maximized(state.is_maximized);
    eframe::NativeOptions {
        viewport,
        renderer: eframe::Renderer::Glow,
        // Nothing here is a gradient, and without a graphics card the noise costs a third of a frame.
        dithering: false,
        persist_window: false,
        // `widgets::fonts` asks the system itself, to place what it finds.
        system_font_fallback: false,
        ..eframe::NativeOptions::default()
    }
}

fn icon() -> Arc<IconData> {
    Arc::new(decode(ICON).unwrap_or_else(|error| {
        tracing::error!(%error, "the icon cannot be read");
        IconData::default()
    }))
}

fn decode(bytes: &[u8]) -> Result<IconData, png::DecodingError> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    let mut reader = decoder.read_info()?;
    let mut rgba = vec![0; reader.output_buffer_size().unwrap_or_default()];
    let info = reader.next_frame(&mut rgba)?;
    Ok(IconData {
        rgba,
        width: info.width,
        height: info.height,
    })
}

/// A display that somebody listens on.
pub fn has_display() -> bool {
    has_wayland() || has_x11()
}

fn has_wayland() -> bool {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let named = std::env::var_os("WAYLAND_DISPLAY").filter(|name| !name.is_empty());
    let is_passed = std::env::var_os("WAYLAND_SOCKET").is_some();
    is_passed
        || named.is_some_and(|name| {
            // An absolute name stands for itself.
            let socket = runtime.map_or_else(|| PathBuf::from(&name), |runtime| runtime.join(&name));
            UnixStream::connect(socket).is_ok()
        })
}

/// A display of this computer is tried; another's (`host:0`) is believed in.
fn has_x11() -> bool {
    let Some(display) = std::env::var("DISPLAY").ok().filter(|display| !display.is_empty()) else {
        return false;
    };
    let Some(number) = display.strip_prefix(':').or_else(|| display.strip_prefix("unix:")) else {
        return true;
    };
    let number = number.split('.').next().unwrap_or_default();
    let path = Path::new("/tmp/.X11-unix").join(format!("X{number}"));
    UnixStream::connect(path).is_ok() || has_abstract_socket(number)
}

/// X servers without a file listen on a name beginning with NUL.
fn has_abstract_socket(number: &str) -> bool {
    use std::os::linux::net::SocketAddrExt as _;
    let name = format!("/tmp/.X11-unix/X{number}");
    std::os::unix::net::SocketAddr::from_abstract_name(name.as_bytes())
        .is_ok_and(|address| UnixStream::connect_addr(&address).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_is_a_square_picture() {
        let icon = decode(ICON).unwrap();
        assert_eq!([icon.width, icon.height], [256, 256]);
        assert_eq!(icon.rgba.len(), 256 * 256 * 4);
        assert!(icon.rgba.chunks(4).any(|pixel| pixel[3] == 255), "nothing is drawn");
        assert!(icon.rgba.chunks(4).any(|pixel| pixel[3] == 0), "no corner is clear");
    }
}
