# What belongs to the program as a whole.
core-app-name = Berth
core-raised-window = { $name } is open already; its window was raised.
