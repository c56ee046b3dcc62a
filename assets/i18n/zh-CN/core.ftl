core-app-name = Berth
core-raised-window = Berth 已经打开，已将其窗口置于前面。
core-no-display =
    此处没有可用于窗口的显示（WAYLAND_DISPLAY 和 DISPLAY 均不可用）。
    在终端中：berth list、berth create 名称、berth start 名称；berth --help 显示全部命令。
core-no-window = 无法打开窗口：{ $words }
core-no-private-session = 无法启动私有会话：{ $words }
core-private-session = 这是私有会话：Berth 关闭时，其中的虚拟机也会结束。
core-root-session = 您是 root：对 libvirt 而言，root 的会话就是系统会话，与本机所有人共享。
core-file-newer = 它由更新的版本写入（{ $version }）
core-file-kept-aside = 无法使用 { $file }：{ $reason }。已保留为 { $path }。
core-file-in-the-way = 无法使用 { $file }：{ $reason }。也无法将它移开。
core-not-saved = 无法保存 { $path }：{ $words }
core-panicked-before = Berth 上次内部出错。报告位于 { $path }。
core-details-copied = 已复制详细信息
core-log-folder = 无法打开文件夹：{ $path }
core-files-left = 已删除 { $name }，但保留了一些文件：{ $files }
core-viewer-missing = 显示屏幕需要 virt-viewer：sudo apt install virt-viewer
core-viewer-failed = 无法打开 { $name } 的屏幕：{ $status }
core-browse-disc = 选择光盘映像
core-browse-disk = 选择磁盘映像
core-browse-discs = 光盘映像
core-browse-disks = 磁盘映像
core-browse-all = 所有文件
core-browse-failed = 无法打开桌面的文件对话框；请直接输入路径。
core-quits-after-jobs = 任务完成后 Berth 将关闭。
core-stays-open = 有任务失败，Berth 保持打开。
core-sample-failed = 无法创建示例虚拟机：{ $words }
