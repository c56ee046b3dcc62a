# 虚拟机尝试启动设备的顺序
boot-order = 启动顺序
boot-order-text = 从上到下依次尝试。可拖动排列，或按 Alt 加方向键。
boot-place = { $number }. { $name }
boot-not = { $name }，不从它启动
boot-switch = 从 { $name } 启动
boot-up = 上移：{ $name }
boot-down = 下移：{ $name }
boot-first = 已经是第一个
boot-last = 已经是最后一个
boot-kinds = 目前此虚拟机按设备类型启动：{ $kinds }。在此首次更改后，每个设备改为有自己的位置。
boot-unmatched = 虚拟机没有这些类型的设备，它们会随该更改一起去掉：{ $kinds }
boot-both = 此虚拟机同时有设备类型（在“更多设置”中）和单个设备的位置，libvirt 会拒绝。在此排列后只保留位置。
boot-none = 没有任何一项开启：libvirt 将从第一块磁盘启动。
