dialog-cancel = 取消
dialog-close = 关闭

# 新建虚拟机
new-title = 新建虚拟机
new-host = 位置
new-name = 名称
new-name-hint = 例如：web-1
new-source = 启动来源
new-source-installer = 安装映像
new-source-disk = 已有磁盘
new-source-nothing = 无
new-installer = 安装映像（ISO）
new-disk-path = 磁盘映像
new-path-hint = 文件路径
new-path-hint-remote = { $host } 上的文件路径
new-browse = 浏览…
new-disk-in-place = 映像将在原处使用，仍归您所有：删除虚拟机不会删除它。
new-medium-checking = 正在检查文件…
new-medium-iso = 光盘映像，{ $size }
new-medium-qcow2 = qcow2 映像，客户机可见 { $capacity }，占用磁盘 { $size }
new-medium-raw = 原始映像，{ $size }
new-medium-unchecked = 未检查：该主机的存储池中没有此文件
new-hardware = { $memory } 内存，{ $cpus }，{ $disk } 磁盘
new-hardware-no-disk = { $memory } 内存，{ $cpus }
new-cpus = { $count } 个 CPU
new-change = 更改
new-memory = 内存
new-memory-unit = MiB
new-vcpus = CPU
new-disk = 磁盘
new-disk-unit = GiB
new-disk-none = 设为 0 则不创建磁盘
new-room = { $folder } 中可用 { $free }
new-room-short = 仅剩 { $free } 可用：磁盘会随写入增长，空间可能不足。
new-network = 网络
new-network-auto = 自动
new-network-passt = passt
new-network-user = 用户模式网络
new-network-none = 无
new-network-auto-passt = 将使用 passt：已测试可用
new-network-auto-user = 将使用用户模式网络：passt 在此不可用
new-accel = 加速
new-accel-auto = 自动
new-accel-kvm = KVM
new-accel-software = 软件
new-accel-works = KVM 可用：测试虚拟机用时 { $millis } 毫秒。
new-accel-absent = 这台计算机不提供 KVM，虚拟机会慢得多。
new-accel-denied = 您无权使用 /dev/kvm：请加入“kvm”用户组后重新登录。在此之前虚拟机会慢得多。
new-accel-slow = KVM 存在，但慢到无法使用（{ $seconds } 秒没有响应）。将使用软件模拟。
new-accel-failed = 尝试使用 KVM 失败：{ $reason }
new-accel-untested = 尚未测试
new-accel-testing = 正在测试这台计算机的能力…
new-accel-software-chosen = 软件模拟在任何计算机上都可用，但慢得多。
new-test-again = 重新测试
new-start = 立即启动
new-create = 创建
new-create-start = 创建并启动
new-not-connected = 未连接到{ $host }：现在无法在那里创建。
new-incomplete = 请先填写缺少的内容。

# 删除
delete-title = { $count ->
    [1] 删除 { $name }？
   *[other] 删除 { $count } 台虚拟机？
}
delete-running = { $name } 正在运行，将先被强制关闭。未保存的内容会丢失。
delete-files = 一并删除的文件
delete-files-of = { $name } 的文件
delete-loading = 正在查找文件…
delete-no-files = 没有属于这台虚拟机的文件。
delete-kind-disk = 磁盘
delete-kind-imported = 您自己的磁盘映像
delete-kind-nvram = 固件设置
delete-kind-former-nvram = 更换固件前的固件设置，为“撤销”保留
delete-kind-saved = 已保存的状态
delete-kind-tpm = TPM 状态（可能存有加密磁盘的密钥）
delete-kind-log = 串口日志
delete-unread = 无法查询以下虚拟机使用哪些文件：{ $names }
delete-used-by = { $names } 也在使用
delete-size-unknown = 大小未知
delete-snapshots = 一并删除 { $count } 个快照：{ $names }
delete-snapshots-stay = { $count } 个快照留在保留的磁盘中，只有其他工具能看到：{ $names }
delete-freed = 将释放 { $size }
delete-freed-none = 不删除任何文件
delete-button = { $count ->
    [1] 删除
   *[other] 删除 { $count } 台虚拟机
}
delete-button-forced = 强制关闭并删除
delete-button-without-files = 删除但保留文件
delete-button-forced-without-files = 强制关闭并删除，保留文件
delete-files-unknown = 如果现在删除，其文件将留在原处。
delete-look-again = 重新查找
delete-look-again-name = 重新查找 { $name } 的文件
delete-file-name = { $kind } { $file }，{ $size }
delete-denied = 保留：{ $reason }

# 强制关闭
dialog-force-off-title = { $count ->
    [1] 强制关闭 { $name }？
   *[other] 强制关闭 { $count } 台虚拟机？
}
dialog-force-off-text = 这相当于拔掉电源，客户机中未保存的内容会丢失。
dialog-force-off-dont-ask = 不再询问
dialog-force-off-button = 强制关闭
# 对多台虚拟机执行同一操作
several-title = { $action }：{ $count } 台虚拟机？
several-none = 这些虚拟机现在都不允许此操作。

# 重命名与标签
rename-title = 重命名 { $name }
rename-field = 新名称
rename-button = 重命名
insert-title = 将光盘放入 { $name }
insert-button = 放入
tags-title = { $count ->
    [1] { $name } 的标签
   *[other] { $count } 台虚拟机的标签
}
tags-field = 添加标签
tags-hint = 输入标签后按 Enter
tags-remove = 移除标签 { $tag }
tags-known = 其他虚拟机的标签
tags-some = { $total } 台中的 { $count } 台
tags-button = 保存标签
tags-invalid = 标签可包含字母、数字、“-”、“_”或“.”，最多 64 个字符。

# 快照
take-title = { $count ->
    [1] 为 { $name } 创建快照
   *[other] 为 { $count } 台虚拟机创建快照
}
take-name = 名称
take-description = 说明（可选）
take-estimating = 正在估算客户机将停顿多久…
take-off = 虚拟机已关闭：只保留磁盘，不会有停顿。
take-pause = 写入 { $size } 内存时，客户机将停顿约 { $time }。
take-pause-unknown = 写入内存时客户机会停顿，时长未知。
take-estimate-failed = 无法估算客户机将停顿多久。
take-button = 创建快照
take-name-taken = 已有同名快照。
take-name-invalid = 请输入不含“/”和换行的名称。
take-name-default = 快照-{ $number }
revert-title = 将 { $name } 恢复到“{ $snapshot }”？
revert-text = 此后磁盘上的所有更改都会丢失。
revert-running = 正在运行的客户机将被替换为当时的状态。
revert-stops = 此快照不含内存，恢复后虚拟机处于关闭状态。
revert-button = 恢复
delete-snapshot-title = 删除快照“{ $snapshot }”？
delete-snapshot-text = 虚拟机保持不变，但无法再回到这个时间点。
delete-snapshot-button = 删除快照

# 添加连接
connection-title = 添加连接
connection-kind = 位置
connection-kind-session = 本机
connection-kind-session-text = 您自己的虚拟机，不需要任何权限。
connection-kind-system = 本机（系统）
connection-kind-system-text = 所有用户共享的虚拟机，需要密码或“libvirt”用户组。
connection-kind-ssh = 其他计算机（ssh）
connection-kind-ssh-text = 需要无需密码即可使用的 ssh 密钥。
connection-kind-other = 其他地址
connection-host = 主机
connection-host-hint = lab.example.org
connection-user = 用户（可选）
connection-uri = 地址
connection-uri-hint = qemu+ssh://user@host/system
connection-exists = 此连接已打开。
connection-bad = 地址形如 qemu:///session 或 qemu+ssh://host/system。
connection-button = 连接

# 退出
quit-title = { $count } 个任务仍在进行
quit-text = 无论如何，虚拟机都会继续运行。
quit-wait = 等待完成后退出
quit-leave = 立即退出
quit-leave-text = Berth 下次启动时会找到未完成的内容。
quit-cancel = 不退出
quit-cancel-jobs = 取消任务并退出
quit-closing-title = 正在取消任务
quit-closing-text = 任务结束后 Berth 将关闭，最迟在 20 秒后关闭。Berth 下次启动时会找到未完成的内容。

# 残留
leftovers-title = 中断的任务留下的内容
leftovers-text = 创建 { $name } 时 Berth 或计算机停止了，留下了以下文件：
leftovers-remove = 删除
leftovers-keep = 保留
leftovers-no-files = 没有文件
