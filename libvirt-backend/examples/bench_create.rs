//! Measures what Berth adds to libvirt when a 20 GiB machine is made and started: `bench_create [--pairs 15]`.
//!
//! Each pair makes one machine through the backend, from submission to its end, and one by hand: the same volume, the
//! same XML and the start, one call each on a connection that is open already. While it goes by hand the backend is
//! not connected, so that nobody else asks the daemon anything. Who goes first changes from pair to pair. Prints
//! medians, and the median of the pairs' ratios.

mod bench;

use std::io::Write as _;
use std::time::{Duration, Instant};

use bench::{Answer, Bench, new_machine, option, report};
use libvirt_backend::command::{Command, DeleteRequest, MachineCommand, Outcome, Query};
use libvirt_backend::defaults::{self, DiskPlan, PlanInputs};
use libvirt_backend::model::{HostProfile, MachineId, NewStorage};
use libvirt_backend::xml::storage::qcow2_volume_xml;
use virt::connect::Connect;
use virt::storage_vol::StorageVol;
use virt::sys::VIR_DOMAIN_DEFINE_VALIDATE;

const CAPACITY_BYTES: u64 = 20 << 30;
/// What Berth makes where there is no pool, and where that lies in the session's folder.
const POOL: &str = "berth";
const IMAGES: &str = "berth-data/images";
/// For what the connection reads when it is new, and what is read after a machine went.
const SETTLE: Duration = Duration::from_millis(700);

fn main() -> Answer<()> {
    let bench = Bench::start()?;
    let Outcome::HostProfile(profile) = bench.run(Command::Query(Query::HostProfile))? else {
        return Err("no profile of the host".into());
    };
    // The first one makes the pool and warms QEMU up.
    through_berth(&bench, "warm-up")?;
    by_hand(&bench, &profile, "warm-up")?;
    let mut pairs = Vec::new();
    for number in 0..option("pairs", 15) {
        let is_berth_first = number % 2 == 0;
        let early = is_berth_first.then(|| connected(&bench, number)).transpose()?;
        let hand = by_hand(&bench, &profile, &format!("hand-{number}"))?;
        let berth = early.map_or_else(|| connected(&bench, number), Ok)?;
        writeln!(std::io::stderr(), "# pair {number}: {berth:.1?} {hand:.1?}")?;
        pairs.push((berth.as_secs_f64() * 1e3, hand.as_secs_f64() * 1e3));
    }
    report("create.berth", median(pairs.iter().map(|pair| pair.0)), "ms")?;
    report("create.by_hand", median(pairs.iter().map(|pair| pair.1)), "ms")?;
    report("create.ratio", median(pairs.iter().map(|pair| pair.0 / pair.1)), "x")?;
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn storage() -> NewStorage {
    NewStorage::Create {
        capacity_bytes: CAPACITY_BYTES,
        pool: None,
    }
}

fn through_berth(bench: &Bench, name: &str) -> Answer<Duration> {
    let started = Instant::now();
    let id = bench.create(new_machine(name, storage()))?;
    let took = started.elapsed();
    delete(bench, id)?;
    Ok(took)
}

/// One machine through a backend that is connected for it alone.
fn connected(bench: &Bench, number: usize) -> Answer<Duration> {
    bench.open()?;
    std::thread::sleep(SETTLE);
    let took = through_berth(bench, &format!("berth-{number}"))?;
    bench.backend.close(&bench.uri);
    std::thread::sleep(SETTLE);
    Ok(took)
}

fn delete(bench: &Bench, id: MachineId) -> Answer<()> {
    let Outcome::DeletePlan(plan) = bench.run(Command::Query(Query::DeletePlan(id)))? else {
        return Err("no list of files to delete".into());
    };
    let request = DeleteRequest {
        files: plan.files.into_iter().map(|file| file.path).collect(),
        force_off: true,
    };
    bench.tell(id, MachineCommand::Delete(request))?;
    Ok(())
}

fn by_hand(bench: &Bench, profile: &HostProfile, name: &str) -> Answer<Duration> {
    let connection = Connect::open(Some(&bench.uri))?;
    let pool = connection.lookup_storage_pool_by_name(POOL)?;
    let file = format!("{name}.qcow2");
    let disk = DiskPlan {
        path: bench.session.folder().join(IMAGES).join(&file),
        format: "qcow2".to_owned(),
        is_made: true,
    };
    let inputs = PlanInputs { disk: Some(disk) };
    let plan = defaults::plan(profile, &new_machine(name, storage()), &inputs)?;
    let started = Instant::now();
    let volume = StorageVol::create_xml(&pool, &qcow2_volume_xml(&file, CAPACITY_BYTES)?, 0)?;
    let domain = connection.define_domain_xml_flags(&plan.xml, VIR_DOMAIN_DEFINE_VALIDATE)?;
    domain.create_with_flags(0)?;
    let took = started.elapsed();
    domain.destroy()?;
    domain.undefine()?;
    volume.delete(0)?;
    Ok(took)
}
