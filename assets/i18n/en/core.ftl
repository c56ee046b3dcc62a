# What belongs to the program as a whole.
core-app-name = Berth
core-raised-window = Berth is open already; its window was raised.
core-no-display =
    There is no display for a window here (neither WAYLAND_DISPLAY nor DISPLAY leads to one).
    In the terminal: berth list, berth create NAME, berth start NAME; berth --help shows all.
core-no-window = The window could not be opened: { $words }
core-no-private-session = The private session could not be started: { $words }
core-private-session = This is a private session: its machines end when Berth closes.
core-root-session = You are root: for libvirt, root’s session is the system’s, shared with everybody on this computer.
core-file-newer = it was written by a later version ({ $version })
core-file-kept-aside = { $file } could not be used: { $reason }. It was kept as { $path }.
core-file-in-the-way = { $file } could not be used: { $reason }. It could not be moved away either.
core-not-saved = { $path } could not be saved: { $words }
core-panicked-before = Something went wrong inside Berth last time. A report is in { $path }.
core-details-copied = Details copied
core-log-folder = The folder could not be opened: { $path }
core-files-left = { $name } was deleted, but some files stayed: { $files }
core-denied = { $action } — { $name }: { $reason }
core-denied-several = { $action } — { $name }: { $reason } — and { $count ->
    [one] 1 other machine
   *[other] { $count } other machines
} left as { $count ->
    [one] it is
   *[other] they are
}
core-viewer-missing = The screen needs virt-viewer, which is not installed here.
core-viewer-failed = The screen of { $name } could not be opened: { $status }
core-browse-disc = Choose a disc image
core-browse-disk = Choose a disk image
core-browse-discs = Disc images
core-browse-disks = Disk images
core-browse-all = All files
core-browse-failed = The desktop’s file dialog could not be opened; type the path instead.
core-quits-after-jobs = Berth closes once the jobs are done.
core-stays-open = A job failed, so Berth stays open.
core-sample-failed = The sample machine could not be made: { $words }
core-no-log = Nothing is logged: { $path } could not be opened ({ $reason }).
open-bad-address = Berth opens berth://HOST/NAME, and disc and disk images of this computer. This is neither.
open-bad-file = Berth opens .iso, .qcow2, .img and .raw files. This is none.
open-unknown-host = No connection of Berth’s leads to “{ $host }”, and a link is never connected to by itself. Add it under Connections first.
open-unknown-machine = There is no machine “{ $name }”.
open-several = “{ $name }” is a machine on several hosts: { $hosts }.
shortcut-made = A shortcut was made: { $path }
shortcut-failed = The shortcut could not be made: { $path } ({ $reason })
core-display-unencrypted = The screen of { $name } crosses the network unencrypted: whoever listens there sees it and the keys. Connect to the host by ssh instead
