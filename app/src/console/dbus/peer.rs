//! As whom to introduce oneself. QEMU asks for the user's number as *it* sees it, which inside a user namespace is
//! another than ours.

use std::fs;
use std::os::fd::AsFd;

use rustix::net::sockopt::socket_peercred;
use rustix::process::getuid;

/// Our user's number in the namespace of whoever made the socket.
pub(super) fn own_uid_there(stream: impl AsFd) -> u32 {
    let ours = getuid().as_raw();
    let map = socket_peercred(stream)
        .ok()
        .and_then(|peer| fs::read_to_string(format!("/proc/{}/uid_map", peer.pid.as_raw_nonzero())).ok());
    map.and_then(|map| inner_uid(&map, ours)).unwrap_or(ours)
}

/// `map` holds lines of: first number inside, first number outside, how many.
fn inner_uid(map: &str, outer: u32) -> Option<u32> {
    map.lines().find_map(|line| {
        let mut numbers = line.split_ascii_whitespace().map(str::parse::<u32>);
        let (inside, outside, count) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
        let offset = outer.checked_sub(outside)?;
        (offset < count).then(|| inside.checked_add(offset))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_known_by_the_number_it_has_inside() {
        assert_eq!(inner_uid("      1000          0          1\n", 0), Some(1000));
        assert_eq!(inner_uid("         0          0 4294967295\n", 1000), Some(1000));
        assert_eq!(inner_uid("0 100000 65536\n70000 1000 1\n", 1000), Some(70000));
        assert_eq!(inner_uid("1000 0 1\n", 5), None);
        assert_eq!(inner_uid("nonsense", 5), None);
        assert_eq!(inner_uid("4294967295 0 10\n", 5), None);
    }
}
