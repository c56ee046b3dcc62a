cli-name = Name
cli-state = State
cli-vcpus = CPUs
cli-memory = Memory
cli-address = Address
cli-tags = Tags
cli-uuid = UUID
cli-acceleration = Acceleration
cli-machine-type = Machine type
cli-disk = Disk
cli-interface = Network
cli-empty-drive = (empty)
cli-snapshot = Snapshot
cli-created = Taken
cli-current = Current
cli-description = Description
cli-sample = { $name }  CPU { $cpu }  memory { $used } of { $given }  disk { $read } read, { $write } written  network { $rx } in, { $tx } out
cli-disk-work = { $name }  disk { $target }: { $work }
cli-vcpu-wait = { $name }  CPUs wait for the host { $wait }
cli-connecting-slowly = Preparing virtualisation, first time only…
cli-cancelling = Cancelling…
cli-left-running = Interrupted. What was begun goes on by itself.
cli-created-machine = Created { $name }.
cli-still-running-ask = { $name } has not shut down yet. Force it off?
cli-still-running = { $name } has not shut down yet. To switch it off at once: berth force-off { $name }
cli-file-goes = to be deleted: { $path } ({ $size })
cli-file-stays = to be kept:    { $path } ({ $size })
cli-snapshots-go = to be deleted with it, snapshots: { $names }
cli-snapshots-stay = to stay inside the kept disk, snapshots that qemu-img still lists: { $names }
cli-delete-ask = Delete { $name }?
cli-files-left = { $count ->
    [one] The machine is deleted, but a file could not be.
   *[other] The machine is deleted, but { $count } files could not be.
}
cli-reset-ask = Reset? What the guest has not written to disk is lost.
cli-force-off-ask = Force off? What the guest has not written to disk is lost.
cli-revert-ask = Revert { $name } to { $snapshot }? Its present state is lost.
cli-delete-snapshot-ask = Delete the snapshot { $snapshot } of { $name }?
cli-snapshot-pause = The machine stands still for about { $pause }.
cli-needs-yes = This destroys something and nobody can be asked here. Add --yes to go ahead.
cli-nothing-done = Nothing was done.
cli-software-emulation = { $name } runs by software emulation, much slower. { $why }
cli-leftovers-found = Berth or the computer stopped while { $name } was being made, and files were left behind. To see and remove them: berth leftovers --remove
cli-leftovers-ask = Remove these files?
cli-leftovers-stay = { $count ->
    [one] One file could not be removed.
   *[other] { $count } files could not be removed.
}
cli-not-read = { $count ->
    [one] What one machine is made of could not be read within { $duration }.
   *[other] What { $count } machines are made of could not be read within { $duration }.
}
cli-no-answer = No answer within { $duration }. What was begun goes on by itself, if it can.
cli-still-waiting = Still waiting. Ctrl+C ends the wait; what was begun goes on.
cli-no-sample = { $name }  { $state }: nothing is measured
cli-nothing-runs = No machine is running.
cli-nothing-runs-yet = None of these machines is running yet. Waiting…
cli-connection-back = Connected again.
cli-machine-gone = { $name } is gone.
cli-no-disk = The machine has neither a disk nor a disc. To give it a disk: --disk 20GiB, or --import FILE
cli-at-next-start = { $name } is changed; it takes effect at the next start.
cli-xml-fine = { $file }: well-formed
cli-xml-fits = { $file }: well-formed, and libvirt takes it
cli-device-kind = There is no kind of device “{ $kind }”. There are: { $kinds }
cli-device-needs = A new { $kind } needs --set { $setting }=…
cli-device-size = --size makes a new image for a disk: berth device add NAME disk --size 20GiB
cli-device-remove-ask = Take { $device } out of { $name }? Files that it uses stay.
cli-xml-not-running = { $name } is not running; without --live you get the XML of its next start.
cli-xml-no-fingerprint = “{ $text }” is no fingerprint; berth xml get NAME --json tells one.
cli-edit-what = Say what to edit: --file IN.xml, or --dir IN --out OUT. --list-properties lists what can be set.
cli-edit-where-to = Say where the changed files go: --out OUT. --dry-run shows what would change.
cli-edit-nothing = Say what to change: --set PROPERTY=VALUE, --unset PROPERTY or --set-secret PROPERTY.
cli-edit-secret-typed = A secret is read from standard input, and that is a terminal. Give it by a pipe or a file.
cli-edit-unchanged = it is so already
cli-edit-would-change = would be changed
cli-edit-applied = changed
cli-edit-until-it-stops = changed until the machine stops
cli-edit-at-next-start = changed at the next start
cli-edit-at-next-start-because = changed at the next start; not now: { $words }
cli-edit-waits-for-guest = changed; the guest has been asked and has not followed yet (now: { $found })
cli-edit-ignored = ignored by libvirt: it is still { $found }
cli-edit-differs = neither as it was nor as asked: it is now { $found }
cli-edit-refused = not changed: { $words }
cli-edit-not-live = not changed: it cannot be changed while the machine runs
cli-edit-nothing-held = not set
cli-edit-adjusted = libvirt keeps it a little differently from what was asked:
cli-history-entry = { $number }  { $time }  { $what }
cli-history-undone = { $number }  { $time }  { $what }  (undone)
cli-edit-no-value = “{ $text }” gives no value. Write PROPERTY=VALUE.
cli-edit-secret = { $name } is a secret: an argument can be read by every program of this computer.
cli-edit-hidden = (hidden)
cli-edit-too-large = larger than { $mebibytes } MiB
cli-edit-not-utf8 = line { $line } is not UTF-8; only XML in UTF-8 can be edited
cli-edit-not-regular = not a regular file
cli-edit-out-inside = { $folder } is left out: the changed files go there.
cli-edit-files-dry = { $bad ->
    [0] { $changed } of { $files } files would change; nothing was written.
   *[other] { $changed } of { $files } files would change, { $bad } cannot; nothing was written.
}
cli-edit-files = { $bad ->
    [0] { $done } files written.
   *[other] { $done } files written, { $bad } could not be.
}
cli-console-leave = Connected to { $name }. Ctrl+] leaves; the machine goes on.
cli-console-off = { $name } is not running. Start it with “berth start”, or wait for it with --wait.
cli-console-none = { $name } has no serial line.
cli-console-no-device = { $name } has no serial device { $device }; it has: { $devices }.
cli-console-closed = { $device } of { $name } leads to a file, a pipe or the network and cannot be opened here.
cli-console-waiting = Waiting for { $name } to start
cli-console-stopped = { $name } has stopped
cli-console-again = { $name } has started; connected again
cli-console-taken = Another program has taken the serial line of { $name }, or its connection was lost.
cli-console-skipped = { $size } of what the guest said came faster than it could be shown and are missing here.
cli-console-opening = opening the serial line
