//! What a second start can ask the first to open, and the cards that few machines are shown as.

use std::time::Duration;

use berth::settings::Listing;
use berth_tests::{Desktop, Shown, TestSession, require};

use super::WINDOW;

const PATIENCE: Duration = Duration::from_secs(20);
const MACHINE: &str = "<domain type='qemu'><name>porthole</name><memory unit='MiB'>32</memory>\
    <os><type arch='x86_64' machine='pc'>hvm</type></os></domain>";

#[test]
fn the_running_window_takes_over_what_a_second_start_is_to_open() {
    if !require(WINDOW) {
        return;
    }
    let session = TestSession::start();
    let mut desktop = Desktop::start(Shown::OnX11);
    let xml = desktop.home().join("porthole.xml");
    std::fs::write(&xml, MACHINE).unwrap();
    session.virsh(&["define", xml.to_str().unwrap()]);
    desktop.choose(Listing::ByNumber);
    desktop.start_berth(&["--connect", &session.uri()]);
    let mut reader = desktop.screen_reader();
    reader.wait_for_part("New machine", Duration::from_mins(1));
    reader.wait("list item", "porthole, Off");
    reader.wait("button", "Start");

    let disc = desktop.home().join("a disc.iso");
    std::fs::write(&disc, "not really").unwrap();
    let address = "berth://elsewhere/porthole";
    let disc = format!("file://{}", disc.display().to_string().replace(' ', "%20"));
    for (arguments, shown) in [
        (vec!["open", "porthole"], "Snapshots"),
        (vec!["open-uri", "--", address], "“elsewhere”"),
        (vec!["open-uri", "--", "berth://x/y?run"], "This is neither"),
        (vec!["open", "nobody"], "no machine “nobody”"),
        (vec!["open-uri", "--", disc.as_str()], "Create and start"),
    ] {
        let second = desktop.start_berth(&arguments);
        assert_eq!(desktop.wait_for_end(second, PATIENCE), 0, "{}", desktop.berth_log());
        reader.wait_for_part(shown, PATIENCE);
    }
}
