//! Where a user left the choice open: only what was proved on this host is taken.

use super::PlanNote;
use crate::model::{AccelChoice, Acceleration, HostProfile, NetworkChoice, NicSource};

pub(super) fn acceleration(profile: &HostProfile, choice: AccelChoice, notes: &mut Vec<PlanNote>) -> Acceleration {
    match choice {
        AccelChoice::Kvm => Acceleration::Kvm,
        AccelChoice::Auto if profile.trusts_kvm() => Acceleration::Kvm,
        AccelChoice::Auto => {
            notes.push(PlanNote::SoftwareEmulation);
            Acceleration::Software
        }
        AccelChoice::Tcg => Acceleration::Software,
    }
}

pub(super) fn network(profile: &HostProfile, choice: &NetworkChoice, notes: &mut Vec<PlanNote>) -> Option<NicSource> {
    match choice {
        NetworkChoice::None => None,
        NetworkChoice::Passt => Some(NicSource::Passt),
        NetworkChoice::User => Some(NicSource::User),
        NetworkChoice::Network(name) => Some(NicSource::Network(name.clone())),
        NetworkChoice::Auto if profile.passt.works() => Some(NicSource::Passt),
        NetworkChoice::Auto => {
            notes.push(PlanNote::UserNetworking);
            Some(NicSource::User)
        }
    }
}
