hardware-guest-refused = The guest refuses to let go of it; it goes at the next start
hardware-guest-refused-live = The guest refuses to let go of it
hardware-guest-silent = The guest did not answer in { $seconds } s; it goes at the next start
hardware-guest-silent-live = The guest did not answer in { $seconds } s
