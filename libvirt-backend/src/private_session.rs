//! A throw-away session libvirtd in a temporary folder, for demonstrations and tests.
