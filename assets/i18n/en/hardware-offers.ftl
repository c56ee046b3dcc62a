offer-missing = This host does not offer it for this machine.
offer-passthrough-missing = It needs KVM, which this machine does not use or this host does not offer.
offer-no-render-node = This host has no graphics card that draws for its machines: with this the machine would not start.
offer-needs-i440fx = Only machines of the board i440fx have it.
offer-needs-pcie = Only boards with PCI Express, such as q35, have a place for it.
hindrance-control-groups = It needs a system connection: libvirt cannot limit a user’s own machines, and with this the machine would not start.
hindrance-huge-pages = It needs a system connection: a user’s own machines get no huge pages, and with this the machine would not start.
hindrance-locked-memory = It needs a system connection: a user’s own machines cannot lock their memory, and with this the machine would not start.
hindrance-user-network-limit = libvirt cannot limit a network of the user: it needs a network or a bridge.
hindrance-user-network-mtu = libvirt cannot set it for a network of the user, and the machine would not start: it needs a network or a bridge.
hindrance-no-vsock = This computer has no /dev/vhost-vsock that the machine could use: load the kernel’s module vhost_vsock first.
offer-not-started = { $name } (not started)
offer-alias = { $name } (now { $of })
offer-deprecated = { $name } (outdated)
offer-model-missing = This host's processor cannot be it.
offer-model-lacks = This host's processor lacks { $features }.
pairing-local-only = Only programs of this computer can show what is drawn so: under “Reached by”, choose a socket file or nobody but this program.
pairing-no-screen = No screen of the machine is drawn by the host’s graphics card: switch that on in “Screen access”, or add one without a window (EGL).
pairing-shared-memory = virtiofs needs memory that the host may use too, else the machine does not start: in “Memory”, put “Access to memory” on “Shared” and “Where memory comes from” on “memfd”.
limit-memory = More than the host has ({ $host }): the machine may not start, or slow everything down.
limit-memory-max = More than the host has ({ $host }): the machine can never get all of it.
limit-vcpus-most = More than this kind of machine can have ({ $most }): libvirt will refuse it.
limit-vcpus-host = More than the { $count } processors of the host: the machine gets no faster by it.
limit-cpu = The host has no processor { $id }: the machine would not start.
limit-node = The host has no NUMA node { $id }: the machine would not start.
limit-page = The host has no pages of { $size }, only of { $known }: the machine would not start.
limit-page-none = The host has set aside no pages of { $size }: the machine would not start.
offer-pick = Choose: { $name }

cores-title = The host's processors
cores-node = NUMA node { $node }
cores-none = None
cores-all = All
cores-all-performance = Performance cores
cores-all-efficiency = Efficiency cores
cores-all-node = Node { $node }
cores-unknown = The host does not say which processors it has. Type their numbers.
cores-cpu = Processor { $id }
cores-performance = performance core
cores-efficiency = efficiency core
cores-shared = shares its core with { $others }
pins-one-each = A host processor for each
pins-none = No pins
pins-too-few = The host has { $cores } processors, the machine { $vcpus }.

topology-none = The guest sees one socket for each processor.
topology-sockets = { $count ->
    [one] 1 socket
   *[other] { $count } sockets
  }
topology-dies = { $count ->
    [one] 1 die
   *[other] { $count } dies
  }
topology-clusters = { $count ->
    [one] 1 cluster
   *[other] { $count } clusters
  }
topology-cores = { $count ->
    [one] 1 core
   *[other] { $count } cores
  }
topology-threads = { $count ->
    [one] 1 thread
   *[other] { $count } threads
  }
topology-fits = { $sides } = { $count } processors, as many as the machine has.
topology-differs = { $sides } = { $count }, but the machine has { $vcpus }. libvirt will refuse this.
topology-fit = Make it { $count } processors

mitigations-title = Pass on protections
mitigations-help = What this host’s processor has against Spectre and its kin, for the guest to use: { $names }.
mitigations-some = { $on } of { $all } are passed on: { $names }.
mitigations-host = This model has all the protections that the host’s processor has.
mitigations-host-but = All that the host’s processor has, but { $names }: those are switched off one by one.
mitigations-emulated = The processor is emulated: the host’s protections mean nothing in it.
mitigations-no-model = Choose a model first.
mitigations-none = The host’s processor has none that could be passed on.
share-title = Share of the host
share-low = Low
share-normal = Normal
share-high = High
share-custom = Custom
share-low-help = Half of what another machine gets when the host is busy.
share-low-batch-help = Gives way to programs you work with when the host is busy.
share-normal-help = As much as any other machine.
share-no-high-help = As much as any other program. More than that needs the system connection of this computer.
share-high-help = Four times what another machine gets when the host is busy.
share-custom-help = Set by hand under “Limits”.
share-show-limits = Show the limits

host-there = The machine has it already.
host-usb = USB { $ids }, bus { $bus }, device { $device }
host-usb-unnamed = USB device { $ids }
host-pci = PCI { $address }
host-pci-driver = used by { $driver }
host-pci-with = goes together with { $others }
host-pci-session = It needs the system connection of this computer.
host-pci-no-iommu = The host's IOMMU is off: switch it on in its firmware and kernel.
host-pci-storage = Disk controller
host-pci-network = Network card
host-pci-graphics = Graphics card
host-pci-sound = Sound device
host-pci-usb = USB controller
host-pci-other = PCI device
host-mdev = Part of a device ({ $kind })
host-half-group = { $address } shares its IOMMU group with { $others }: give them to the machine together, or none.

field-new-mac = A new address
balloon-name = Memory it has now
balloon-given = { $given } of { $most }
balloon-used = its guest uses { $used }
balloon-unknown = what its guest uses is not known
balloon-too-little = Less than the guest uses: it will swap, or stop programs.
balloon-none = The machine has no memory balloon: what it has cannot be changed while it runs.
balloon-lent = { $size } of it is lent while the host is short of memory.
balloon-lends-nothing = That is all that the machine has: nothing is lent.
offer-no-uefi = This host has no UEFI firmware for this kind of machine.
offer-no-secure-boot = This host has no Secure Boot firmware for this machine’s board; it takes the board q35 and firmware files made for it.
