units-percent = { $value } %
units-millis = { $value } ms
units-seconds = { $value } s
units-minutes = { $value } min
units-minutes-seconds = { $minutes } min { $seconds } s
units-hours = { $value } h
units-hours-minutes = { $hours } h { $minutes } min
units-days = { $value ->
    [one] { $value } day
   *[other] { $value } days
}
units-days-hours = { $days ->
    [one] { $days } day { $hours } h
   *[other] { $days } days { $hours } h
}
units-uptime = up { $duration }
units-just-now = just now
units-ago = { $duration } ago
