//! What a new machine is made of: `defaults(HostProfile, Os)`. Pure.
