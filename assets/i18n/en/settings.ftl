settings-title = Settings
settings-appearance = Appearance
settings-theme = Theme
settings-theme-desktop = As the desktop
settings-theme-dark = Dark
settings-theme-light = Light
settings-language = Language
settings-language-desktop = As the desktop
settings-text-size = Text size
settings-text-percent = { $percent } %
settings-compact = Compact rows
settings-motion = Motion
settings-motion-desktop = As the desktop
settings-motion-full = Full
settings-motion-reduced = Reduced
settings-group = Group cards by
settings-group-nothing = Nothing
settings-group-host = Host
settings-group-tag = First tag
settings-machines = Machines
settings-grace = Time to shut down
settings-grace-text = Force off is offered when a guest has not shut down after this long.
settings-grace-unit = s
settings-accel = Acceleration of new machines
settings-connections = Connections at start
settings-connections-none = None is kept. Those added under Connections are listed here.
settings-connections-text = These are opened when Berth starts.
settings-questions = Questions
settings-questions-text = { $count ->
    [0] Berth asks every question.
    [one] 1 question is no longer asked.
   *[other] { $count } questions are no longer asked.
}
settings-questions-reset = Ask again
settings-support = Support
settings-log-folder = Open the folder of logs
settings-keyboard = Keyboard of machines
settings-host-key = Host key
settings-host-key-text = While a machine has the keyboard, every key is its own but this one. { $key } gives the keyboard back. With F it fills the display, with K it opens the palette, with Delete it sends Ctrl+Alt+Del, with 1 to 9 it opens that machine, with S it takes a snapshot.
settings-guest-layout = Keyboard layout of guests, for text that is typed into them
