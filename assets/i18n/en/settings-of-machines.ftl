# What is wrong with the value or the name of a machine's setting.

setting-not-a-number = “{ $text }” is not a whole number.
setting-out-of-range = { $text } is not between { $least } and { $most }.
setting-too-small = { $text } is less than { $least }, or more than fits.
setting-not-a-size = “{ $text }” is not a size. Write a number and a unit, such as 2GiB.
setting-no-unit = { $text } of what? Write the unit, such as { $text }MiB.
setting-too-large = { $text } is more than fits.
setting-not-a-switch = “{ $text }” is neither on nor off.
setting-unknown-word = “{ $text }” is not one of: { $known }.
setting-not-a-uuid = “{ $text }” is not a UUID, such as 3b241101-e2bb-4255-8caf-4136c566a962.
setting-not-a-mac = “{ $text }” is not a device's MAC address, such as 52:54:00:12:34:56.
setting-not-a-path = “{ $text }” is not a whole path; it begins with /.
setting-not-a-cpu-set = “{ $text }” is not a list of processors, such as 0-3,6,^2.
setting-not-hex = “{ $text }” is not a hexadecimal number, such as 0x1af4.
setting-several-lines = Only one line is possible.
setting-character = The character U+{ $code } cannot stand in XML.

setting-unknown = There is no setting “{ $name }”. Similar ones: { $near }
setting-has-none = The machine has no { $word } “{ $key }”.
setting-no-such = The machine has no { $word } “{ $key }”. It has: { $having }
setting-several = The machine has several. Say which: { $having }
setting-bad-xml = The XML cannot be used: { $words }
setting-bad-xml-at = Line { $line }, column { $column }: { $words }
change-not-a-device = The machine itself is no device.
change-secrets-missing = These secrets have to be typed again: { $places }
change-other-machine = Another name or UUID is another machine; rename this one instead.
