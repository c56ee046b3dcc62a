core-app-name = Berth
core-raised-window = { $name } 已经打开，已将其窗口置于前面。
