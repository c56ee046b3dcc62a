settings-title = 设置
settings-appearance = 外观
settings-theme = 主题
settings-theme-desktop = 跟随桌面
settings-theme-dark = 深色
settings-theme-light = 浅色
settings-language = 语言
settings-language-desktop = 跟随桌面
settings-text-size = 文字大小
settings-text-percent = { $percent }%
settings-compact = 紧凑行
settings-motion = 动画
settings-motion-desktop = 跟随桌面
settings-motion-full = 完整
settings-motion-reduced = 减少
settings-machines = 虚拟机
settings-grace = 关机等待时间
settings-grace-text = 客户机超过此时间仍未关机时，会提供强制关闭。
settings-grace-unit = 秒
settings-accel = 新虚拟机的加速方式
settings-connections = 启动时的连接
settings-connections-none = 没有保存的连接。在“连接”中添加的会列在这里。
settings-connections-text = Berth 启动时打开这些连接。
settings-questions = 询问
settings-questions-text = { $count ->
    [0] Berth 会询问所有问题。
   *[other] 有 { $count } 个问题不再询问。
}
settings-questions-reset = 重新询问
settings-support = 支持
settings-log-folder = 打开日志文件夹
settings-keyboard = 虚拟机的键盘
settings-host-key = 主机键
settings-host-key-text = 虚拟机占用键盘时，除此键外的所有按键都归它。按 { $key } 释放键盘；再加 F 全屏，加 K 打开命令面板，加 Delete 发送 Ctrl+Alt+Del，加 1 到 9 打开对应的虚拟机，加 S 创建快照。
settings-guest-layout = 虚拟机的键盘布局（用于以按键方式输入文本）
