# What is wrong with the value or the name of a machine's setting.

setting-not-a-number = “{ $text }”不是整数。
setting-out-of-range = { $text } 不在 { $least } 到 { $most } 之间。
setting-too-small = { $text } 小于 { $least }，或者超出可容纳的范围。
setting-not-a-size = “{ $text }”不是大小。请写数字和单位，例如 2GiB。
setting-no-unit = { $text } 缺少单位。请写上单位，例如 { $text }MiB。
setting-too-large = { $text } 超出可容纳的范围。
setting-not-a-switch = “{ $text }”既不是 on 也不是 off。
setting-unknown-word = “{ $text }”不在可选值之中：{ $known }。
setting-not-a-uuid = “{ $text }”不是 UUID，例如 3b241101-e2bb-4255-8caf-4136c566a962。
setting-not-a-mac = “{ $text }”不是设备的 MAC 地址，例如 52:54:00:12:34:56。
setting-not-a-path = “{ $text }”不是完整路径；路径以 / 开头。
setting-not-a-cpu-set = “{ $text }”不是处理器列表，例如 0-3,6,^2。
setting-not-hex = “{ $text }”不是十六进制数，例如 0x1af4。
setting-several-lines = 只能有一行。
setting-character = 字符 U+{ $code } 不能出现在 XML 中。

setting-unknown = 没有名为“{ $name }”的设置。相近的有：{ $near }
setting-has-none = 虚拟机没有 { $word }“{ $key }”。
setting-no-such = 虚拟机没有 { $word }“{ $key }”。现有：{ $having }
setting-several = 虚拟机有多个。请指明：{ $having }
setting-bad-xml = 无法使用该 XML：{ $words }
setting-bad-xml-at = 第 { $line } 行，第 { $column } 列：{ $words }
change-not-a-device = 虚拟机本身不是设备。
change-secrets-missing = 以下机密需要重新输入：{ $places }
change-other-machine = 名称或 UUID 不同就是另一台虚拟机；请改用重命名。
