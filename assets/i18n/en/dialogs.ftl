dialog-cancel = Cancel
dialog-close = Close

# New machine
new-title = New machine
new-host = On
new-name = Name
new-name-hint = For example: web-1
new-source = Start from
new-source-installer = Installer image
new-source-disk = Existing disk
new-source-nothing = Nothing
new-installer = Installer image (ISO)
new-disk-path = Disk image
new-path-hint = Path of the file
new-path-hint-remote = Path of the file on { $host }
new-browse = Browse…
new-disk-in-place = The image is used in place and stays yours: deleting the machine does not delete it.
new-medium-checking = Looking at the file…
new-medium-iso = Disc image, { $size }
new-medium-qcow2 = qcow2 image, { $capacity } for the guest, { $size } on disk
new-medium-raw = Raw image, { $size }
new-medium-unchecked = Not checked: no storage pool of that computer has this file
new-hardware = { $memory } memory, { $cpus }, { $disk } disk
new-hardware-no-disk = { $memory } memory, { $cpus }
new-cpus = { $count ->
    [one] 1 CPU
   *[other] { $count } CPUs
}
new-change = Change
new-memory = Memory
new-memory-unit = MiB
new-vcpus = CPUs
new-disk = Disk
new-disk-unit = GiB
new-disk-none = 0 makes no disk
new-room = { $free } free in { $folder }
new-room-short = Only { $free } are free: the disk grows as it is filled and would run out of room.
new-network = Network
new-network-auto = Automatic
new-network-passt = passt
new-network-user = User networking
new-network-none = None
new-network-auto-passt = passt is used: it was tried and works here
new-network-auto-user = User networking is used: passt does not work here
new-accel = Acceleration
new-accel-auto = Automatic
new-accel-kvm = KVM
new-accel-software = Software
new-accel-works = KVM works: a test machine needed { $millis } ms.
new-accel-absent = This computer offers no KVM. The machine will be much slower.
new-accel-denied = You may not use /dev/kvm: join the group “kvm” and log in again. Until then the machine will be much slower.
new-accel-slow = KVM is there but too slow to be of use ({ $seconds } s without an answer). Software emulation is used.
new-accel-failed = KVM was tried and failed: { $reason }
new-accel-untested = Not tested yet
new-accel-testing = Testing what this computer can do…
new-accel-software-chosen = Software emulation works everywhere and is much slower.
new-test-again = Test again
new-start = Start it right away
new-create = Create
new-create-start = Create and start
new-not-connected = Not connected to { $host }: nothing can be created there now.
new-incomplete = Fill in what is missing first.

# Deleting
delete-title = { $count ->
    [one] Delete { $name }?
   *[other] Delete { $count } machines?
}
delete-running = { $name } is running and is forced off first. What it has not saved is lost.
delete-files = Files that go with it
delete-files-of = Files of { $name }
delete-loading = Looking for the files…
delete-no-files = No file belongs to this machine.
delete-kind-disk = Disk
delete-kind-imported = Your own disk image
delete-kind-nvram = Firmware settings
delete-kind-former-nvram = Firmware settings from before, kept for “Undo”
delete-kind-saved = Saved state
delete-kind-tpm = TPM state (may hold keys of encrypted disks)
delete-kind-log = Serial log
delete-unread = Could not be asked which files they use: { $names }
delete-used-by = Also used by { $names }
delete-size-unknown = size unknown
delete-snapshots = { $count ->
    [one] 1 snapshot goes with it: { $names }
   *[other] { $count } snapshots go with it: { $names }
}
delete-snapshots-stay = { $count ->
    [one] 1 snapshot stays inside the kept disk, where only other tools see it: { $names }
   *[other] { $count } snapshots stay inside the kept disk, where only other tools see them: { $names }
}
delete-freed = { $size } will be freed
delete-freed-none = No file is deleted
delete-button = { $count ->
    [one] Delete
   *[other] Delete { $count } machines
}
delete-button-forced = Force off and delete
delete-button-without-files = Delete without files
delete-button-forced-without-files = Force off and delete without files
delete-files-unknown = Deleted now, its files stay where they are.
delete-look-again = Look again
delete-look-again-name = Look again for the files of { $name }
delete-file-name = { $kind } { $file }, { $size }
delete-denied = Stays: { $reason }

# Forcing off
dialog-force-off-title = { $count ->
    [one] Force off { $name }?
   *[other] Force off { $count } machines?
}
dialog-force-off-text = This is like pulling the power cord. What the guest has not saved is lost.
dialog-force-off-dont-ask = Do not ask again
dialog-force-off-button = Force off
# One action on several machines
several-title = { $action }: { $count ->
    [one] 1 machine?
   *[other] { $count } machines?
}
several-none = None of these machines allows it now.

# Renaming and tags
rename-title = Rename { $name }
rename-field = New name
rename-button = Rename
insert-title = Insert a disc into { $name }
insert-button = Insert
tags-title = { $count ->
    [one] Tags of { $name }
   *[other] Tags of { $count } machines
}
tags-field = Add a tag
tags-hint = Type a tag and press Enter
tags-remove = Remove tag { $tag }
tags-known = Used elsewhere
tags-some = on { $count } of { $total }
tags-button = Save tags
tags-invalid = A tag has letters, digits, “-”, “_” or “.”, and at most 64 of them.

# Snapshots
take-title = { $count ->
    [one] Take a snapshot of { $name }
   *[other] Take a snapshot of { $count } machines
}
take-name = Name
take-description = Description (optional)
take-estimating = Working out how long the guest will stand still…
take-off = The machine is off: only its disks are kept, and nothing stands still.
take-pause = The guest stands still for about { $time } while { $size } of memory are written.
take-pause-unknown = The guest stands still while its memory is written. How long that takes is not known.
take-estimate-failed = How long the guest will stand still could not be worked out.
take-button = Take snapshot
take-name-taken = There is a snapshot of this name already.
take-name-invalid = A name without “/” and line breaks is needed.
take-name-default = snapshot-{ $number }
revert-title = Revert { $name } to “{ $snapshot }”?
revert-text = Everything that changed on its disks since then is lost.
revert-running = The running guest is replaced by its state of that time.
revert-stops = The machine is off afterwards: this snapshot has no memory.
revert-button = Revert
delete-snapshot-title = Delete snapshot “{ $snapshot }”?
delete-snapshot-text = The machine stays as it is. You can no longer go back to this point.
delete-snapshot-button = Delete snapshot

# Adding a connection
connection-title = Add a connection
connection-kind = Where
connection-kind-session = This computer
connection-kind-session-text = Your own machines; needs no rights.
connection-kind-system = This computer (system)
connection-kind-system-text = Machines that all users share; asks for a password or the group “libvirt”.
connection-kind-ssh = Another computer (ssh)
connection-kind-ssh-text = Needs an ssh key that works without a password.
connection-kind-other = Other address
connection-host = Host
connection-host-hint = lab.example.org
connection-user = User (optional)
connection-uri = Address
connection-uri-hint = qemu+ssh://user@host/system
connection-exists = This connection is open already.
connection-bad = An address looks like qemu:///session or qemu+ssh://host/system.
connection-button = Connect

# Quitting
quit-title = { $count ->
    [one] A job is still running
   *[other] { $count } jobs are still running
}
quit-text = Machines keep running in any case.
quit-wait = Wait and quit
quit-leave = Quit now
quit-leave-text = What is half done is found when Berth starts again.
quit-cancel = Keep Berth open
quit-cancel-jobs = Cancel the jobs and quit
quit-closing-title = Jobs are being cancelled
quit-closing-text = Berth closes once they have ended, and after 20 seconds in any case. What is half done is found when Berth starts again.

# Leftovers
leftovers-title = Remains of an interrupted job
leftovers-text = Berth or the computer stopped while { $name } was being made. These files were left behind:
leftovers-remove = Remove
leftovers-keep = Keep
leftovers-no-files = no files
