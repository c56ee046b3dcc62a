//! The only `unsafe` code: what libvirt offers and the `virt` crate lacks.
