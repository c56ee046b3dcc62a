//! The only `unsafe` of the window: Wayland objects made of the addresses that winit tells.
#![expect(
    unsafe_code,
    reason = "winit shares its Wayland connection and surfaces as addresses only"
)]

use wayland_backend::client::{Backend, ObjectId};
use wayland_client::protocol::wl_surface::WlSurface;
use wayland_client::{Connection, Proxy as _};
use winit::event_loop::OwnedDisplayHandle;
use winit::raw_window_handle::{HasDisplayHandle as _, RawDisplayHandle};
use winit::window::WindowId;

/// winit's connection with the compositor, kept open for as long as this is.
pub(super) struct Shared {
    /// Goes before what keeps it open.
    pub(super) connection: Connection,
    _display: OwnedDisplayHandle,
}

/// `None`: it is not Wayland.
pub(super) fn share(display: OwnedDisplayHandle) -> Option<Shared> {
    let RawDisplayHandle::Wayland(handle) = display.display_handle().ok()?.as_raw() else {
        return None;
    };
    // SAFETY: the address is of a live `wl_display`. It stays so for as long as `display`, a counted reference to the
    // connection that owns it, and `Shared` drops the backend made here before that reference. Clones of the backend
    // are in proxies and queues only, which `Wayland` drops before its `Shared`.
    let backend = unsafe { Backend::from_foreign_display(handle.display.as_ptr().cast()) };
    Some(Shared {
        connection: Connection::from_backend(backend),
        _display: display,
    })
}

/// The surface of a window. `window` must not have been destroyed: winit tells of that before it frees the surface.
pub(super) fn surface(shared: &Shared, window: WindowId) -> Option<WlSurface> {
    let address = usize::try_from(u64::from(window)).ok()?;
    let pointer = std::ptr::with_exposed_provenance_mut(address);
    // SAFETY: on Wayland winit's id of a window is the address of its `wl_surface`, a proxy of this very connection.
    // The caller has a window that is not destroyed, and the result is used in one request and dropped.
    let id = unsafe { ObjectId::from_ptr(WlSurface::interface(), pointer) }.ok()?;
    WlSurface::from_id(&shared.connection, id).ok()
}
