//! What has been typed into "New machine", the checks that go with it, and the machine it makes. No drawing here.

use std::path::{Path, PathBuf};

use libvirt_backend::Error;
use libvirt_backend::command::{MediumKind, MediumReport, StorageRoom};
use libvirt_backend::error::{InputProblem, MediumProblem};
use libvirt_backend::model::{
    AccelChoice, AccelProof, HostModel, HostProfile, NetworkChoice, NewMachine, NewStorage, Os, Proof,
};
use libvirt_backend::xml::name::check_domain_name;

use crate::state::Answer;

pub(crate) const MIB: u64 = 1 << 20;
pub(crate) const GIB: u64 = 1 << 30;
const MIN_MEMORY_MIB: u64 = 1;

/// Where the new machine starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Source {
    #[default]
    Installer,
    ExistingDisk,
    Nothing,
}

#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub name: String,
    /// Somebody typed in it: only then is an empty name a mistake.
    pub is_name_touched: bool,
    pub source: Source,
    pub installer: String,
    pub disk: String,
    pub memory_mib: u64,
    pub vcpus: u32,
    pub disk_gib: u64,
    pub network: NetworkChoice,
    pub accel: AccelChoice,
    pub starts: bool,
}

impl Form {
    /// With defaults that a host of this size can carry.
    pub(crate) fn new(accel: AccelChoice, host: Option<&HostModel>) -> Self {
        let (memory_bytes, cpus) = host.map_or((0, 0), |host| (host.info.memory_bytes, host.info.cpus));
        let quarter_mib = memory_bytes / MIB / 4 / 512 * 512;
        Self {
            name: String::new(),
            is_name_touched: false,
            source: Source::Installer,
            installer: String::new(),
            disk: String::new(),
            memory_mib: if memory_bytes == 0 {
                4_096
            } else {
                quarter_mib.clamp(512, 4_096)
            },
            vcpus: if cpus == 1 { 1 } else { 2 },
            disk_gib: 25,
            network: NetworkChoice::Auto,
            accel,
            starts: true,
        }
    }

    /// Another host was chosen: what was not changed by hand becomes what suits that one.
    pub(crate) fn follow_host(&mut self, before: Option<&HostModel>, now: &HostModel) {
        let (old, new) = (Self::new(self.accel, before), Self::new(self.accel, Some(now)));
        if self.memory_mib == old.memory_mib {
            self.memory_mib = new.memory_mib;
        }
        if self.vcpus == old.vcpus {
            self.vcpus = new.vcpus;
        }
    }

    /// As it was filled in for a machine that could not be made.
    pub(crate) fn of(machine: &NewMachine) -> Self {
        let path = |path: &Path| path.display().to_string();
        let (source, disk) = match (&machine.storage, &machine.cdrom) {
            (NewStorage::Import(disk), _) => (Source::ExistingDisk, path(disk)),
            (_, Some(_)) => (Source::Installer, String::new()),
            (_, None) => (Source::Nothing, String::new()),
        };
        let disk_gib = match &machine.storage {
            NewStorage::Create { capacity_bytes, .. } => capacity_bytes / GIB,
            NewStorage::None | NewStorage::Import(_) | NewStorage::HandOver(_) => 0,
        };
        Self {
            name: machine.name.clone(),
            is_name_touched: true,
            source,
            installer: machine.cdrom.as_deref().map(path).unwrap_or_default(),
            disk,
            memory_mib: machine.memory_kib / 1_024,
            vcpus: machine.vcpus,
            disk_gib,
            network: machine.network.clone(),
            accel: machine.accel,
            starts: machine.start,
        }
    }

    /// The path that must be readable, if the source is a file.
    pub(crate) fn medium(&self) -> Option<&str> {
        match self.source {
            Source::Installer => Some(self.installer.trim()),
            Source::ExistingDisk => Some(self.disk.trim()),
            Source::Nothing => None,
        }
    }

    pub(crate) fn medium_mut(&mut self) -> Option<&mut String> {
        match self.source {
            Source::Installer => Some(&mut self.installer),
            Source::ExistingDisk => Some(&mut self.disk),
            Source::Nothing => None,
        }
    }

    pub(crate) const fn makes_disk(&self) -> bool {
        !matches!(self.source, Source::ExistingDisk)
    }

    pub(crate) fn machine(&self) -> NewMachine {
        let storage = match self.source {
            Source::ExistingDisk => NewStorage::Import(PathBuf::from(self.disk.trim())),
            Source::Installer | Source::Nothing if self.disk_gib == 0 => NewStorage::None,
            Source::Installer | Source::Nothing => NewStorage::Create {
                capacity_bytes: self.disk_gib.saturating_mul(GIB),
                pool: None,
            },
        };
        NewMachine {
            name: self.name.clone(),
            memory_kib: self.memory_mib.saturating_mul(1_024),
            vcpus: self.vcpus,
            storage,
            cdrom: (self.source == Source::Installer).then(|| PathBuf::from(self.installer.trim())),
            network: self.network.clone(),
            accel: self.accel,
            os: Os::Generic,
            tags: Vec::new(),
            start: self.starts,
        }
    }
}

/// What the checks look at.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub host: &'a HostModel,
    pub profile: Option<&'a Answer<std::sync::Arc<HostProfile>>>,
    pub room: Option<&'a Answer<StorageRoom>>,
    pub medium: Option<&'a Answer<MediumReport>>,
}

impl<'a> Facts<'a> {
    pub(crate) fn ready_profile(self) -> Option<&'a HostProfile> {
        match self.profile {
            Some(Answer::Ready(profile)) => Some(profile),
            _ => None,
        }
    }

    pub(crate) fn ready_room(self) -> Option<&'a StorageRoom> {
        match self.room {
            Some(Answer::Ready(room)) => Some(room),
            _ => None,
        }
    }
}

/// What stands in the way, field by field; the reason is shown beside the field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Problems {
    pub name: Option<Error>,
    pub medium: Option<Error>,
    pub memory: Option<Error>,
    pub vcpus: Option<Error>,
    pub disk: Option<Error>,
    pub accel: Option<Error>,
    pub network: Option<Error>,
    /// The medium is still being looked at, or nothing was typed yet: no reason to show, no machine to make either.
    pub is_waiting: bool,
}

impl Problems {
    pub(crate) fn is_clear(&self) -> bool {
        *self == Self::default()
    }

    /// One of the fields inside the line that opens.
    pub(crate) const fn is_in_hardware(&self) -> bool {
        self.memory.is_some() || self.vcpus.is_some() || self.disk.is_some()
    }
}

pub(crate) fn check(form: &Form, facts: Facts<'_>) -> Problems {
    let mut problems = Problems {
        name: name_problem(form, facts.host),
        memory: memory_problem(form, facts),
        vcpus: vcpus_problem(form, facts),
        disk: disk_problem(form, facts),
        accel: accel_problem(form, facts),
        network: network_problem(form, facts),
        ..Problems::default()
    };
    problems.is_waiting = form.name.is_empty();
    match medium_problem(form, facts.medium) {
        Ok(is_known) => problems.is_waiting |= !is_known,
        Err(error) => problems.medium = Some(error),
    }
    problems
}

fn name_problem(form: &Form, host: &HostModel) -> Option<Error> {
    if form.name.is_empty() && !form.is_name_touched {
        return None;
    }
    if let Err(problem) = check_domain_name(&form.name) {
        return Some(Error::InvalidName(problem));
    }
    host.machines
        .iter()
        .any(|machine| machine.name() == form.name)
        .then(|| Error::NameTaken(form.name.clone()))
}

/// `Ok(true)`: readable. `Ok(false)`: not known yet.
fn medium_problem(form: &Form, answer: Option<&Answer<MediumReport>>) -> Result<bool, Error> {
    let Some(path) = form.medium() else {
        return Ok(true);
    };
    if path.is_empty() {
        return Ok(false);
    }
    if !Path::new(path).is_absolute() {
        return Err(Error::Medium {
            path: PathBuf::from(path),
            problem: MediumProblem::NotAbsolute,
        });
    }
    match answer {
        // A disk is changed in place: its format must be known.
        Some(Answer::Ready(report)) if form.source == Source::ExistingDisk && report.kind == MediumKind::Unchecked => {
            Err(Error::Medium {
                path: PathBuf::from(path),
                problem: MediumProblem::InNoPool,
            })
        }
        Some(Answer::Ready(_)) => Ok(true),
        Some(Answer::Failed(error)) => Err(error.clone()),
        Some(Answer::Waiting(_)) | None => Ok(false),
    }
}

fn memory_problem(form: &Form, facts: Facts<'_>) -> Option<Error> {
    if form.memory_mib < MIN_MEMORY_MIB {
        return Some(Error::InvalidInput(InputProblem::MemoryTooSmall {
            min_kib: MIN_MEMORY_MIB * 1_024,
        }));
    }
    let host_bytes = facts
        .ready_profile()
        .map_or(facts.host.info.memory_bytes, |profile| profile.host_memory_bytes);
    (host_bytes > 0 && form.memory_mib.saturating_mul(MIB) > host_bytes)
        .then_some(Error::InvalidInput(InputProblem::MemoryAboveHost { host_bytes }))
}

fn vcpus_problem(form: &Form, facts: Facts<'_>) -> Option<Error> {
    if form.vcpus == 0 {
        return Some(Error::InvalidInput(InputProblem::NoVcpus));
    }
    let max = facts.ready_profile()?.caps.max_vcpus?;
    (form.vcpus > max).then_some(Error::InvalidInput(InputProblem::TooManyVcpus { max }))
}

fn disk_problem(form: &Form, facts: Facts<'_>) -> Option<Error> {
    if !form.makes_disk() {
        return None;
    }
    let wanted = form.disk_gib.saturating_mul(GIB);
    let room = facts.ready_room()?;
    // A remote folder without a pool tells nothing of its size.
    let room_bytes = Some(room.capacity_bytes).filter(|bytes| *bytes > 0)?;
    (wanted > room_bytes).then_some(Error::InvalidInput(InputProblem::DiskAboveRoom { room_bytes }))
}

fn accel_problem(form: &Form, facts: Facts<'_>) -> Option<Error> {
    let proof = &facts.ready_profile()?.kvm;
    let is_refuted = !matches!(proof, AccelProof::Works { .. } | AccelProof::NotTried);
    (form.accel == AccelChoice::Kvm && is_refuted).then_some(Error::InvalidInput(InputProblem::KvmUnavailable))
}

fn network_problem(form: &Form, facts: Facts<'_>) -> Option<Error> {
    let proof = &facts.ready_profile()?.passt;
    (form.network == NetworkChoice::Passt && matches!(proof, Proof::Failed(_)))
        .then_some(Error::InvalidInput(InputProblem::PasstUnavailable))
}

/// The disk is larger than what is free now: it may fill up, but it can be made. Answers the free bytes.
pub(crate) fn room_shortage(form: &Form, facts: Facts<'_>) -> Option<u64> {
    let available = facts.ready_room()?.available_bytes;
    (form.makes_disk() && form.disk_gib.saturating_mul(GIB) > available).then_some(available)
}

/// `debian-12` for `/isos/debian-12.iso`, with a number behind it where that name is taken.
pub(crate) fn name_from_path(path: &Path, host: &HostModel) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().trim().to_owned());
    let stem = stem.filter(|stem| check_domain_name(stem).is_ok()).unwrap_or_default();
    let is_free = |name: &str| !host.machines.iter().any(|machine| machine.name() == name);
    if stem.is_empty() || is_free(&stem) {
        return stem;
    }
    (2..1_000)
        .map(|number| format!("{stem}-{number}"))
        .find(|name| is_free(name))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::fixtures::{self, URI};

    fn facts(host: &HostModel) -> Facts<'_> {
        Facts {
            host,
            profile: None,
            room: None,
            medium: None,
        }
    }

    fn form(name: &str) -> Form {
        Form {
            name: name.to_owned(),
            is_name_touched: true,
            source: Source::Nothing,
            ..Form::new(AccelChoice::Auto, None)
        }
    }

    #[test]
    fn a_taken_name_is_refused() {
        let host = fixtures::assorted();
        let problems = check(&form("web-1"), facts(&host));
        assert_eq!(problems.name, Some(Error::NameTaken("web-1".to_owned())));
        assert!(check(&form("web-3"), facts(&host)).is_clear());
    }

    #[test]
    fn more_memory_than_the_host_has_is_refused() {
        let host = fixtures::host(URI, Vec::new());
        let form = Form {
            memory_mib: 33 * 1_024,
            ..form("a")
        };
        assert_eq!(
            check(&form, facts(&host)).memory,
            Some(Error::InvalidInput(InputProblem::MemoryAboveHost {
                host_bytes: 32 * GIB
            }))
        );
    }

    #[test]
    fn a_medium_must_be_known_to_be_readable() {
        let host = fixtures::host(URI, Vec::new());
        let mut form = form("a");
        form.source = Source::Installer;
        assert!(check(&form, facts(&host)).is_waiting);
        form.installer = "debian.iso".to_owned();
        assert!(matches!(
            check(&form, facts(&host)).medium,
            Some(Error::Medium {
                problem: MediumProblem::NotAbsolute,
                ..
            })
        ));
        form.installer = "/debian.iso".to_owned();
        let problems = check(&form, facts(&host));
        assert!(problems.is_waiting && problems.medium.is_none());
    }

    fn room(capacity_bytes: u64) -> Answer<StorageRoom> {
        Answer::Ready(StorageRoom {
            pool: None,
            folder: PathBuf::from("/home/ada/images"),
            available_bytes: 20 * GIB,
            capacity_bytes,
        })
    }

    #[test]
    fn a_disk_that_never_fits_is_refused_before_there_is_any_pool() {
        let host = fixtures::host(URI, Vec::new());
        let room = room(100 * GIB);
        let facts = Facts {
            room: Some(&room),
            ..facts(&host)
        };
        let with_disk = |disk_gib| Form { disk_gib, ..form("a") };
        assert_eq!(
            check(&with_disk(900_000), facts).disk,
            Some(Error::InvalidInput(InputProblem::DiskAboveRoom {
                room_bytes: 100 * GIB
            }))
        );
        let grows = with_disk(50);
        assert_eq!(check(&grows, facts).disk, None);
        assert_eq!(room_shortage(&grows, facts), Some(20 * GIB));
        assert_eq!(room_shortage(&with_disk(10), facts), None);
    }

    #[test]
    fn more_processors_than_the_host_knows_are_refused() {
        let host = fixtures::host(URI, Vec::new());
        let profile = Answer::Ready(std::sync::Arc::new(fixtures::profile(AccelProof::Absent)));
        let facts = Facts {
            profile: Some(&profile),
            ..facts(&host)
        };
        let form = Form {
            vcpus: 17,
            accel: AccelChoice::Kvm,
            ..form("a")
        };
        let problems = check(&form, facts);
        assert_eq!(
            problems.vcpus,
            Some(Error::InvalidInput(InputProblem::TooManyVcpus { max: 16 }))
        );
        assert_eq!(problems.accel, Some(Error::InvalidInput(InputProblem::KvmUnavailable)));
    }

    #[test]
    fn another_computers_disc_may_be_unknown_and_its_disk_may_not() {
        let host = fixtures::host(fixtures::LAB, Vec::new());
        let report = Answer::Ready(MediumReport {
            path: PathBuf::from("/srv/a"),
            kind: MediumKind::Unchecked,
            size_bytes: 0,
            capacity_bytes: 0,
        });
        let facts = Facts {
            medium: Some(&report),
            ..facts(&host)
        };
        let of = |source| Form {
            source,
            installer: "/srv/a".to_owned(),
            disk: "/srv/a".to_owned(),
            ..form("a")
        };
        assert!(check(&of(Source::Installer), facts).is_clear());
        assert!(matches!(
            check(&of(Source::ExistingDisk), facts).medium,
            Some(Error::Medium {
                problem: MediumProblem::InNoPool,
                ..
            })
        ));
    }

    #[test]
    fn another_host_changes_what_nobody_has_typed() {
        let large = fixtures::host(URI, Vec::new());
        let mut small = fixtures::host(fixtures::LAB, Vec::new());
        small.info = std::sync::Arc::new(libvirt_backend::model::HostInfo {
            memory_bytes: 4 * GIB,
            cpus: 1,
            ..(*small.info).clone()
        });
        let mut form = Form::new(AccelChoice::Auto, Some(&large));
        assert_eq!((form.memory_mib, form.vcpus), (4_096, 2));
        form.follow_host(Some(&large), &small);
        assert_eq!((form.memory_mib, form.vcpus), (1_024, 1));
        form.vcpus = 4;
        form.follow_host(Some(&small), &large);
        assert_eq!((form.memory_mib, form.vcpus), (4_096, 4), "what was typed stays");
    }

    #[test]
    fn what_could_not_be_made_comes_back_as_it_was_typed() {
        let installer = Form {
            source: Source::Installer,
            installer: "/isos/a.iso".to_owned(),
            memory_mib: 1_536,
            vcpus: 3,
            disk_gib: 7,
            network: NetworkChoice::User,
            starts: false,
            ..form("a")
        };
        let disk = Form {
            source: Source::ExistingDisk,
            disk: "/images/a.qcow2".to_owned(),
            ..form("b")
        };
        for form in [installer, disk, form("c")] {
            let machine = form.machine();
            assert_eq!(Form::of(&machine).machine(), machine);
        }
    }

    #[test]
    fn an_imported_disk_is_used_in_place_and_none_is_made() {
        let form = Form {
            source: Source::ExistingDisk,
            disk: " /images/a.qcow2 ".to_owned(),
            ..form("a")
        };
        let machine = form.machine();
        assert_eq!(machine.storage, NewStorage::Import(PathBuf::from("/images/a.qcow2")));
        assert_eq!(machine.cdrom, None);
    }
}
