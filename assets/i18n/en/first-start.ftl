first-welcome = Welcome to Berth
first-text = Create a virtual machine, start it and watch it work.
first-virtualisation = Hardware virtualisation works
first-virtualisation-text = KVM was tried with a tiny machine: { $millis } ms.
first-virtualisation-testing = Trying hardware virtualisation…
first-virtualisation-missing = No hardware virtualisation
first-virtualisation-absent = Machines run by software emulation, much slower. Turn on VT-x or AMD-V in the firmware settings of this computer.
first-virtualisation-denied = You may not use /dev/kvm yet. Join the group “kvm” and log in again.
first-virtualisation-slow = KVM is there but too slow: this computer is probably a virtual machine itself. Machines run by software emulation.
first-virtualisation-failed = KVM was tried and failed: { $reason }
first-libvirt = QEMU and libvirt found
first-libvirt-text = libvirt { $libvirt }, QEMU { $qemu }
first-libvirt-connecting = Connecting to libvirt…
first-libvirt-slow = Preparing virtualisation, first time only
first-libvirt-missing = libvirt does not answer
first-room = Room for disks
first-room-text = { $free } free in { $folder }
first-room-checking = Looking for room…
first-room-missing = Little room for disks
first-room-short = Only { $free } free in { $folder }. Free some space before installing a system.
first-room-failed = The folder for disks could not be read
first-room-waiting = Known once libvirt answers
first-others = { $count ->
    [one] Show the machine already on this computer
   *[other] Show the { $count } machines already on this computer
}
first-connect-own = Connect to this computer
first-test-again = Test again
first-check-again = Check again
first-copy = Copy the command
first-state-done = { $title }: yes
first-state-waiting = { $title }: being checked
first-state-trouble = { $title }: no
first-sample = Try a sample machine
first-sample-text = A tiny machine that needs no installer: it draws, computes and answers the keyboard.
first-sample-busy = Something is being made already
