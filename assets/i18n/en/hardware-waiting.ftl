# What waits for a machine's next start
waiting-title = { $count ->
    [one] 1 change waits for the next start
   *[other] { $count } changes wait for the next start
}
waiting-setting = { $name }: { $now } now, { $next } at the next start
waiting-comes = { $name }: there from the next start on
waiting-goes = { $name }: gone at the next start
waiting-parts = { $names }: changed in the XML
waiting-more = { $count } more
waiting-fewer = Fewer
waiting-show = Show them
waiting-restart = Restart to apply
waiting-restart-text = Asks the guest to shut down, and starts the machine once it is off. A guest that does not shut down is left running.
waiting-discard = Discard
waiting-discard-text = The next start will be as the machine runs now. Undo in Activity brings the changes back.
waiting-discard-secret = A password would be lost: change it by hand.
