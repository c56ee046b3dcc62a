# The order in which a machine tries what it could start from
boot-order = Boot order
boot-order-text = Tried from top to bottom. Drag to arrange, or use Alt with the arrow keys.
boot-place = { $number }. { $name }
boot-not = { $name }, not started from
boot-switch = Start from { $name }
boot-up = Move up: { $name }
boot-down = Move down: { $name }
boot-first = It is the first already
boot-last = It is the last already
boot-kinds = So far the machine starts by kinds of devices: { $kinds }. With your first change here, each device gets a place of its own instead.
boot-unmatched = The machine has no device of these kinds, so they go with that change: { $kinds }
boot-both = The machine has kinds (under “More settings”) and places of single devices at once, which libvirt refuses. Arranging anything here leaves the places only.
boot-none = Nothing is switched on: libvirt then starts from the first disk.

# Another firmware for a machine that exists
field-machine-firmware = Firmware
field-machine-firmware-help = libvirt chooses its files anew. An installed system usually starts with the firmware only that it was installed with.
field-machine-os-firmware = How libvirt finds the firmware
word-firmware-uefi = UEFI
word-firmware-secure-boot = UEFI with Secure Boot
firmware-to-uefi = What is installed may not start any more: a system that was installed with BIOS usually has no EFI partition. Changing back brings it back.
firmware-to-uefi-secure = What is installed may not start any more: a system that was installed with BIOS usually has no EFI partition, and Secure Boot starts only what is signed. Changing back brings it back.
firmware-to-bios = What is installed may not start any more: a system that was installed with UEFI usually has nothing that a BIOS can start. Changing back brings it back.
firmware-to-secure = Only signed boot loaders, kernels and drivers start with Secure Boot. The guest sees new keys: a disk that it encrypted may ask for its recovery key.
firmware-no-longer-secure = The guest sees that Secure Boot is gone: a disk that it encrypted may ask for its recovery key.
firmware-old-board = Secure Boot needs the board q35; this machine has an older one, and libvirt will refuse it.
firmware-needs-acpi = UEFI needs ACPI, which is off (Features): libvirt will refuse it.
firmware-variables-anew = UEFI’s variables begin anew, without boot entries and keys that the guest has stored. The old ones stay as they are in { $path }; Undo brings them back.
firmware-variables-kept = UEFI’s variables stay as they are in { $path }; Undo brings them back.
firmware-no-snapshots = With the variables in a raw file, as libvirt makes it, the machine can take no snapshots in its disks; reverting to one from before brings back the firmware of that time.
firmware-kept = The variables of the former firmware stay in { $path }.
boot-autostart = Start with the host
boot-autostart-help = libvirt starts it when the computer starts.
boot-autostart-session-help = libvirt starts it when the first program asks for your machines, after you log in.
