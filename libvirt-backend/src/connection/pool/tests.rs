//! Calls that hang are played by calls that wait for a channel.

use std::sync::mpsc::{Receiver as Gate, SyncSender, sync_channel};

use tokio::sync::mpsc::{Receiver, channel};

use super::*;
use crate::connection::link::{Link, Opener, Sharing};
use crate::connection::uri::Place;

const ENOUGH: Duration = Duration::from_secs(20);

struct Bench {
    pool: Pool<u32>,
    answers: Receiver<u32>,
    links: Arc<Links>,
}

impl Bench {
    fn new() -> Self {
        let uri = "test:///default";
        let opener = Opener {
            uri: uri.to_owned(),
            place: Place::Test,
            has_keepalive: false,
        };
        let link = Arc::new(Link::new(Conn::open(uri).unwrap()));
        let (sender, answers) = channel(64);
        Self {
            pool: Pool::new(sender),
            answers,
            links: Links::new(opener, link, Sharing::Always),
        }
    }

    fn call(
        &self,
        lane: Lane,
        patience: Patience,
        run: impl FnOnce(Result<&Conn>) -> u32 + Send + 'static,
    ) -> Call<u32> {
        let machine = match lane {
            Lane::Read(id) | Lane::Command(id) => Some(id),
            Lane::Host | Lane::Pools | Lane::Agent(_) | Lane::Job(_) => None,
        };
        Call {
            lane,
            machine,
            job: None,
            patience,
            purpose: Purpose::Control,
            links: Arc::clone(&self.links),
            run: Box::new(run),
        }
    }

    /// A call that answers `number` when the sender that is returned is dropped.
    fn submit_hanging(&self, lane: Lane, patience: Patience, number: u32) -> SyncSender<()> {
        let (hold, gate): (SyncSender<()>, Gate<()>) = sync_channel(1);
        self.pool.submit(self.call(lane, patience, move |_| {
            gate.recv().ok();
            number
        }));
        hold
    }

    fn submit(&self, lane: Lane, number: u32) {
        self.pool
            .submit(self.call(lane, Patience::Quick, move |conn| if conn.is_ok() { number } else { 0 }));
    }

    fn next(&mut self) -> u32 {
        let end = Instant::now() + ENOUGH;
        loop {
            if let Ok(number) = self.answers.try_recv() {
                return number;
            }
            assert!(Instant::now() < end, "no answer");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn wait_for_running(&self, num: usize) {
        let end = Instant::now() + ENOUGH;
        while self.pool.num_running() != num {
            assert!(Instant::now() < end, "{} run", self.pool.num_running());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// As the actor does once a call has been under way for too long.
    fn later(&self) -> BTreeMap<MachineId, Instant> {
        self.pool.overdue(Instant::now() + PATIENCE + PATIENCE)
    }
}

fn id(number: u128) -> MachineId {
    MachineId(uuid::Uuid::from_u128(number))
}

#[test]
fn a_machines_calls_keep_their_order_and_other_machines_do_not_wait() {
    let mut bench = Bench::new();
    let held = bench.submit_hanging(Lane::Command(id(1)), Patience::Quick, 1);
    bench.submit(Lane::Command(id(1)), 2);
    bench.submit(Lane::Command(id(1)), 3);
    bench.submit(Lane::Command(id(2)), 4);
    assert_eq!(bench.next(), 4);
    drop(held);
    assert_eq!([bench.next(), bench.next(), bench.next()], [1, 2, 3]);
}

#[test]
fn machines_that_hang_are_named_and_their_threads_replaced() {
    let mut bench = Bench::new();
    let held: Vec<_> = (1..=6)
        .map(|number| {
            let held = bench.submit_hanging(Lane::Read(id(number)), Patience::Quick, number as u32);
            if number <= 4 {
                bench.wait_for_running(number as usize);
            }
            held
        })
        .collect();
    assert!(bench.pool.overdue(Instant::now()).is_empty(), "not yet");
    assert_eq!(bench.later().len(), 4);
    bench.wait_for_running(6);
    bench.submit(Lane::Read(id(7)), 7);
    assert_eq!(bench.next(), 7, "somebody is left for the seventh");
    drop(held);
    let mut answers: Vec<u32> = (0..6).map(|_| bench.next()).collect();
    answers.sort_unstable();
    assert_eq!(answers, [1, 2, 3, 4, 5, 6]);
    assert!(bench.later().is_empty());
}

#[test]
fn pools_on_a_file_server_that_is_away_hold_up_neither_the_list_nor_the_host() {
    let mut bench = Bench::new();
    let held = bench.submit_hanging(Lane::Pools, Patience::Quick, 1);
    bench.wait_for_running(1);
    bench.submit(Lane::Host, 2);
    assert_eq!(bench.next(), 2);
    assert!(bench.later().is_empty(), "no machine hangs");
    drop(held);
    assert_eq!(bench.next(), 1);
}

#[test]
fn long_jobs_hold_no_thread_of_the_others_and_never_mean_that_a_machine_hangs() {
    let mut bench = Bench::new();
    let held: Vec<_> = (1..=8)
        .map(|number| bench.submit_hanging(Lane::Command(id(number)), Patience::Long, number as u32))
        .collect();
    bench.wait_for_running(8);
    assert!(bench.later().is_empty());
    bench.submit(Lane::Host, 100);
    assert_eq!(bench.next(), 100);
    drop(held);
}

#[test]
fn what_is_urgent_does_not_wait_behind_the_call_that_hangs() {
    let mut bench = Bench::new();
    let _held = bench.submit_hanging(Lane::Command(id(1)), Patience::Quick, 1);
    bench.wait_for_running(1);
    let destroy = bench.call(Lane::Command(id(1)), Patience::Long, |_| 2);
    bench.pool.submit_urgent(destroy);
    assert_eq!(bench.next(), 2);
}

#[test]
fn calls_that_wait_can_be_taken_back_and_a_closed_pool_begins_none() {
    let mut bench = Bench::new();
    let held = bench.submit_hanging(Lane::Command(id(1)), Patience::Quick, 1);
    bench.wait_for_running(1);
    bench.submit(Lane::Command(id(1)), 2);
    bench.submit(Lane::Command(id(1)), 3);
    assert_eq!(bench.pool.drop_waiting(|call| call.lane == Lane::Command(id(1))), 2);
    bench.submit(Lane::Command(id(1)), 4);
    bench.pool.close();
    bench.submit(Lane::Host, 5);
    drop(held);
    assert_eq!(bench.next(), 1);
    bench.wait_for_running(0);
    assert!(bench.answers.try_recv().is_err());
}
