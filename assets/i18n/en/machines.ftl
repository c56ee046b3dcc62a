# The frame of the window
app-name = Berth
sidebar-name = Places
sidebar-all = All machines
sidebar-running = Running
sidebar-attention = Needs attention
sidebar-tags = Tags
sidebar-hosts = Hosts
sidebar-connections = Connections
sidebar-settings = Settings
host-figures = CPU { $cpu } · RAM { $memory }
host-state-live = connected
host-connecting = connecting…
host-connecting-slow = preparing…
host-retry = retry in { $time }
host-lost = not connected

# Filter
filter-name = Filter machines
filter-help = Words, or tag:web, state:running, host:lab, ip:192.168
filter-prefix-tag = tag
filter-prefix-state = state
filter-prefix-host = host
filter-prefix-address = address
filter-clear = Clear the filter

# Machines page
machines-title = All machines
machines-title-running = Running
machines-title-attention = Needs attention
machines-title-tag = Tag “{ $tag }”
machines-new = New machine…
machines-table = Machines
machines-count = { $count ->
    [one] 1 machine
   *[other] { $count } machines
}
machines-group = { $name } ({ $count })
machines-no-tag = No tag
machines-listing = Show as
machines-as-cards = Cards
machines-as-table = Table
machines-row = { $name }, { $state }
machines-row-cpu = { $name }, { $state }, CPU { $cpu }
column-name = Name
column-state = State
column-cpu = CPU
column-memory = Memory
column-disk = Disk
column-network = Network
column-address = Address
column-uptime = Uptime
column-tags = Tags
column-host = Host
column-sort = Sort by { $column }
column-sorted-up = { $column }, sorted, lowest first
column-sorted-down = { $column }, sorted, highest first
pill-not-responding = Not responding
memory-cache = Memory: { $used } used, { $cache } cache, { $given } given
memory-given-only = { $given } given
memory-use-unknown = use unknown
memory-gap = This guest does not report its memory. Its balloon driver is missing or off: Linux brings one, Windows needs the virtio drivers.
memory-gap-booting = The guest has not reported its memory yet.
cpu-sentence = CPU { $now }, peak { $peak } in the last minute
cpu-unknown = CPU unknown
figure-sentence = { $name } { $now }, peak { $peak } in the last minute
figure-sentence-now = { $name } { $now }
address-copy = Copy { $address }
unknown-figure = –
selection-count = { $count ->
    [one] 1 selected
   *[other] { $count } selected
}
selection-clear = Clear selection
selection-hidden = { $count ->
    [one] 1 more is not shown
   *[other] { $count } more are not shown
}
selection-action = { $action } ({ $count })
selection-more = More actions
machine-make-shortcut = Create desktop shortcut
machine-menu = Actions for { $name }

machines-last-known = Last known list — connecting…
machines-last-known-lost = Last known list — { $host } is not connected
machines-loading = Reading the machines…
machines-loading-slow = Preparing virtualisation, first time only
machines-loading-slow-text = libvirt is finding out what this computer can do. This takes up to a minute, once.
machines-no-match = Nothing matches “{ $filter }”
machines-no-match-text = Machines are looked for by name, tag, state, address and host.
machines-none-running = Nothing is running
machines-none-running-text = Start a machine and it appears here.
machines-all-well = All well
machines-all-well-text = No machine is stopped by an error, crashed or silent.
machines-none-tag = No machine has this tag any more
machines-none-host = No machines on this host yet
machines-none-host-text = Create one, or import a disk you already have.
machines-show-all = Show all machines
machines-lost-title = Not connected to { $host }
machines-retry = Try again
machines-connections = Connections…

# Inspector
inspector-name = Inspector
inspector-close = Close the inspector
inspector-empty = Select a machine to see it here
inspector-many = { $count } machines selected
inspector-state-count = { $state }: { $count }
inspector-memory-total = Memory given to those that run
inspector-cpu = CPU
inspector-memory = Memory
inspector-disk = Disk
inspector-network = Network
inspector-address = Address
inspector-details = Details

# Jobs and messages
jobbar-name = Jobs
jobbar-cancel = Cancel
jobbar-cancel-name = Cancel: { $job }
jobbar-dismiss-name = Dismiss: { $job }
jobbar-show-all = Show all jobs
jobbar-hide = Show fewer
jobbar-dismiss-all = Dismiss all that failed
jobbar-count = { $count ->
    [one] 1 job
   *[other] { $count } jobs
}
jobbar-failed = { $count ->
    [one] 1 failed
   *[other] { $count } failed
}
jobbar-more = { $count ->
    [one] and 1 more
   *[other] and { $count } more
}
jobbar-force-off = Force off…
jobbar-details = Copy details
toast-close = Close this message

# Palette and shortcuts
palette-hint = Type a command or a machine
palette-none = Nothing matches
shortcuts-title = Keyboard shortcuts
shortcuts-everywhere = Everywhere
shortcuts-list = In the list of machines
shortcut-move = Move through the rows
shortcut-move-far = Move further
shortcut-extend = Mark several
shortcut-toggle = Mark one more, or one less
shortcut-range = Mark all up to this one
shortcut-all = Mark all
shortcut-console = Open the console, started if off
shortcut-open = Open the machine’s page
shortcut-open-too = Open the machine’s page
shortcut-menu = Actions of the row
shortcut-escape = Clear the selection, close details
keys-arrows = Up / Down
keys-pages = PgUp / PgDn / Home / End
keys-extend = Shift+Up / Down
keys-toggle = Ctrl+click
keys-range = Shift+click
keys-all = Ctrl+A
keys-enter = Enter
keys-alt-enter = Alt+Enter
keys-double-click = Double click
keys-menu = Shift+F10
keys-escape = Esc
shortcuts-screen = On a machine’s screen
shortcut-screen-release = Give keyboard and pointer back
shortcut-screen-full = Fill the display
shortcut-screen-palette = Command palette
shortcut-screen-snapshot = Take a snapshot
shortcut-screen-ctrl-alt-del = Send Ctrl+Alt+Del
shortcut-screen-machine = That machine’s screen
inspector-waiting-text = Shows what they are, on the Hardware page
