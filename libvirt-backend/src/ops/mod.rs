//! Blocking sequences of libvirt calls, one file per family. Only `connection` calls them.

mod context;

#[expect(
    unused_imports,
    reason = "the families of operations and the dispatcher use them as they arrive"
)]
pub(crate) use context::{CancelToken, Context, Paths};
