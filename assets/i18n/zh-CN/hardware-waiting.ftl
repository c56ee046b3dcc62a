# 等待虚拟机下次启动的更改
waiting-title = { $count } 项更改等待下次启动
waiting-setting = { $name }：现在 { $now }，下次启动后 { $next }
waiting-comes = { $name }：从下次启动起存在
waiting-goes = { $name }：下次启动时移除
waiting-parts = { $names }：已在 XML 中更改
waiting-more = 另外 { $count } 项
waiting-show = 显示
waiting-fewer = 收起
waiting-restart = 重新启动以应用
waiting-restart-text = 请客户机关机，关机后再启动虚拟机。不关机的客户机会继续运行。
waiting-discard = 放弃
waiting-discard-text = 下次启动将与现在运行的一样。在“活动”中可以撤销放弃。
waiting-discard-secret = 会丢失密码：请手动更改。
