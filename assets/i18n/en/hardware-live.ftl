hardware-guest-refused = The guest refuses to let go of it; it goes at the next start
hardware-guest-refused-live = The guest refuses to let go of it
hardware-guest-silent = The guest did not answer in { $seconds } s; it goes at the next start
hardware-guest-silent-live = The guest did not answer in { $seconds } s
group-seclabel = Security labels
group-forward = Port forwards
group-forward_range = Ranges of forwarded ports
group-interface_ip = Addresses
group-interface_route = Routes
group-vlan_tag = VLAN tags
hardware-list-seclabel = Security model, such as selinux or dac

# Room for devices that are plugged in while the machine runs
root-ports-free = { $free } of { $total } PCIe root ports free
root-ports-more = Add { $count } more
root-ports-text = A device that is plugged in while the machine runs takes one. New ports come with the next start.
root-ports-cure = { $words }. All PCIe root ports are taken. It comes with the next start, for which libvirt adds a port; for more devices while the machine runs, add ports on the form of a PCI controller, or with “berth device add --xml”, and start it again

# Memory that can be added
memory-devices = Memory that can be added
memory-devices-text = Virtio memory grows and shrinks in small pieces while the machine runs, where the guest has a driver for it (Linux 5.8, Windows with the VirtIO drivers). A DIMM is plugged in whole, as on a real board.
memory-device-change = Change
memory-device-open = Change: { $name }
memory-device-given = { $given } of { $most }
memory-add-virtio = Add virtio memory
memory-add-virtio-text = 1 GiB to begin with, of which nothing is given yet
memory-add-dimm = Add a DIMM
memory-add-dimm-text = 1 GiB to begin with
memory-needs-room = The machine gets room for memory to be added, up to { $most }.
memory-needs-node = Its memory and processors become node 0 of the guest, to which the new memory belongs.
memory-needs-start = Because of that it all comes with the next start; from then on memory can be added while the machine runs.
memory-at-once = A machine that runs gets it at once.
field-memory-device-size-help = The most that it can hold, in whole blocks.
field-memory-device-requested-help = How much of it the guest is to have; changed while the machine runs.
field-machine-memory-max-help = The machine’s memory and everything that can be added to it. Known from the start on: a machine that runs cannot get more.
field-machine-memory-access-help = “Shared” lets helpers on the host, such as virtiofs, use the same memory; “private” keeps it the machine’s own.
field-memballoon-stats-period-help = How often the guest tells how much memory it uses. Without it, graphs show only what it was given; every 5 seconds costs next to nothing.
