connections-title = Connections
connections-add = Add a connection…
connections-none = No connection
connections-none-text = Connect to this computer or to another one to see its machines.
connections-state-idle = Not open
connections-state-connecting = Connecting…
connections-state-slow = Preparing virtualisation, first time only…
connections-state-live = Connected
connections-state-lost = Not connected
connections-machines = { $count ->
    [0] no machines
    [one] 1 machine
   *[other] { $count } machines
}
connections-versions = libvirt { $libvirt } · { $driver } { $hypervisor }
connections-libvirt-says = libvirt says: { $message }
connections-retry-at = Next attempt in { $time }
connections-retry-never = Waits for you: nothing is tried until you ask for it.
connections-open = Connect
connections-retry = Try again
connections-close = Disconnect
connections-forget = Forget
connections-open-name = Connect to { $host }
connections-retry-name = Try { $host } again
connections-close-name = Disconnect { $host }
connections-forget-name = Forget { $host }
connections-copy = Copy
connections-copy-name = Copy the command: { $command }
