//! Can the user that a system libvirtd runs QEMU as reach a file?
//!
//! libvirt gives QEMU the file itself (it changes the owner while the machine runs), never the folders above it: a
//! folder closed to others is the usual reason why a disc in somebody's home "cannot be opened".

use std::ffi::CStr;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

const ACL: &CStr = c"system.posix_acl_access";

/// Debian's and Fedora's names.
const NAMES: [&str; 2] = ["libvirt-qemu", "qemu"];

struct Account {
    uid: u32,
    gids: Vec<u32>,
}

/// True also where it cannot be known: no such user, folders this user may not look at, access lists.
pub(super) fn can_reach(path: &Path) -> bool {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let group = std::fs::read_to_string("/etc/group").unwrap_or_default();
    account(&passwd, &group).is_none_or(|account| can_account_reach(path, &account))
}

fn can_account_reach(path: &Path, account: &Account) -> bool {
    path.ancestors().skip(1).all(|folder| {
        let has_acl = rustix::fs::getxattr(folder, ACL, &mut [0_u8; 0]).is_ok_and(|length| length > 0);
        has_acl || std::fs::metadata(folder).map_or(true, |metadata| may_search(&metadata, account))
    })
}

fn may_search(folder: &Metadata, account: &Account) -> bool {
    let class = if folder.uid() == account.uid {
        0o100
    } else if account.gids.contains(&folder.gid()) {
        0o010
    } else {
        0o001
    };
    folder.mode() & class != 0
}

fn account(passwd: &str, group: &str) -> Option<Account> {
    let (name, uid, gid) = NAMES.iter().find_map(|&wanted| {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next().filter(|&name| name == wanted)?;
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            Some((name, uid, gid))
        })
    })?;
    let mut gids: Vec<u32> = vec![gid];
    for line in group.lines() {
        let fields: Vec<&str> = line.split(':').collect();
        if let [_, _, id, members] = fields[..]
            && members.split(',').any(|member| member == name)
        {
            gids.extend(id.parse::<u32>().ok());
        }
    }
    Some(Account { uid, gids })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_account_is_read_with_its_groups() {
        let passwd =
            "root:x:0:0::/:/bin/sh\nlibvirt-qemu:x:64055:108:Libvirt Qemu:/var/lib/libvirt:/usr/sbin/nologin\n";
        let group = "kvm:x:108:\nlibvirt-qemu:x:64055:libvirt-qemu\ndisk:x:6:libvirt-qemu,other\nx:y\n";
        let account = account(passwd, group).unwrap();
        assert_eq!((account.uid, account.gids), (64055, vec![108, 64055, 6]));
    }

    #[test]
    fn a_closed_folder_above_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("inner/file");
        std::fs::create_dir(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "x").unwrap();
        let nobody = Account {
            uid: 64055,
            gids: vec![64055],
        };
        let set = |mode| {
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            can_account_reach(&file, &nobody)
        };
        assert!(!set(0o700));
        assert!(set(0o711));
    }
}
