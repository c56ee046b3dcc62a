//! The dialogs as a person uses them: what they say, and exactly what they send.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use libvirt_backend::command::{
    DeleteFile, DeleteFileKind, DeletePlan, DeleteRequest, Leftover, MediumKind, MediumReport, SnapshotCommand,
    SnapshotEstimate,
};
use libvirt_backend::error::MediumProblem;
use libvirt_backend::guard::{Action, Denied};
use libvirt_backend::model::{AccelChoice, ConnectionState, NetworkChoice, NewMachine, NewStorage, Os};
use libvirt_backend::{Error, JobId};

use crate::command::{Command, ConnectionCommand, CreateCommand, DialogRequest, MachineCommand, QuitChoice, UiCommand};
use crate::screens::fixtures::{self, GIB, URI};
use crate::screens::test_jobs::job;
use crate::screens::test_window::{Look, TestWindow, key, key_of, open};
use crate::settings::Question;
use crate::state::{Answer, Overlay};

type Window = Harness<'static, TestWindow>;

fn window(overlay: Overlay, prepare: impl FnOnce(&mut TestWindow)) -> Window {
    let mut window = TestWindow::new(vec![fixtures::assorted()]);
    window.overlay = Some(overlay);
    prepare(&mut window);
    let mut harness = open(Look::sized(1_280.0, 800.0), window);
    harness.run();
    harness
}

fn dialog(request: DialogRequest, prepare: impl FnOnce(&mut TestWindow)) -> Window {
    window(Overlay::Dialog(request), prepare)
}

fn press(harness: &mut Window, name: &str) {
    harness.get_by_role_and_label(Role::Button, name).click();
    harness.run();
}

fn file(name: &str, kind: DeleteFileKind, is_preselected: bool) -> DeleteFile {
    DeleteFile {
        path: PathBuf::from(format!("/images/{name}")),
        kind,
        size_bytes: Some(2 * GIB),
        is_preselected,
        used_by: Vec::new(),
        holds_snapshots: false,
    }
}

fn plan() -> DeletePlan {
    DeletePlan {
        files: vec![
            file("web-10.qcow2", DeleteFileKind::Disk, true),
            DeleteFile {
                used_by: vec!["web-1".to_owned()],
                ..file("own.qcow2", DeleteFileKind::ImportedDisk, false)
            },
            file("web-10.fd", DeleteFileKind::Nvram, true),
        ],
        snapshots: vec!["clean".to_owned()],
        unread: vec!["held".to_owned()],
    }
}

#[test]
fn deleting_lists_every_file_and_sends_exactly_those_ticked() {
    let mut harness = dialog(DialogRequest::Delete(vec![key(8)]), |window| {
        window.answers.delete_plans.insert(key(8), Answer::Ready(plan()));
    });
    harness.get_by_role_and_label(Role::Dialog, "Delete web-10?");
    harness.get_by_label("4 GiB will be freed");
    harness.get_by_role_and_label(Role::Status, "Could not be asked which files they use: held");
    assert!(
        harness
            .query_all_by_label_contains("Also used by web-1")
            .next()
            .is_some()
    );
    harness.get_by_label("1 snapshot goes with it: clean");
    harness.get_by_label("Firmware settings web-10.fd, 2 GiB").click();
    harness.run();
    harness.get_by_label("2 GiB will be freed");
    press(&mut harness, "Delete");
    assert_eq!(
        harness.state().sent,
        [Command::Machine(MachineCommand::Delete {
            machine: key(8),
            request: DeleteRequest {
                files: vec![PathBuf::from("/images/web-10.qcow2")],
                force_off: false
            }
        })]
    );
    assert_eq!(harness.state().overlay, None);
}

#[test]
fn a_running_machine_is_said_to_be_forced_off_before_it_is_deleted() {
    let mut harness = dialog(DialogRequest::Delete(vec![key(1)]), |window| {
        window
            .answers
            .delete_plans
            .insert(key(1), Answer::Ready(DeletePlan::default()));
    });
    harness
        .get_all_by_label_contains("web-1 is running and is forced off first")
        .next()
        .unwrap();
    press(&mut harness, "Force off and delete");
    let [Command::Machine(MachineCommand::Delete { request, .. })] = harness.state().sent.as_slice() else {
        panic!("{:?}", harness.state().sent);
    };
    assert!(request.force_off);
}

#[test]
fn quitting_sends_what_its_button_says() {
    for (button, choice) in [
        ("Wait and quit", Some(QuitChoice::WaitForJobs)),
        ("Quit now", Some(QuitChoice::LeaveJobs)),
        ("Cancel the jobs and quit", Some(QuitChoice::CancelJobs)),
        ("Keep Berth open", None),
    ] {
        let mut harness = dialog(DialogRequest::Quit, |window| window.jobs.list.push(job(1)));
        press(&mut harness, button);
        let quits: Vec<Command> = choice
            .map(|choice| Command::Ui(UiCommand::Quit(choice)))
            .into_iter()
            .collect();
        assert_eq!(harness.state().sent, quits, "{button}");
        // The window shows what is being cancelled in its place.
        let is_over = choice != Some(QuitChoice::CancelJobs);
        assert_eq!(harness.state().overlay.is_none(), is_over, "{button}");
    }
}

#[test]
fn a_snapshot_of_several_machines_is_one_question_and_one_command_each() {
    let mut harness = dialog(DialogRequest::TakeSnapshot(vec![key(1), key(2)]), |_| {});
    harness.get_by_role_and_label(Role::Dialog, "Take a snapshot of 2 machines");
    press(&mut harness, "Take snapshot");
    let machines: Vec<_> = harness
        .state()
        .sent
        .iter()
        .filter_map(|command| match command {
            Command::Machine(MachineCommand::Snapshot { machine, .. }) => Some(machine.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(machines, [key(1), key(2)]);
}

#[test]
fn nothing_is_deleted_before_its_files_are_known() {
    let mut harness = dialog(DialogRequest::Delete(vec![key(8)]), |window| {
        window.answers.delete_plans.insert(key(8), Answer::Waiting(JobId(1)));
    });
    let button = harness.get_by_role_and_label(Role::Button, "Delete");
    assert!(button.accesskit_node().is_disabled());
    press(&mut harness, "Cancel");
    assert!(harness.state().sent.is_empty());
    assert_eq!(harness.state().overlay, None);
}

#[test]
fn a_machine_whose_files_cannot_be_found_can_be_looked_at_again_or_deleted_without_them() {
    let fail = |window: &mut TestWindow| {
        let failed = Answer::Failed(Error::Denied(Denied::NotResponding));
        window.answers.delete_plans.insert(key(4), failed);
    };
    let mut harness = dialog(DialogRequest::Delete(vec![key(4)]), fail);
    harness.get_by_label("Deleted now, its files stay where they are.");
    harness.get_by_label("Look again for the files of build-runner").click();
    harness.run();
    assert_eq!(
        harness.state_mut().sent.split_off(0),
        [Command::Machine(MachineCommand::ReadDeletePlan(key(4)))]
    );
    press(&mut harness, "Force off and delete without files");
    assert_eq!(
        harness.state().sent,
        [Command::Machine(MachineCommand::Delete {
            machine: key(4),
            request: DeleteRequest {
                files: Vec::new(),
                force_off: true
            }
        })]
    );
}

#[test]
fn several_are_deleted_together_and_those_that_refuse_say_why_and_stay() {
    let lost = key_of(fixtures::LAB, fixtures::id(9));
    let request = DialogRequest::Delete(vec![key(1), lost, key(8)]);
    let mut harness = dialog(request, |window| {
        let mut lab = fixtures::host(fixtures::LAB, vec![fixtures::machine(9, "far")]);
        lab.connection = ConnectionState::Idle;
        window.hosts.push(Arc::new(lab));
        let none = Answer::Ready(DeletePlan::default());
        window.answers.delete_plans.insert(key(1), none);
        window.answers.delete_plans.insert(key(8), Answer::Ready(plan()));
    });
    harness.get_by_role_and_label(Role::Dialog, "Delete 3 machines?");
    assert!(harness.query_all_by_label_contains("Stays: ").next().is_some());
    press(&mut harness, "Delete 2 machines");
    let sent: Vec<_> = harness
        .state()
        .sent
        .iter()
        .filter_map(|command| match command {
            Command::Machine(MachineCommand::Delete { machine, request }) => {
                Some((machine.clone(), request.files.len(), request.force_off))
            }
            _ => None,
        })
        .collect();
    assert_eq!(sent, [(key(1), 0, true), (key(8), 2, false)]);
}

#[test]
fn forcing_off_can_be_told_not_to_ask_again() {
    let mut harness = dialog(DialogRequest::ForceOff(vec![key(1)]), |_| {});
    harness.get_by_label("Do not ask again").click();
    harness.run();
    press(&mut harness, "Force off");
    assert!(harness.state().settings.dismissed.contains(&Question::ForceOff));
    assert_eq!(
        harness.state().sent.last(),
        Some(&Command::Machine(MachineCommand::ForceOffNow(vec![key(1)])))
    );
}

#[test]
fn taking_a_snapshot_says_how_long_the_guest_stands_still() {
    let mut harness = dialog(DialogRequest::TakeSnapshot(vec![key(1)]), |window| {
        let estimate = SnapshotEstimate {
            memory_bytes: Some(4 * GIB),
            pause: Some(Duration::from_secs(7)),
        };
        window
            .answers
            .snapshot_estimates
            .insert(key(1), Answer::Ready(estimate));
    });
    let words = "The guest stands still for about 7 s while 4 GiB of memory are written.";
    harness.get_all_by_label(words).next().unwrap();
    press(&mut harness, "Take snapshot");
    assert_eq!(
        harness.state().sent,
        [Command::Machine(MachineCommand::Snapshot {
            machine: key(1),
            command: SnapshotCommand::Create {
                name: "snapshot-5".to_owned(),
                description: None
            }
        })]
    );
}

#[test]
fn a_name_that_is_taken_cannot_be_given() {
    let mut harness = dialog(DialogRequest::Rename(key(8)), |_| {});
    let field = harness.get_by_role(Role::TextInput);
    field.focus();
    harness.run();
    harness.key_combination_modifiers(egui::Modifiers::COMMAND, &[egui::Key::A]);
    harness.get_by_role(Role::TextInput).type_text("web-1");
    harness.run();
    assert!(
        harness
            .get_by_role_and_label(Role::Button, "Rename")
            .accesskit_node()
            .is_disabled()
    );
    harness.get_by_role(Role::TextInput).type_text("1");
    harness.run();
    harness.key_press(egui::Key::Enter);
    harness.run();
    assert_eq!(
        harness.state().sent,
        [Command::Machine(MachineCommand::Rename {
            machine: key(8),
            name: "web-11".to_owned()
        })]
    );
}

#[test]
fn tags_of_several_machines_change_only_what_was_clicked() {
    let mut harness = dialog(DialogRequest::Tags(vec![key(1), key(2)]), |_| {});
    harness.get_by_label("Remove tag web").click();
    harness.run();
    press(&mut harness, "Save tags");
    let tags_of = |number| {
        harness.state().sent.iter().find_map(|command| match command {
            Command::Machine(MachineCommand::SetTags { machine, tags }) if *machine == key(number) => {
                Some(tags.clone())
            }
            _ => None,
        })
    };
    assert_eq!(tags_of(1), Some(vec!["production".to_owned()]));
    assert_eq!(tags_of(2), Some(Vec::new()));
}

#[test]
fn a_machine_is_created_with_the_keyboard_alone() {
    let iso = PathBuf::from("/isos/debian-12.iso");
    let mut harness = window(Overlay::NewMachine, |window| {
        let report = MediumReport {
            path: iso.clone(),
            kind: MediumKind::Iso,
            size_bytes: GIB,
            capacity_bytes: GIB,
        };
        window
            .answers
            .media
            .insert((URI.to_owned(), iso.clone()), Answer::Ready(report));
    });
    assert!(
        harness
            .state()
            .sent
            .contains(&Command::Create(CreateCommand::ReadHost { uri: URI.to_owned() })),
        "the host is asked what it can do"
    );
    for _ in 0..20 {
        let is_there = harness
            .get_all_by_role(Role::TextInput)
            .next()
            .is_some_and(|field| field.is_focused());
        if is_there {
            break;
        }
        harness.key_press(egui::Key::Tab);
        harness.run();
    }
    harness
        .get_all_by_role(Role::TextInput)
        .next()
        .unwrap()
        .type_text("/isos/debian-12.iso");
    harness.run();
    harness.get_by_label_contains("Disc image, 1 GiB");
    harness.key_press(egui::Key::Enter);
    harness.run();
    let Some(Command::Create(CreateCommand::Submit { uri, machine })) = harness.state().sent.last() else {
        panic!("{:?}", harness.state().sent);
    };
    assert_eq!(uri, URI);
    assert_eq!(machine.name, "debian-12");
    assert_eq!(machine.cdrom.as_ref(), Some(&iso));
    assert_eq!(
        machine.storage,
        NewStorage::Create {
            capacity_bytes: 25 * GIB,
            pool: None
        }
    );
    assert!(machine.start);
}

#[test]
fn an_address_is_made_of_host_and_user() {
    let mut harness = dialog(DialogRequest::AddConnection, |_| {});
    let connect = harness.get_by_role_and_label(Role::Button, "Connect");
    assert!(connect.accesskit_node().is_disabled(), "the session is open already");
    harness.get_by_role(Role::ComboBox).click();
    harness.run();
    harness.get_by_label("Another computer (ssh)").click();
    harness.run();
    let field = |harness: &Window, place: usize, text: &str| {
        harness.get_all_by_role(Role::TextInput).nth(place).unwrap().focus();
        harness
            .get_all_by_role(Role::TextInput)
            .nth(place)
            .unwrap()
            .type_text(text);
    };
    field(&harness, 0, "lab");
    harness.run();
    field(&harness, 1, "ada");
    harness.run();
    press(&mut harness, "Connect");
    assert_eq!(
        harness.state().sent,
        [Command::Connection(ConnectionCommand::Open(
            "qemu+ssh://ada@lab/system".to_owned()
        ))]
    );
}

#[test]
fn remains_of_an_interrupted_job_are_told_and_removed_on_request() {
    let mut window = TestWindow::new(vec![fixtures::assorted()]);
    let leftover = Leftover {
        journal: PathBuf::from("/state/1.json"),
        machine_name: "half".to_owned(),
        files: vec![PathBuf::from("/images/half.qcow2")],
        started_at_millis: fixtures::NOW_MILLIS - 3_600_000,
    };
    window.answers.leftovers.insert(URI.to_owned(), vec![leftover]);
    let mut harness = open(Look::sized(1_280.0, 800.0), window);
    harness.run();
    harness.get_by_label("/images/half.qcow2");
    press(&mut harness, "Remove");
    assert_eq!(
        harness.state().sent.last(),
        Some(&Command::Connection(ConnectionCommand::RemoveLeftovers(URI.to_owned())))
    );
}

/// What the form says below the path, after the file there was looked at and was found missing.
fn missing_installer() -> Window {
    let path = PathBuf::from("/isos/debian-12.iso");
    let mut harness = window(Overlay::NewMachine, |window| {
        let problem = MediumProblem::Missing;
        let missing = Answer::Failed(Error::Medium {
            path: path.clone(),
            problem,
        });
        window.answers.media.insert((URI.to_owned(), path.clone()), missing);
    });
    harness.get_all_by_role(Role::TextInput).next().unwrap().focus();
    harness.run();
    harness
        .get_all_by_role(Role::TextInput)
        .next()
        .unwrap()
        .type_text("/isos/debian-12.iso");
    harness.run();
    harness
}

fn num_checks(harness: &Window) -> usize {
    let is_check = |command: &&Command| matches!(command, Command::Create(CreateCommand::CheckMedium { .. }));
    harness.state().sent.iter().filter(is_check).count()
}

#[test]
fn a_file_that_was_missing_once_is_looked_at_again() {
    let mut harness = missing_installer();
    assert!(
        num_checks(&harness) > 0,
        "what was answered before the dialog opened is old"
    );
    harness.get_by_label("There is no such file");
    let before = num_checks(&harness);
    // Downloaded meanwhile: nobody has to touch the field.
    for _ in 0..20 {
        harness.step();
    }
    assert!(num_checks(&harness) > before);
    let report = MediumReport {
        path: PathBuf::from("/isos/debian-12.iso"),
        kind: MediumKind::Iso,
        size_bytes: GIB,
        capacity_bytes: GIB,
    };
    let place = (URI.to_owned(), report.path.clone());
    harness.state_mut().answers.media.insert(place, Answer::Ready(report));
    harness.run();
    assert!(harness.query_by_label("There is no such file").is_none());
    press(&mut harness, "Create and start");
    assert!(matches!(
        harness.state().sent.last(),
        Some(Command::Create(CreateCommand::Submit { .. }))
    ));
}

#[test]
fn several_machines_are_named_once_before_they_are_shut_down() {
    let action = Action::Shutdown;
    let machines = vec![key(1), key(2), key(8)];
    let mut harness = dialog(DialogRequest::Several { action, machines }, |_| {});
    harness.get_by_role_and_label(Role::Dialog, "Shut down: 2 machines?");
    harness.get_by_label("web-1, web-2");
    let stays = "Stays: web-10: Only possible while the machine runs; start it first";
    assert!(harness.query_all_by_label_contains(stays).next().is_some());
    press(&mut harness, "Shut down (2)");
    assert_eq!(
        harness.state().sent,
        [Command::Machine(MachineCommand::RunNow {
            action,
            machines: vec![key(1), key(2)]
        })]
    );
}

/// As "New machine" makes it.
pub(crate) fn machine(name: &str) -> NewMachine {
    NewMachine {
        name: name.to_owned(),
        memory_kib: 3 << 20,
        vcpus: 3,
        storage: NewStorage::Create {
            capacity_bytes: 7 * GIB,
            pool: None,
        },
        cdrom: Some(PathBuf::from("/isos/debian-12.iso")),
        network: NetworkChoice::User,
        accel: AccelChoice::Tcg,
        os: Os::Generic,
        tags: Vec::new(),
        start: false,
    }
}

#[test]
fn a_machine_that_could_not_be_made_comes_back_as_it_was_typed() {
    let iso = PathBuf::from("/isos/debian-12.iso");
    let mut harness = window(Overlay::NewMachine, |window| {
        window.answers.draft = Some((URI.to_owned(), Box::new(machine("db"))));
        let report = MediumReport {
            path: iso.clone(),
            kind: MediumKind::Iso,
            size_bytes: GIB,
            capacity_bytes: GIB,
        };
        window
            .answers
            .media
            .insert((URI.to_owned(), iso), Answer::Ready(report));
    });
    for _ in 0..4 {
        harness.step();
    }
    press(&mut harness, "Create");
    assert_eq!(
        harness.state().sent.last(),
        Some(&Command::Create(CreateCommand::Submit {
            uri: URI.to_owned(),
            machine: Box::new(machine("db"))
        }))
    );
}

#[test]
fn on_another_computer_a_path_is_typed_and_said_to_be_unchecked_where_no_pool_has_it() {
    let machine = key_of(fixtures::LAB, fixtures::id(9));
    let path = PathBuf::from("/srv/a.iso");
    let unchecked = Answer::Ready(MediumReport {
        path: path.clone(),
        kind: MediumKind::Unchecked,
        size_bytes: 0,
        capacity_bytes: 0,
    });
    let prepare = |window: &mut TestWindow| {
        window.hosts = vec![Arc::new(fixtures::host(
            fixtures::LAB,
            vec![fixtures::machine(9, "far")],
        ))];
        let place = (fixtures::LAB.to_owned(), path.clone());
        window.answers.media.insert(place, unchecked.clone());
    };
    let type_path = |harness: &mut Window| {
        harness.get_all_by_role(Role::TextInput).next().unwrap().focus();
        harness.run();
        harness
            .get_all_by_role(Role::TextInput)
            .next()
            .unwrap()
            .type_text("/srv/a.iso");
        for _ in 0..6 {
            harness.step();
        }
        harness.get_by_label("Not checked: no storage pool of that computer has this file");
    };
    let mut harness = window(Overlay::NewMachine, prepare);
    assert!(
        harness.query_by_label("Browse…").is_none(),
        "it would show this computer"
    );
    type_path(&mut harness);

    let request = DialogRequest::InsertDisc {
        machine: machine.clone(),
        target: "sda".to_owned(),
    };
    let mut harness = dialog(request, prepare);
    type_path(&mut harness);
    press(&mut harness, "Insert");
    assert_eq!(
        harness.state().sent.last(),
        Some(&Command::Machine(MachineCommand::InsertMedia {
            machine,
            target: "sda".to_owned(),
            path: path.clone()
        }))
    );
}

#[test]
fn what_destroys_something_is_not_done_by_enter_alone() {
    let requests = [
        DialogRequest::ForceOff(vec![key(1)]),
        DialogRequest::RevertSnapshot {
            machine: key(1),
            snapshot: "clean".to_owned(),
        },
        DialogRequest::DeleteSnapshot {
            machine: key(1),
            snapshot: "clean".to_owned(),
        },
    ];
    for request in requests {
        let mut harness = dialog(request, |_| {});
        assert!(harness.get_by_role_and_label(Role::Button, "Cancel").is_focused());
        harness.key_press(egui::Key::Enter);
        harness.run();
        assert!(harness.state().sent.is_empty(), "{:?}", harness.state().sent);
        assert_eq!(harness.state().overlay, None);
    }
}

#[test]
fn while_the_files_are_looked_for_nothing_is_said_of_them() {
    let harness = dialog(DialogRequest::Delete(vec![key(8)]), |window| {
        window.answers.delete_plans.insert(key(8), Answer::Waiting(JobId(7)));
    });
    assert!(harness.query_by_label("No file is deleted").is_none());
}

/// A slow computer draws a frame for several key strokes.
#[test]
fn a_name_and_enter_within_one_frame_are_both_heeded() {
    let mut harness = dialog(DialogRequest::Rename(key(8)), |_| {});
    harness.get_by_role_and_label(Role::TextInput, "New name").focus();
    harness.run_steps(2);
    for typed in ["x", "/"] {
        harness.event(egui::Event::Text(typed.to_owned()));
        harness.key_press(egui::Key::Enter);
        harness.step();
        harness.step();
        let sent = &harness.state().sent;
        // The second name is none, and must not slip past its check.
        assert_eq!(sent.len(), 1, "after {typed:?}: {sent:?}");
        harness.state_mut().overlay = Some(Overlay::Dialog(DialogRequest::Rename(key(8))));
        harness.run_steps(2);
        harness.get_by_role_and_label(Role::TextInput, "New name").focus();
        harness.run_steps(2);
    }
}

#[test]
fn tab_comes_round_to_what_destroys_something() {
    let mut harness = dialog(DialogRequest::ForceOff(vec![key(1)]), |_| {});
    let mut passed = Vec::new();
    for _ in 0..6 {
        let focused = |label: &str| harness.get_by_role_and_label(Role::Button, label).is_focused();
        passed.extend(
            ["Cancel", "Close", "Force off"]
                .into_iter()
                .filter(|label| focused(label)),
        );
        harness.key_press(egui::Key::Tab);
        harness.run();
    }
    for label in ["Cancel", "Close", "Force off"] {
        assert!(passed.contains(&label), "{label} is not among {passed:?}");
    }
}
