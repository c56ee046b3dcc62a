hardware-guest-refused = 客户机拒绝放开它；下次启动时移除
hardware-guest-refused-live = 客户机拒绝放开它
hardware-guest-silent = 客户机在 { $seconds } 秒内没有响应；下次启动时移除
hardware-guest-silent-live = 客户机在 { $seconds } 秒内没有响应
group-seclabel = 安全标签
group-forward = 端口转发
group-forward_range = 转发的端口范围
group-interface_ip = 地址
group-interface_route = 路由
group-vlan_tag = VLAN 标签
hardware-list-seclabel = 安全模型，例如 selinux 或 dac

# 虚拟机运行时可插入的设备
root-ports-free = { $total } 个 PCIe 根端口中有 { $free } 个空闲
root-ports-more = 再添加 { $count } 个
root-ports-text = 虚拟机运行时插入的每个设备占用一个端口。新端口在下次启动时生效。
root-ports-cure = { $words }。所有 PCIe 根端口都已占用。该设备将在下次启动时出现，届时 libvirt 会添加端口；如需在运行时插入更多设备，请在 PCI 控制器的表单中（或用 “berth device add --xml”）添加端口，然后重新启动

# 可添加的内存
memory-devices = 可添加的内存
memory-devices-text = Virtio 内存可在虚拟机运行时小块增减，前提是客户机有相应驱动（Linux 5.8，或装有 VirtIO 驱动的 Windows）。DIMM 与真实主板一样整条插入。
memory-device-change = 更改
memory-device-open = 更改：{ $name }
memory-device-given = { $most } 中的 { $given }
memory-add-virtio = 添加 virtio 内存
memory-add-virtio-text = 初始为 1 GiB，尚未分配
memory-add-dimm = 添加 DIMM
memory-add-dimm-text = 初始为 1 GiB
memory-needs-room = 虚拟机将获得可添加内存的空间，最多 { $most }。
memory-needs-node = 它的内存和处理器将成为客户机的节点 0，新内存属于该节点。
memory-needs-start = 因此这些更改在下次启动时生效；之后即可在运行时添加内存。
memory-at-once = 运行中的虚拟机立即获得。
field-memory-device-size-help = 最多可容纳的量，以整块计。
field-memory-device-requested-help = 客户机应得到的部分；可在运行时更改。
field-machine-memory-max-help = 虚拟机的内存加上所有可添加的内存。启动时确定：运行中的虚拟机不能再增加。
field-machine-memory-access-help = “shared” 让主机上的辅助程序（如 virtiofs）使用同一内存；“private” 使其仅归虚拟机所有。
field-memballoon-stats-period-help = 客户机多久报告一次内存用量。没有它，图表只显示分配量；每 5 秒一次几乎没有开销。
