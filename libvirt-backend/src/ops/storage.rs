//! Where new disks go: the pool, made where there is none, and the room in it.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use virt::connect::Connect;
use virt::storage_pool::StoragePool;
use virt::storage_vol::StorageVol;
use virt::sys;

use super::Context;
use super::call::{BadXml as _, Failed as _, is_local, is_session};
use crate::command::{JobStep, Outcome, StorageRoom};
use crate::error::{Error, InputProblem, Result, Verb};
use crate::xml::storage::{dir_pool_xml, pool_from_xml, qcow2_volume_xml};

/// The pool that most tools make and that people know.
const USUAL_POOL: &str = "default";
/// Ours, made where the usual one is missing.
const OWN_POOL: &str = "berth";
/// Where a system libvirtd's QEMU may read and write.
const SYSTEM_FOLDER: &str = "/var/lib/libvirt/images";

/// A pool that is active and the folder it stands for.
pub(super) struct Place {
    pub(super) pool: StoragePool,
    pub(super) name: String,
    pub(super) folder: PathBuf,
}

/// How much a file system has and could ever have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) available_bytes: u64,
    pub(super) total_bytes: u64,
}

/// `Query::StorageRoom`: changes nothing, so a pool that would be made is told by its folder.
pub(crate) fn storage_room(ctx: &Context<'_>) -> Result<Outcome> {
    ctx.step(JobStep::Checking);
    let room = if let Some(place) = usable_pool(ctx)? {
        let room = place.room(ctx)?;
        StorageRoom {
            available_bytes: room.available_bytes,
            capacity_bytes: room.total_bytes,
            pool: Some(place.name),
            folder: place.folder,
        }
    } else {
        let folder = own_folder(ctx)?;
        let room = folder_room(&folder);
        StorageRoom {
            pool: None,
            available_bytes: room.map_or(0, |room| room.available_bytes),
            capacity_bytes: room.map_or(0, |room| room.total_bytes),
            folder,
        }
    };
    Ok(Outcome::StorageRoom(room))
}

/// The pool that was asked for, or the one for everything; started or made where need be.
pub(super) fn place(ctx: &Context<'_>, wanted: Option<&str>) -> Result<Place> {
    if let Some(name) = wanted {
        let is_name = !name.contains('\0');
        return is_name
            .then(|| lookup(ctx.connection, name))
            .transpose()?
            .flatten()
            .map(|pool| activate(pool, name))
            .ok_or(Error::InvalidInput(InputProblem::NoSuchPool))?;
    }
    if let Some(place) = usable_pool(ctx)? {
        return Ok(place);
    }
    if let Some(pool) = lookup(ctx.connection, OWN_POOL)? {
        return activate(pool, OWN_POOL);
    }
    make_own(ctx)
}

/// The usual pool or ours, where it is active and keeps files.
fn usable_pool(ctx: &Context<'_>) -> Result<Option<Place>> {
    for name in [USUAL_POOL, OWN_POOL] {
        if let Some(pool) = lookup(ctx.connection, name)?
            && pool.is_active().failed(Verb::ReadPool, name)?
            && let Ok(place) = describe(pool, name)
            && (!is_local(ctx.uri) || is_in_reach(ctx, &place.folder))
        {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// A session's QEMU is this user: it can only make files where this user can.
fn is_in_reach(ctx: &Context<'_>, folder: &Path) -> bool {
    !is_session(ctx.uri)
        || rustix::fs::access(folder, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).is_ok()
}

fn lookup(connection: &Connect, name: &str) -> Result<Option<StoragePool>> {
    match connection.lookup_storage_pool_by_name(name) {
        Ok(pool) => Ok(Some(pool)),
        Err(error) if error.code().to_raw() == sys::VIR_ERR_NO_STORAGE_POOL => Ok(None),
        Err(error) => Err(error).failed(Verb::ReadPool, name),
    }
}

fn activate(pool: StoragePool, name: &str) -> Result<Place> {
    if !pool.is_active().failed(Verb::ReadPool, name)? {
        pool.create(0).failed(Verb::StartPool, name)?;
    }
    describe(pool, name)
}

fn describe(pool: StoragePool, name: &str) -> Result<Place> {
    let xml = pool.xml_desc(0).failed(Verb::ReadPool, name)?;
    let folder = pool_from_xml(&xml)
        .bad_xml(name)?
        .target
        .ok_or(Error::InvalidInput(InputProblem::NoSuchPool))?;
    Ok(Place {
        pool,
        name: name.to_owned(),
        folder,
    })
}

/// The pool that keeps its files in this folder; `None`: our own, which is not there or not active yet.
pub(super) fn in_folder(ctx: &Context<'_>, folder: &Path) -> Result<Option<Place>> {
    let active = sys::VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE;
    let pools = ctx.connection.list_all_storage_pools(active);
    for pool in pools.failed(Verb::ReadPool, ctx.uri)? {
        let name = pool.name().failed(Verb::ReadPool, ctx.uri)?;
        // Others keep no files.
        if let Ok(place) = describe(pool, &name)
            && place.folder == folder
        {
            return Ok(Some(place));
        }
    }
    if own_folder(ctx)? == folder {
        Ok(None)
    } else {
        Err(Error::InvalidInput(InputProblem::NoPoolInFolder))
    }
}

/// A sparse image may be larger than what is free now, never larger than everything could hold.
pub(super) fn check_room(ctx: &Context<'_>, place: Option<&Place>, folder: &Path, capacity_bytes: u64) -> Result<()> {
    let room = match place {
        Some(place) => Some(place.room(ctx)?),
        None => folder_room(folder),
    };
    match room.map(|room| room.total_bytes) {
        Some(room_bytes) if capacity_bytes > room_bytes => {
            Err(Error::InvalidInput(InputProblem::DiskAboveRoom { room_bytes }))
        }
        _ => Ok(()),
    }
}

/// An empty qcow2 image in the pool of its folder.
pub(super) fn make_image(ctx: &Context<'_>, path: &Path, capacity_bytes: u64) -> Result<StorageVol> {
    let nowhere = Error::InvalidInput(InputProblem::NoPoolInFolder);
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Err(nowhere);
    };
    let place = match in_folder(ctx, folder)? {
        Some(place) => place,
        None => self::place(ctx, None)?,
    };
    if place.folder != folder {
        return Err(nowhere);
    }
    place.make_image(name, capacity_bytes)
}

fn own_folder(ctx: &Context<'_>) -> Result<PathBuf> {
    if !is_session(ctx.uri) && !ctx.uri.starts_with("test") {
        return Ok(PathBuf::from(SYSTEM_FOLDER));
    }
    if !is_local(ctx.uri) && !ctx.uri.starts_with("test") {
        // Nobody here knows where that user's home is.
        return Err(Error::InvalidInput(InputProblem::NoPoolThere));
    }
    Ok(ctx.paths.data_folder.join("images"))
}

fn make_own(ctx: &Context<'_>) -> Result<Place> {
    let folder = own_folder(ctx)?;
    if is_local(ctx.uri) && is_session(ctx.uri) {
        make_private_folder(&folder)?;
    }
    let xml = dir_pool_xml(OWN_POOL, &folder).bad_xml(OWN_POOL)?;
    let pool = ctx
        .connection
        .define_storage_pool_xml(&xml, 0)
        .failed(Verb::DefinePool, OWN_POOL)?;
    let made = pool
        .build(0)
        .and_then(|()| pool.create(0))
        .failed(Verb::StartPool, OWN_POOL);
    if let Err(error) = made {
        if let Err(left) = pool.undefine() {
            tracing::warn!(%left, "the pool that could not be started stays defined");
        }
        return Err(error);
    }
    if let Err(error) = pool.set_autostart(true) {
        // It is started on demand as well.
        tracing::warn!(%error, "the pool will not start by itself");
    }
    describe(pool, OWN_POOL)
}

/// Only this user may look at disks.
pub(super) fn make_private_folder(folder: &Path) -> Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| Error::File {
            verb: crate::error::FileVerb::Create,
            path: folder.to_owned(),
            source: error.into(),
        })
}

impl Place {
    /// An empty qcow2 image.
    pub(super) fn make_image(&self, name: &str, capacity_bytes: u64) -> Result<StorageVol> {
        let xml = qcow2_volume_xml(name, capacity_bytes).bad_xml(name)?;
        StorageVol::create_xml(&self.pool, &xml, 0).failed(Verb::CreateVolume, name)
    }

    pub(super) fn room(&self, ctx: &Context<'_>) -> Result<Room> {
        if is_local(ctx.uri)
            && let Some(room) = folder_room(&self.folder)
        {
            return Ok(room);
        }
        let info = self.pool.info().failed(Verb::ReadPool, &self.name)?;
        Ok(Room {
            available_bytes: info.available,
            total_bytes: info.capacity,
        })
    }
}

/// Of the folder, or of the nearest one above it that exists.
fn folder_room(folder: &Path) -> Option<Room> {
    let stat = folder.ancestors().find_map(|folder| rustix::fs::statvfs(folder).ok())?;
    Some(Room {
        available_bytes: stat.f_bavail.saturating_mul(stat.f_frsize),
        total_bytes: stat.f_blocks.saturating_mul(stat.f_frsize),
    })
}

#[cfg(test)]
mod tests {
    use super::super::test_host::TestHost;
    use super::*;

    #[test]
    fn a_pool_is_made_once_where_there_is_none() {
        let host = TestHost::new();
        let first = host.run(|ctx| place(ctx, None)).unwrap();
        assert_eq!(first.name, OWN_POOL);
        assert!(first.folder.ends_with("data/images"), "{:?}", first.folder);
        assert!(first.pool.is_active().unwrap());
        first.pool.destroy().unwrap();
        let second = host.run(|ctx| place(ctx, None)).unwrap();
        assert_eq!(second.pool.uuid().unwrap(), first.pool.uuid().unwrap());
        assert!(second.pool.is_active().unwrap());
    }

    #[test]
    fn the_usual_pool_is_taken_where_it_is_active() {
        let host = TestHost::new();
        let xml = dir_pool_xml(USUAL_POOL, Path::new("/somewhere")).unwrap();
        let usual = host.connection.define_storage_pool_xml(&xml, 0).unwrap();
        usual.build(0).unwrap();
        usual.create(0).unwrap();
        assert_eq!(
            host.run(|ctx| place(ctx, None)).unwrap().folder,
            Path::new("/somewhere")
        );
    }

    #[test]
    fn a_pool_that_does_not_exist_is_refused() {
        let host = TestHost::new();
        for name in ["nowhere", "a\0b", ""] {
            let refusal = host.run(|ctx| place(ctx, Some(name))).map(|place| place.name);
            assert_eq!(refusal, Err(Error::InvalidInput(InputProblem::NoSuchPool)), "{name:?}");
        }
    }

    #[test]
    fn asking_for_room_makes_no_pool() {
        let host = TestHost::new();
        let Ok(Outcome::StorageRoom(room)) = host.run(storage_room) else {
            panic!()
        };
        assert_eq!(room.pool, None);
        assert!(room.available_bytes > 0 && room.capacity_bytes >= room.available_bytes);
        assert!(host.connection.list_all_storage_pools(0).unwrap().is_empty());
    }
}
