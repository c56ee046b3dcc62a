//! Which connection a call gets. The connections are real ones of the test driver, each a world of its own.

use super::*;

fn opener(uri: &str, place: Place) -> Opener {
    Opener {
        uri: uri.to_owned(),
        place,
        has_keepalive: false,
    }
}

/// Of a place where further connections can be opened.
fn links(sharing: Sharing) -> Arc<Links> {
    let first = Arc::new(Link::new(Conn::open("test:///default").unwrap()));
    Links::new(opener("test:///default", Place::Local), first, sharing)
}

fn num_links(links: &Links) -> usize {
    links.lock().list.len()
}

/// A call that hangs, as the pool tells of it.
fn park(links: &Arc<Links>, purpose: Purpose) -> Lease {
    let mut lease = links.lease(purpose).unwrap();
    lease.ticket().park();
    lease.set_parked();
    lease
}

#[test]
fn two_calls_that_hang_bring_a_spare_and_their_end_frees_the_connection() {
    let links = links(Sharing::ByPurpose);
    let hanging = [park(&links, Purpose::Control), park(&links, Purpose::Control)];
    assert_eq!(num_links(&links), 1);
    let spare = links.lease(Purpose::Control).unwrap();
    assert_eq!((num_links(&links), spare.number), (2, 1));
    drop((hanging, spare));
    assert_eq!(links.lease(Purpose::Control).unwrap().number, 0);
}

#[test]
fn what_is_urgent_takes_a_connection_on_which_nothing_hangs() {
    let links = links(Sharing::ByPurpose);
    let _hanging = park(&links, Purpose::Control);
    let urgent = links.lease(Purpose::Urgent).unwrap();
    assert_eq!((num_links(&links), urgent.number), (2, 1));
}

#[test]
fn what_is_urgent_is_not_put_behind_long_jobs_of_which_nobody_knows_whether_they_hang() {
    let links = links(Sharing::UntilHung);
    let _jobs: Vec<Lease> = (0..SERVED_AT_ONCE)
        .map(|_| links.lease(Purpose::Job).unwrap())
        .collect();
    assert_eq!(num_links(&links), 1, "the terminal has one connection");
    let urgent = links.lease(Purpose::Urgent).unwrap();
    assert_eq!((num_links(&links), urgent.number), (2, 1), "but for this");
}

#[test]
fn what_is_urgent_fails_rather_than_waiting_behind_five_calls_that_hang() {
    let first = Arc::new(Link::new(Conn::open("test:///default").unwrap()));
    let links = Links::new(
        opener("test:///nonexistent/file.xml", Place::Local),
        first,
        Sharing::ByPurpose,
    );
    let mut hanging = vec![park(&links, Purpose::Control)];
    // No other can be opened, and this one still serves.
    assert!(links.lease(Purpose::Urgent).is_ok());
    for _ in 1..SERVED_AT_ONCE {
        hanging.push(park(&links, Purpose::Control));
    }
    assert!(matches!(links.lease(Purpose::Urgent), Err(Error::NotConnected { .. })));
    hanging.pop();
    assert!(links.lease(Purpose::Urgent).is_ok());
}

#[test]
fn a_spare_that_died_alone_is_given_to_nobody_any_more() {
    let links = links(Sharing::ByPurpose);
    let job = links.lease(Purpose::Job).unwrap();
    assert_eq!(job.number, 1, "jobs have a connection of their own");
    job.link.is_lost.store(true, Ordering::Release);
    drop(job);
    assert_eq!(links.lease(Purpose::Job).unwrap().number, 2);
    assert_eq!(num_links(&links), 2);
}

#[test]
fn once_the_connection_is_lost_nothing_opens_another_behind_its_back() {
    let links = links(Sharing::ByPurpose);
    links.clear();
    for purpose in [Purpose::Control, Purpose::Job, Purpose::Urgent] {
        assert!(
            matches!(links.lease(purpose), Err(Error::NotConnected { .. })),
            "{purpose:?}"
        );
    }
    assert_eq!(num_links(&links), 0);
}
