//! The dialogs: new machine, delete, snapshot, rename, tags, connection, quit.
