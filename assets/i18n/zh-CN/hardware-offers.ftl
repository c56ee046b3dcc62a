offer-missing = 此主机不为这台虚拟机提供该选项。
offer-passthrough-missing = 需要 KVM，而这台虚拟机未使用 KVM 或此主机不提供。
offer-no-render-node = 此主机没有可为虚拟机绘图的显卡：开启后虚拟机将无法启动。
offer-not-started = { $name }（未启动）
offer-alias = { $name }（当前为 { $of }）
offer-deprecated = { $name }（已过时）
offer-model-missing = 此主机的处理器无法作为该型号。
offer-model-lacks = 此主机的处理器缺少 { $features }。
offer-pick = 选择：{ $name }

cores-title = 主机的处理器
cores-node = NUMA 节点 { $node }
cores-none = 无
cores-all = 全部
cores-all-performance = 性能核
cores-all-efficiency = 能效核
cores-all-node = 节点 { $node }
cores-unknown = 主机没有说明它有哪些处理器。请输入编号。
cores-cpu = 处理器 { $id }
cores-performance = 性能核
cores-efficiency = 能效核
cores-shared = 与 { $others } 共用一个核心
pins-one-each = 每个处理器对应一个主机处理器
pins-none = 不绑定
pins-too-few = 主机有 { $cores } 个处理器，虚拟机有 { $vcpus } 个。

topology-none = 客户机看到的每个处理器各占一个插槽。
topology-sockets = { $count } 个插槽
topology-dies = { $count } 个晶片
topology-clusters = { $count } 个簇
topology-cores = { $count } 个核心
topology-threads = { $count } 个线程
topology-fits = { $sides } = { $count } 个处理器，与虚拟机的数量一致。
topology-differs = { $sides } = { $count }，但虚拟机有 { $vcpus } 个。libvirt 会拒绝这样的设置。
topology-fit = 改为 { $count } 个处理器

share-title = 占用主机的份额
share-low = 低
share-normal = 普通
share-high = 高
share-custom = 自定义
share-low-help = 主机繁忙时，得到其他虚拟机的一半。
share-low-batch-help = 主机繁忙时，让位于您正在使用的程序。
share-normal-help = 与其他虚拟机一样多。
share-no-high-help = 与其他程序一样多。要更多需使用本机的系统连接。
share-high-help = 主机繁忙时，得到其他虚拟机的四倍。
share-custom-help = 在“限制”中手动设置。
share-show-limits = 显示限制

host-there = 虚拟机已有此设备。
host-usb = USB { $ids }，总线 { $bus }，设备 { $device }
host-usb-unnamed = USB 设备 { $ids }
host-pci = PCI { $address }
host-pci-driver = 由 { $driver } 使用
host-pci-with = 须与 { $others } 一起分配
host-pci-session = 需要使用本机的系统连接。
host-pci-no-iommu = 主机的 IOMMU 已关闭：请在其固件和内核中启用。
host-pci-storage = 磁盘控制器
host-pci-network = 网卡
host-pci-graphics = 显卡
host-pci-sound = 声音设备
host-pci-usb = USB 控制器
host-pci-other = PCI 设备
host-mdev = 设备的一部分（{ $kind }）
host-half-group = { $address } 与 { $others } 同属一个 IOMMU 组：请一起分配给虚拟机，或都不分配。

field-new-mac = 新地址
balloon-name = 当前拥有的内存
balloon-given = { $given }，最多 { $most }
balloon-used = 客户机使用了 { $used }
balloon-unknown = 不知道客户机使用了多少
balloon-too-little = 少于客户机正在使用的内存：它将使用交换空间，或终止程序。
balloon-none = 虚拟机没有内存气球：运行时无法改变其内存。
offer-no-uefi = 此主机没有适合这类虚拟机的 UEFI 固件。
offer-no-secure-boot = 此主机没有适合这台虚拟机主板的安全启动固件；需要 q35 主板及相应的固件文件。
