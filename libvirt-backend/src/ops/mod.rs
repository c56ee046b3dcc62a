//! Blocking sequences of libvirt calls, one file per family. Only `connection` calls them.
