hardware-guest-refused = 客户机拒绝放开它；下次启动时移除
hardware-guest-refused-live = 客户机拒绝放开它
hardware-guest-silent = 客户机在 { $seconds } 秒内没有响应；下次启动时移除
hardware-guest-silent-live = 客户机在 { $seconds } 秒内没有响应
