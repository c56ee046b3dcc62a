//! What libvirt tells of machines and pools as it happens.

use std::ffi::{c_char, c_int, c_ulonglong, c_void};
use std::sync::Arc;

use virt::sys;

use super::connection::Conn;
use super::domain::{Dom, id_of, name_of};
use super::error::{check, copy_text};
use super::registry::{Registry, Ticket};
use crate::error::LibvirtError;
use crate::model::MachineId;

/// One event, copied out of libvirt's hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LibvirtEvent {
    /// Defined, started, stopped…: `virDomainEventType` and the detail that belongs to it.
    Lifecycle {
        id: MachineId,
        name: String,
        event: i32,
        detail: i32,
    },
    Reboot(MachineId),
    IoError {
        id: MachineId,
        source_path: Option<String>,
        alias: Option<String>,
        /// The machine was paused for it.
        is_paused: bool,
        /// `enospc`, or empty.
        reason: String,
    },
    Watchdog {
        id: MachineId,
        action: i32,
    },
    /// libvirt lost QEMU's monitor.
    ControlError(MachineId),
    TrayChange {
        id: MachineId,
        alias: String,
        is_open: bool,
    },
    BalloonChange {
        id: MachineId,
        current_kib: u64,
    },
    DeviceAdded {
        id: MachineId,
        alias: String,
    },
    DeviceRemoved {
        id: MachineId,
        alias: String,
    },
    DeviceRemovalFailed {
        id: MachineId,
        alias: String,
    },
    AgentLifecycle {
        id: MachineId,
        is_connected: bool,
    },
    /// A background job (save, migration…) ended.
    JobCompleted(MachineId),
    MetadataChange {
        id: MachineId,
        /// The namespace of the element that changed; `None` for title and description.
        uri: Option<String>,
    },
    /// Defined, started, stopped…: `virStoragePoolEventLifecycleType`.
    PoolLifecycle {
        name: String,
        event: i32,
    },
    PoolRefresh {
        name: String,
    },
}

type OnEvent = dyn Fn(LibvirtEvent) + Send + Sync;

static CALLBACKS: Registry<OnEvent> = Registry::new();

/// Keeps the callbacks registered. Drop it on a libvirt thread (each deregistration is a round trip). It holds the
/// connection, so that the callbacks go before the connection does.
pub(crate) struct EventGuard {
    connection: Conn,
    ticket: Ticket,
    domain_callbacks: Vec<c_int>,
    pool_callbacks: Vec<c_int>,
}

impl Conn {
    /// Calls `on_event` on the event thread for every [`LibvirtEvent`] of this connection. It must not block and must
    /// not call libvirt: try to send and note a full channel.
    ///
    /// Kinds that the driver or an old daemon does not know are left out; without the lifecycle it is an error.
    pub(crate) fn register_events(
        &self,
        on_event: Arc<dyn Fn(LibvirtEvent) + Send + Sync>,
    ) -> Result<EventGuard, LibvirtError> {
        let mut guard = EventGuard::new(self, on_event);
        guard.add(None, machine_callbacks().into_iter().chain(device_callbacks()))?;
        for (kind, callback) in pool_callbacks() {
            // SAFETY: as above, for pools.
            let registered = unsafe {
                sys::virConnectStoragePoolEventRegisterAny(
                    self.as_raw(),
                    std::ptr::null_mut(),
                    kind.cast_signed(),
                    callback,
                    guard.ticket.as_opaque(),
                    None,
                )
            };
            match check(registered) {
                Ok(number) => guard.pool_callbacks.push(number),
                Err(error) => tracing::debug!(kind, %error, "no such pool event here"),
            }
        }
        Ok(guard)
    }

    /// The same for the answers of one guest that is asked to let go of a device, and nothing else. `None`: there
    /// are no such events here, or somebody waits for this guest over this connection already.
    pub(crate) fn register_removals(
        &self,
        domain: &Dom,
        on_event: Arc<dyn Fn(LibvirtEvent) + Send + Sync>,
    ) -> Option<EventGuard> {
        let mut guard = EventGuard::new(self, on_event);
        let is_answer = |kind| {
            matches!(
                kind,
                sys::VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED | sys::VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED
            )
        };
        let answers = device_callbacks().into_iter().filter(|(kind, _)| is_answer(*kind));
        let added = guard.add(Some(domain), answers);
        (added.is_ok() && !guard.domain_callbacks.is_empty()).then_some(guard)
    }
}

impl EventGuard {
    fn new(connection: &Conn, on_event: Arc<dyn Fn(LibvirtEvent) + Send + Sync>) -> Self {
        Self {
            connection: connection.clone(),
            ticket: CALLBACKS.insert(on_event),
            domain_callbacks: Vec::new(),
            pool_callbacks: Vec::new(),
        }
    }

    /// Of one domain, or of all.
    fn add(
        &mut self,
        domain: Option<&Dom>,
        callbacks: impl Iterator<Item = (sys::virDomainEventID, DomainCallback)>,
    ) -> Result<(), LibvirtError> {
        let domain = domain.map_or(std::ptr::null_mut(), Dom::as_raw);
        for (kind, callback) in callbacks {
            // SAFETY: NULL means every domain; another one is held by the caller during the call. `callback` has the type that libvirt calls for `kind`, and the opaque
            // value is a number, so nothing is to be freed.
            let registered = unsafe {
                sys::virConnectDomainEventRegisterAny(
                    self.connection.as_raw(),
                    domain,
                    kind.cast_signed(),
                    callback,
                    self.ticket.as_opaque(),
                    None,
                )
            };
            match check(registered) {
                Ok(number) => self.domain_callbacks.push(number),
                Err(error) if kind == sys::VIR_DOMAIN_EVENT_ID_LIFECYCLE => return Err(error),
                Err(error) => tracing::debug!(kind, %error, "no such domain event here"),
            }
        }
        Ok(())
    }
}

impl Drop for EventGuard {
    fn drop(&mut self) {
        for number in self.domain_callbacks.drain(..) {
            // SAFETY: registered on this connection, which the guard holds; deregistered once.
            unsafe { sys::virConnectDomainEventDeregisterAny(self.connection.as_raw(), number) };
        }
        for number in self.pool_callbacks.drain(..) {
            // SAFETY: registered on this connection, which the guard holds; deregistered once.
            unsafe { sys::virConnectStoragePoolEventDeregisterAny(self.connection.as_raw(), number) };
        }
        CALLBACKS.remove(self.ticket);
    }
}

fn emit(opaque: *mut c_void, event: Option<LibvirtEvent>) {
    if let Some(event) = event {
        CALLBACKS.call(opaque, |on_event| on_event(event));
    }
}

/// Declares a callback of libvirt's for one kind of event, with the arguments that the kind has between the domain
/// and the opaque value, and puts it into the form in which all kinds are registered.
macro_rules! callback {
    ($generic:ty, |$object:ident: $object_type:ty $(, $arg:ident: $arg_type:ty)*| $event:expr) => {{
        extern "C" fn callback(
            _connection: sys::virConnectPtr,
            $object: $object_type
            $(, $arg: $arg_type)*,
            opaque: *mut c_void,
        ) {
            emit(opaque, $event);
        }
        let callback: extern "C" fn(sys::virConnectPtr, $object_type $(, $arg_type)*, *mut c_void) = callback;
        // SAFETY: libvirt stores every kind's callback under one type and calls it with the kind's own arguments.
        let callback: $generic = unsafe { std::mem::transmute(callback) };
        callback
    }};
}

type DomainCallback = sys::virConnectDomainEventGenericCallback;
type PoolCallback = sys::virConnectStoragePoolEventGenericCallback;

/// Of a machine as a whole.
fn machine_callbacks() -> [(sys::virDomainEventID, DomainCallback); 8] {
    [
        (
            sys::VIR_DOMAIN_EVENT_ID_LIFECYCLE,
            callback!(DomainCallback, |domain: sys::virDomainPtr,
                                       event: c_int,
                                       detail: c_int| {
                id(domain).map(|id| LibvirtEvent::Lifecycle {
                    id,
                    // SAFETY: libvirt holds the domain during the callback.
                    name: unsafe { name_of(domain) }.unwrap_or_default(),
                    event,
                    detail,
                })
            }),
        ),
        (
            sys::VIR_DOMAIN_EVENT_ID_REBOOT,
            callback!(DomainCallback, |domain: sys::virDomainPtr| id(domain)
                .map(LibvirtEvent::Reboot)),
        ),
        (
            sys::VIR_DOMAIN_EVENT_ID_WATCHDOG,
            callback!(DomainCallback, |domain: sys::virDomainPtr, action: c_int| {
                id(domain).map(|id| LibvirtEvent::Watchdog { id, action })
            }),
        ),
        (
            sys::VIR_DOMAIN_EVENT_ID_CONTROL_ERROR,
            callback!(DomainCallback, |domain: sys::virDomainPtr| {
                id(domain).map(LibvirtEvent::ControlError)
            }),
        ),
        (
            sys::VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE,
            callback!(DomainCallback, |domain: sys::virDomainPtr, current_kib: c_ulonglong| {
                id(domain).map(|id| LibvirtEvent::BalloonChange { id, current_kib })
            }),
        ),
        (
            sys::VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE,
            callback!(DomainCallback, |domain: sys::virDomainPtr,
                                       state: c_int,
                                       _reason: c_int| {
                id(domain).map(|id| LibvirtEvent::AgentLifecycle {
                    id,
                    is_connected: state == sys::VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED.cast_signed(),
                })
            }),
        ),
        (
            sys::VIR_DOMAIN_EVENT_ID_JOB_COMPLETED,
            callback!(DomainCallback, |domain: sys::virDomainPtr,
                                       _params: sys::virTypedParameterPtr,
                                       _count: c_int| {
                id(domain).map(LibvirtEvent::JobCompleted)
            }),
        ),
        (
            sys::VIR_DOMAIN_EVENT_ID_METADATA_CHANGE,
            callback!(
                DomainCallback,
                |domain: sys::virDomainPtr, _kind: c_int, uri: *const c_char| {
                    id(domain).map(|id| LibvirtEvent::MetadataChange { id, uri: text(uri) })
                }
            ),
        ),
    ]
}

/// Of one of its devices.
fn device_callbacks() -> [(sys::virDomainEventID, DomainCallback); 5] {
    [
        (
            sys::VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON,
            callback!(
                DomainCallback,
                |domain: sys::virDomainPtr,
                 source: *const c_char,
                 alias: *const c_char,
                 action: c_int,
                 reason: *const c_char| {
                    id(domain).map(|id| LibvirtEvent::IoError {
                        id,
                        source_path: text(source),
                        alias: text(alias),
                        is_paused: action == sys::VIR_DOMAIN_EVENT_IO_ERROR_PAUSE.cast_signed(),
                        reason: text(reason).unwrap_or_default(),
                    })
                }
            ),
        ),
        (
            sys::VIR_DOMAIN_EVENT_ID_TRAY_CHANGE,
            callback!(DomainCallback, |domain: sys::virDomainPtr,
                                       alias: *const c_char,
                                       reason: c_int| {
                with_alias(domain, alias).map(|(id, alias)| LibvirtEvent::TrayChange {
                    id,
                    alias,
                    is_open: reason == sys::VIR_DOMAIN_EVENT_TRAY_CHANGE_OPEN.cast_signed(),
                })
            }),
        ),
        (
            sys::VIR_DOMAIN_EVENT_ID_DEVICE_ADDED,
            callback!(DomainCallback, |domain: sys::virDomainPtr, alias: *const c_char| {
                with_alias(domain, alias).map(|(id, alias)| LibvirtEvent::DeviceAdded { id, alias })
            }),
        ),
        (
            sys::VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED,
            callback!(DomainCallback, |domain: sys::virDomainPtr, alias: *const c_char| {
                with_alias(domain, alias).map(|(id, alias)| LibvirtEvent::DeviceRemoved { id, alias })
            }),
        ),
        (
            sys::VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED,
            callback!(DomainCallback, |domain: sys::virDomainPtr, alias: *const c_char| {
                with_alias(domain, alias).map(|(id, alias)| LibvirtEvent::DeviceRemovalFailed { id, alias })
            }),
        ),
    ]
}

fn pool_callbacks() -> [(sys::virStoragePoolEventID, PoolCallback); 2] {
    [
        (
            sys::VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE,
            callback!(PoolCallback, |pool: sys::virStoragePoolPtr,
                                     event: c_int,
                                     _detail: c_int| {
                pool_name(pool).map(|name| LibvirtEvent::PoolLifecycle { name, event })
            }),
        ),
        (
            sys::VIR_STORAGE_POOL_EVENT_ID_REFRESH,
            callback!(PoolCallback, |pool: sys::virStoragePoolPtr| {
                pool_name(pool).map(|name| LibvirtEvent::PoolRefresh { name })
            }),
        ),
    ]
}

fn id(domain: sys::virDomainPtr) -> Option<MachineId> {
    // SAFETY: called in callbacks only: libvirt holds the domain until they return.
    unsafe { id_of(domain) }
}

fn text(text: *const c_char) -> Option<String> {
    // SAFETY: called in callbacks only: libvirt holds the text until they return.
    unsafe { copy_text(text) }
}

fn with_alias(domain: sys::virDomainPtr, alias: *const c_char) -> Option<(MachineId, String)> {
    id(domain).zip(text(alias))
}

fn pool_name(pool: sys::virStoragePoolPtr) -> Option<String> {
    if pool.is_null() {
        return None;
    }
    // SAFETY: called in callbacks only: libvirt holds the pool until they return.
    text(unsafe { sys::virStoragePoolGetName(pool) })
}
