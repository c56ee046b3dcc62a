//! Who gives memory back when the host runs short, and who gets it again: the automatic balloon. Pure.
//!
//! Only machines take part whose definition says down to what (`memory.least`), and only with what their guests do not
//! use. A guest that needs more than it has gets it before anything else.

use crate::model::MachineId;

const MIB: u64 = 1 << 20;
/// Less is not worth a guest's trouble.
const LEAST_STEP: u64 = 16 * MIB;
/// A guest's need grows faster than anybody asks it: so much stays above what it uses.
const LEAST_MARGIN: u64 = 128 * MIB;
/// A round may take so much, or an eighth of what the guest has.
const DOWN: u64 = 64 * MIB;
/// A round may give so much, or a quarter of what the guest is meant to have.
const UP: u64 = 256 * MIB;

/// What the host has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Host {
    pub(crate) total: u64,
    pub(crate) available: u64,
    /// Of the total: as much is to stay free.
    pub(crate) kept_percent: u8,
}

/// In bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guest {
    pub(crate) id: MachineId,
    /// What it has while there is enough for all.
    pub(crate) most: u64,
    pub(crate) least: u64,
    pub(crate) given: u64,
    pub(crate) used: u64,
}

impl Guest {
    /// What it needs, with some to spare.
    fn needed(&self) -> u64 {
        let margin = (self.used / 4).max(LEAST_MARGIN);
        self.used.saturating_add(margin).min(self.most)
    }

    fn floor(&self) -> u64 {
        self.needed().max(self.least.min(self.most))
    }

    fn spare(&self) -> u64 {
        self.given.saturating_sub(self.floor())
    }

    const fn lent(&self) -> u64 {
        self.most.saturating_sub(self.given)
    }
}

/// What each is to have from now on; those that stay as they are are not named.
pub(crate) fn targets(host: Host, guests: &[Guest]) -> Vec<(MachineId, u64)> {
    let kept = share(host.total, u64::from(host.kept_percent), 100);
    // Between the two nothing is done: what was taken does not come and go.
    let enough = kept.saturating_add(host.total / 10);
    let spare: u64 = guests.iter().map(Guest::spare).sum();
    let lent: u64 = guests.iter().map(Guest::lent).sum();
    let target = |guest: &Guest| {
        if guest.needed() > guest.given && host.available > host.total / 20 {
            return guest.needed();
        }
        if host.available < kept {
            let step = DOWN.max(guest.given / 8);
            let taken = share(kept - host.available, guest.spare(), spare);
            return guest.given - taken.min(guest.spare()).min(step);
        }
        if host.available > enough {
            let step = UP.max(guest.most / 4);
            let given = share(host.available - enough, guest.lent(), lent);
            return guest.given + given.min(guest.lent()).min(step);
        }
        guest.given
    };
    let named = guests.iter().map(|guest| match target(guest) {
        // The last of what it lent comes back however little it is.
        most if most == guest.most => (guest, most, 1),
        target => (guest, target / MIB * MIB, LEAST_STEP),
    });
    let changed = named.filter(|(guest, target, step)| target.abs_diff(guest.given) >= *step);
    changed.map(|(guest, target, _)| (guest.id, target)).collect()
}

/// `whole` × `part` ÷ `of`, rounded up.
fn share(whole: u64, part: u64, of: u64) -> u64 {
    if of == 0 {
        return 0;
    }
    let share = (u128::from(whole) * u128::from(part)).div_ceil(u128::from(of));
    u64::try_from(share).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GIB: u64 = 1 << 30;

    fn id(number: u128) -> MachineId {
        MachineId(uuid::Uuid::from_u128(number))
    }

    fn guest(number: u128, most: u64, given: u64, used: u64) -> Guest {
        Guest {
            id: id(number),
            most,
            least: GIB,
            given,
            used,
        }
    }

    const fn host(available: u64) -> Host {
        Host {
            total: 100 * GIB,
            available,
            kept_percent: 20,
        }
    }

    /// Round after round, with what is taken and given counted on the host.
    fn after_rounds(mut host: Host, mut guests: Vec<Guest>, rounds: usize) -> (Host, Vec<Guest>) {
        for _ in 0..rounds {
            for (id, target) in targets(host, &guests) {
                let guest = guests.iter_mut().find(|guest| guest.id == id).unwrap();
                host.available = host.available + guest.given - target;
                guest.given = target;
            }
        }
        (host, guests)
    }

    #[test]
    fn a_short_host_takes_what_is_not_used_and_no_more_than_it_lacks() {
        let guests = vec![
            guest(1, 32 * GIB, 32 * GIB, 4 * GIB),
            guest(2, 16 * GIB, 16 * GIB, 15 * GIB),
        ];
        let (host, guests) = after_rounds(host(10 * GIB), guests, 50);
        assert!(host.available.abs_diff(20 * GIB) < 64 * MIB, "{host:?}");
        assert_eq!(guests[1].given, 16 * GIB, "it uses nearly all of its own");
    }

    #[test]
    fn no_guest_goes_below_what_it_needs_or_what_its_owner_said() {
        let idle = Guest {
            least: 6 * GIB,
            ..guest(1, 8 * GIB, 8 * GIB, GIB)
        };
        let busy = guest(2, 8 * GIB, 8 * GIB, 4 * GIB);
        let (_, guests) = after_rounds(host(0), vec![idle, busy], 100);
        assert_eq!((guests[0].given, guests[1].given), (6 * GIB, 5 * GIB));
    }

    #[test]
    fn what_was_taken_comes_back_once_there_is_enough_and_only_then() {
        let lent = vec![guest(1, 8 * GIB, 2 * GIB, GIB)];
        let (_, still) = after_rounds(host(25 * GIB), lent.clone(), 50);
        assert_eq!(still[0].given, 2 * GIB);
        let (_, back) = after_rounds(host(60 * GIB), lent, 50);
        assert_eq!(back[0].given, 8 * GIB);
    }

    #[test]
    fn a_guest_in_need_gets_memory_although_the_host_is_short() {
        let needy = guest(1, 8 * GIB, 2 * GIB, 2 * GIB);
        assert_eq!(targets(host(10 * GIB), &[needy]), [(id(1), 2 * GIB + GIB / 2)]);
        assert_eq!(targets(host(4 * GIB), &[needy]), [], "there is nothing left to give");
    }

    proptest! {
        #[test]
        fn nobody_gets_more_than_it_is_meant_to_have_or_loses_what_it_needs(
            total in 1_u64..1 << 45,
            free in 0_u64..=100,
            kept_percent in 0_u8..=100,
            guests in prop::collection::vec((0_u64..1 << 44, 0_u64..1 << 44, 0_u64..1 << 44, 0_u64..1 << 44), 0..6),
        ) {
            let host = Host { total, available: total / 100 * free, kept_percent };
            let guests: Vec<Guest> = guests
                .into_iter()
                .enumerate()
                .map(|(index, (most, least, given, used))| Guest { id: id(index as u128), most, least, given, used })
                .collect();
            for (id, target) in targets(host, &guests) {
                let guest = guests.iter().find(|guest| guest.id == id).unwrap();
                if target > guest.given {
                    prop_assert!(target <= guest.most);
                } else {
                    prop_assert!(target + MIB > guest.floor(), "{target} {guest:?}");
                }
            }
        }
    }
}
