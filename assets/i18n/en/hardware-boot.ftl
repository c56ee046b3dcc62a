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
