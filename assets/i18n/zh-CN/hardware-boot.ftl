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

# 为已有的虚拟机更换固件
field-machine-firmware = 固件
field-machine-firmware-help = libvirt 会重新选择固件文件。已安装的系统通常只能用安装时的固件启动。
field-machine-os-firmware = libvirt 如何查找固件
word-firmware-uefi = UEFI
word-firmware-secure-boot = UEFI 与安全启动
firmware-to-uefi = 已安装的系统可能无法再启动：用 BIOS 安装的系统通常没有 EFI 分区。改回去即可恢复。
firmware-to-uefi-secure = 已安装的系统可能无法再启动：用 BIOS 安装的系统通常没有 EFI 分区，而且安全启动只启动已签名的内容。改回去即可恢复。
firmware-to-bios = 已安装的系统可能无法再启动：用 UEFI 安装的系统通常没有 BIOS 可启动的内容。改回去即可恢复。
firmware-to-secure = 启用安全启动后，只有已签名的引导程序、内核和驱动才能启动。客户机会看到新的密钥：它加密的磁盘可能要求恢复密钥。
firmware-no-longer-secure = 客户机会发现安全启动已关闭：它加密的磁盘可能要求恢复密钥。
firmware-old-board = 安全启动需要 q35 主板；这台虚拟机的主板较旧，libvirt 会拒绝。
firmware-needs-acpi = UEFI 需要 ACPI，而它已关闭（功能）：libvirt 会拒绝。
firmware-variables-anew = UEFI 变量将重新开始，不含客户机保存的启动项和密钥。旧变量原样保留在 { $path }；撤销即可恢复。
firmware-variables-kept = UEFI 变量原样保留在 { $path }；撤销即可恢复。
firmware-no-snapshots = libvirt 把变量放在 raw 文件中，因此虚拟机无法在磁盘中创建快照；恢复到以前的快照会同时恢复当时的固件。
firmware-kept = 原固件的变量保留在 { $path }。
boot-autostart = 随主机启动
boot-autostart-help = 计算机启动时由 libvirt 启动。
boot-autostart-session-help = 登录后，当第一个程序访问你的虚拟机时由 libvirt 启动。
