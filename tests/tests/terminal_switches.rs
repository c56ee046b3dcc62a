//! `berth set` and `berth add-display`: what each came to is told, and a switch that cannot be set changes nothing.

use std::os::unix::net::UnixListener;

use berth_tests::Terminal;
use serde_json::json;

#[test]
fn switches_are_set_from_the_terminal() {
    let Some(terminal) = Terminal::open() else { return };
    terminal.create("guest", &["--network", "none"]);
    assert_eq!(terminal.info("guest")["shares_clipboard"], false);
    let told = terminal.json(&["set", "guest", "--clipboard", "on"]);
    assert_eq!(
        told,
        json!({ "name": "guest", "clipboard": { "done": true, "at_next_start": false } })
    );
    assert_eq!(terminal.info("guest")["shares_clipboard"], true);
    let (status, words) = terminal.refused(&["set", "guest"]);
    assert_eq!(status, 2, "{words}");
    let (status, words) = terminal.refused(&["add-display", "guest"]);
    assert_eq!(status, 1);
    assert!(words.contains("all the displays"), "{words}");
}

#[test]
fn sound_needs_a_server_that_answers() {
    let Some(terminal) = Terminal::open() else { return };
    terminal.create("guest", &["--network", "none"]);
    let on = ["set", "guest", "--sound", "on"];
    let (status, words) = terminal.refused(&on);
    assert_eq!(status, 1);
    assert!(words.contains("No sound server"), "{words}");

    // Somebody waits there and is no sound server.
    let folder = tempfile::Builder::new().prefix("bs").tempdir_in("/tmp").unwrap();
    std::fs::create_dir(folder.path().join("pulse")).unwrap();
    let stranger = UnixListener::bind(folder.path().join("pulse/native")).unwrap();
    std::thread::Builder::new()
        .name("stranger".to_owned())
        .spawn(move || stranger.incoming().for_each(drop))
        .unwrap();
    let output = terminal
        .command(&on)
        .env("XDG_RUNTIME_DIR", folder.path())
        .output()
        .unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("guest cannot be heard"), "{words}");
    let xml = terminal.session.virsh(&["dumpxml", "guest"]);
    assert!(
        xml.contains("<audio id='1' type='none'/>") && !xml.contains("<sound"),
        "{xml}"
    );
}
