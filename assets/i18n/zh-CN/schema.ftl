schema-at = 第 { $line } 行，第 { $column } 列：{ $words }
schema-element = { $path } 不符合 libvirt 的模式：它不应出现在此处、其内容有误，或其中缺少内容
schema-attribute = { $path }：属性“{ $name }”不符合 libvirt 的模式：它不应出现在此处，或其值有误
schema-missing = { $path } 缺少“{ $name }”，libvirt 的模式要求有它
schema-words = { $path }：libvirt 说：{ $words }
schema-not-asked = 无法询问 libvirt 的模式：{ $words }
