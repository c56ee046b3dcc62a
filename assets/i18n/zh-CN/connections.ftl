connections-title = 连接
connections-add = 添加连接…
connections-none = 没有连接
connections-none-text = 连接到本机或其他计算机即可查看其虚拟机。
connections-state-idle = 未打开
connections-state-connecting = 正在连接…
connections-state-slow = 正在准备虚拟化，仅首次需要…
connections-state-live = 已连接
connections-state-lost = 未连接
connections-machines = { $count ->
    [0] 没有虚拟机
   *[other] { $count } 台虚拟机
}
connections-versions = libvirt { $libvirt } · { $driver } { $hypervisor }
connections-libvirt-says = libvirt 的原话：{ $message }
connections-retry-at = { $time }后再次尝试
connections-retry-never = 等待您的操作：在您要求之前不会再次尝试。
connections-open = 连接
connections-retry = 重试
connections-close = 断开
connections-forget = 移除
connections-open-name = 连接到{ $host }
connections-retry-name = 重试{ $host }
connections-close-name = 断开{ $host }
connections-forget-name = 移除{ $host }
connections-copy = 复制
connections-copy-name = 复制命令：{ $command }
