# 窗口框架
app-name = Berth
sidebar-name = 导航
sidebar-all = 全部虚拟机
sidebar-running = 正在运行
sidebar-attention = 需要处理
sidebar-tags = 标签
sidebar-hosts = 主机
sidebar-connections = 连接
sidebar-settings = 设置
host-figures = CPU { $cpu } · 内存 { $memory }
host-state-live = 已连接
host-connecting = 正在连接…
host-connecting-slow = 正在准备…
host-retry = { $time }后重试
host-lost = 未连接

# 筛选
filter-name = 筛选虚拟机
filter-help = 输入关键词，或 标签:web、状态:运行、主机:lab、地址:192.168
filter-prefix-tag = 标签
filter-prefix-state = 状态
filter-prefix-host = 主机
filter-prefix-address = 地址
filter-clear = 清除筛选

# 虚拟机列表
machines-title = 全部虚拟机
machines-title-running = 正在运行
machines-title-attention = 需要处理
machines-title-tag = 标签“{ $tag }”
machines-new = 新建虚拟机…
machines-table = 虚拟机
machines-count = { $count } 台虚拟机
machines-row = { $name }，{ $state }
machines-row-cpu = { $name }，{ $state }，CPU { $cpu }
column-name = 名称
column-state = 状态
column-cpu = CPU
column-memory = 内存
column-disk = 磁盘
column-network = 网络
column-address = 地址
column-uptime = 运行时间
column-tags = 标签
column-host = 主机
column-sort = 按{ $column }排序
column-sorted-up = { $column }，升序
column-sorted-down = { $column }，降序
pill-not-responding = 无响应
memory-cache = 内存：已用 { $used }，缓存 { $cache }，已分配 { $given }
memory-given-only = 已分配 { $given }
cpu-sentence = CPU { $now }，最近一分钟峰值 { $peak }
cpu-unknown = CPU 未知
address-copy = 复制 { $address }
unknown-figure = –
selection-count = 已选择 { $count } 台
selection-clear = 取消选择
selection-hidden = 另有 { $count } 台未显示
selection-action = { $action }（{ $count }）
selection-more = 更多操作
machine-menu = { $name } 的操作

machines-last-known = 上次的列表 — 正在连接…
machines-last-known-lost = 上次的列表 — 未连接到{ $host }
machines-loading = 正在读取虚拟机…
machines-loading-slow = 正在准备虚拟化，仅首次需要
machines-loading-slow-text = libvirt 正在检测这台计算机的能力，最多需要一分钟，只会进行一次。
machines-no-match = 没有与“{ $filter }”匹配的虚拟机
machines-no-match-text = 可按名称、标签、状态、地址和主机查找。
machines-none-running = 没有正在运行的虚拟机
machines-none-running-text = 启动虚拟机后会显示在这里。
machines-all-well = 一切正常
machines-all-well-text = 没有因错误停止、崩溃或无响应的虚拟机。
machines-none-tag = 已没有带此标签的虚拟机
machines-none-host = 此主机上还没有虚拟机
machines-none-host-text = 新建一台，或导入已有的磁盘。
machines-show-all = 显示全部虚拟机
machines-lost-title = 未连接到{ $host }
machines-retry = 重试
machines-connections = 连接…

# 检查器
inspector-name = 检查器
inspector-close = 关闭检查器
inspector-empty = 选择一台虚拟机即可在此查看
inspector-many = 已选择 { $count } 台虚拟机
inspector-memory-total = 共分配内存
inspector-cpu = CPU
inspector-memory = 内存
inspector-disk = 磁盘
inspector-network = 网络
inspector-address = 地址
inspector-details = 详情

# 任务与消息
jobbar-name = 任务
jobbar-cancel = 取消
jobbar-cancel-name = 取消：{ $job }
jobbar-dismiss-name = 忽略：{ $job }
jobbar-show-all = 显示全部任务
jobbar-hide = 收起
jobbar-dismiss-all = 关闭所有失败的任务
jobbar-count = { $count } 个任务
jobbar-failed = { $count } 个失败
jobbar-more = 还有 { $count } 个
jobbar-force-off = 强制关闭…
jobbar-details = 复制详细信息
toast-close = 关闭此消息

# 命令面板与快捷键
palette-hint = 输入命令或虚拟机名称
palette-none = 没有匹配项
shortcuts-title = 键盘快捷键
shortcuts-everywhere = 全局
shortcuts-list = 虚拟机列表
shortcut-move = 在各行之间移动
shortcut-extend = 选择多台
shortcut-all = 全选
shortcut-open = 打开页面
shortcut-menu = 打开该行的操作菜单
shortcut-escape = 取消选择，关闭已打开的内容
