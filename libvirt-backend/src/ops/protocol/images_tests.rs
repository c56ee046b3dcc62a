//! New images for disks that are added, in a real libvirt and on a QEMU that runs.

use std::path::{Path, PathBuf};

use super::super::{files, journal, storage};
use super::qemu_tests::World;
use super::tests::{fates, request};
use super::*;
use crate::error::{InputProblem, MediumProblem};
use crate::real_machines;
use crate::xml::metadata::metadata_from_domain_xml;
use crate::xml::property::edit::NewImage;
use crate::xml::storage::volume_from_xml;

const GIB: u64 = 1 << 30;

/// Where new disks go.
fn folder(world: &World) -> PathBuf {
    match world.run(storage::storage_room) {
        Ok(Outcome::StorageRoom(room)) => room.folder,
        other => panic!("{other:?}"),
    }
}

fn disk(path: &Path, format: &str, target: &str, bus: &str) -> Change {
    let path = path.display();
    Change::AddDevice {
        xml: format!(
            "<disk type='file' device='disk'><driver name='qemu' type='{format}'/><source file='{path}'/>\
             <target dev='{target}' bus='{bus}'/></disk>"
        ),
    }
}

fn with_image(path: &Path, capacity_bytes: u64, changes: Vec<Change>) -> EditRequest {
    EditRequest {
        images: vec![NewImage {
            path: path.to_owned(),
            capacity_bytes,
        }],
        ..request(changes)
    }
}

fn num_notes(world: &World) -> usize {
    let uri = world.uri().to_owned();
    world.run(|ctx| journal::leftovers(&ctx.paths.state_folder, &uri).len())
}

fn refusal(world: &World, request: &EditRequest) -> Error {
    let before = (world.inactive(), world.live());
    let refused = world.run(|ctx| edit(ctx, world.id, request)).expect_err("refused");
    assert_eq!((world.inactive(), world.live()), before);
    assert_eq!(num_notes(world), 0);
    refused
}

#[test]
fn an_image_is_made_with_the_disk_that_names_it_and_plugged_in_at_once() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::new();
    let path = folder(&world).join("guest-vdb.qcow2");
    let wanted = with_image(&path, 3 * GIB, vec![disk(&path, "qcow2", "vdb", "virtio")]);
    let dry = EditRequest {
        is_dry_run: true,
        ..wanted.clone()
    };
    let told = world.edit(&dry);
    assert_eq!(fates(&told), [("disk", &Fate::WouldChange)]);
    assert!(!path.exists(), "a dry run makes nothing");

    let report = world.edit(&wanted);
    assert_eq!(fates(&report), [("disk", &Fate::Applied)]);
    let adjusted = report.adjusted.iter().filter(|line| line.sign() != ' ');
    let [address] = adjusted.collect::<Vec<_>>()[..] else {
        panic!("only the address is libvirt's: {:#?}", report.adjusted);
    };
    assert!(address.text.contains("<address type='pci'"), "{address:?}");
    let pool = world.connection.lookup_storage_pool_by_name("berth").unwrap();
    let volume = pool.lookup_storage_vol_by_name("guest-vdb.qcow2").unwrap();
    let made = volume_from_xml(&volume.xml_desc(0).unwrap()).unwrap();
    assert_eq!((made.capacity_bytes, made.format.as_deref()), (3 * GIB, Some("qcow2")));
    assert!(made.allocation_bytes < 1 << 20, "it grows as it is filled");
    let file = format!("file='{}'", path.display());
    assert!(world.live().contains(&file) && world.inactive().contains(&file));
    for xml in [world.live(), world.inactive()] {
        assert_eq!(
            metadata_from_domain_xml(&xml).unwrap().made_files,
            std::slice::from_ref(&path)
        );
    }
    assert_eq!(num_notes(&world), 0);

    // Taking it back leaves the file: it may hold something by then.
    let Ok(Outcome::Edited(undone)) = world.run(|ctx| undo_edit(ctx, world.id, crate::command::Overwrite::Refuse))
    else {
        panic!("not undone")
    };
    assert!(
        fates(&undone).iter().any(|(what, _)| what.starts_with("disk")),
        "{undone:?}"
    );
    assert!(!world.inactive().contains(&file) && path.exists());
    assert!(!world.inactive().contains("made"), "{}", world.inactive());
    world.run(|ctx| files::delete(ctx, &path)).unwrap();
    world.end();
}

#[test]
fn what_cannot_be_made_is_refused_before_anything_is_changed() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::new();
    let folder = folder(&world);
    let path = folder.join("new.qcow2");
    let of = |path: &Path, bytes: u64| with_image(path, bytes, vec![disk(path, "qcow2", "vdb", "virtio")]);
    let input = |problem: InputProblem| Error::InvalidInput(problem);
    assert!(matches!(
        refusal(&world, &of(&path, 1 << 50)),
        Error::InvalidInput(InputProblem::DiskAboveRoom { .. })
    ));
    assert!(matches!(
        refusal(&world, &of(&path, 0)),
        Error::InvalidInput(InputProblem::DiskTooSmall { .. })
    ));
    assert!(matches!(
        refusal(&world, &of(&path, u64::MAX)),
        Error::InvalidInput(InputProblem::DiskTooLarge { .. })
    ));
    let elsewhere = Path::new("/nowhere/new.qcow2");
    assert_eq!(
        refusal(&world, &of(elsewhere, GIB)),
        input(InputProblem::NoPoolInFolder)
    );
    for relative in ["new.qcow2", "/", ""] {
        let refused = refusal(&world, &of(Path::new(relative), GIB));
        assert!(
            matches!(&refused, Error::Medium { problem, .. } if *problem == MediumProblem::NotAbsolute),
            "{relative}: {refused}"
        );
    }
    let raw = with_image(&path, GIB, vec![disk(&path, "raw", "vdb", "virtio")]);
    assert_eq!(refusal(&world, &raw), input(InputProblem::ImageOfNoDisk));
    let other = with_image(&path, GIB, vec![disk(&folder.join("other"), "qcow2", "vdb", "virtio")]);
    assert_eq!(refusal(&world, &other), input(InputProblem::ImageOfNoDisk));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(&path, "what somebody keeps").unwrap();
    assert!(matches!(
        refusal(&world, &of(&path, GIB)),
        Error::Medium { problem, .. } if problem == MediumProblem::AlreadyThere
    ));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "what somebody keeps");
    world.end();
}

#[test]
fn an_image_whose_disk_libvirt_refuses_is_taken_back() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::new();
    let folder = folder(&world);
    let paths = ["one.qcow2", "two.qcow2"].map(|name| folder.join(name));
    let images = paths.iter().map(|path| NewImage {
        path: path.clone(),
        capacity_bytes: GIB,
    });
    // There is a vda already.
    let changes = vec![
        disk(&paths[0], "qcow2", "vdb", "virtio"),
        disk(&paths[1], "qcow2", "vda", "virtio"),
    ];
    let both = EditRequest {
        images: images.collect(),
        ..request(changes)
    };
    let refused = refusal(&world, &both);
    assert!(matches!(refused, Error::Libvirt { .. }), "{refused}");
    assert!(paths.iter().all(|path| !path.exists()));

    // IDE disks are not plugged in while a machine runs.
    let live = EditRequest {
        apply: Apply::Live,
        ..with_image(&paths[0], GIB, vec![disk(&paths[0], "qcow2", "hda", "ide")])
    };
    let report = world.run(|ctx| edit(ctx, world.id, &live));
    let is_refused = match &report {
        Ok(Outcome::Edited(report)) => matches!(fates(report)[..], [(_, Fate::Refused { .. })]),
        Ok(_) => false,
        Err(_) => true,
    };
    assert!(is_refused, "{report:?}");
    assert!(!paths[0].exists() && num_notes(&world) == 0);

    // Not in the machine that runs, yet in its definition: that is no reason to take the image back.
    let later = with_image(&paths[0], GIB, vec![disk(&paths[0], "qcow2", "sda", "sata")]);
    let report = world.edit(&later);
    assert!(
        matches!(fates(&report)[..], [("disk", Fate::AtNextStart { refusal: Some(_) })]),
        "{report:?}"
    );
    assert!(paths[0].exists() && num_notes(&world) == 0);
    world.end();
}
