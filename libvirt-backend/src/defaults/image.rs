//! Names of new images: files that no shell, QEMU option or storage pool stumbles over.

/// A file name has 255 bytes; libvirt and snapshots add to it.
const MAX_STEM_BYTES: usize = 150;

/// Of a machine's first disk. `attempt`: higher where those before are taken.
pub fn image_name(machine_name: &str, attempt: u32) -> String {
    let stem = stem(machine_name);
    if attempt == 1 {
        format!("{stem}.qcow2")
    } else {
        format!("{stem}-{attempt}.qcow2")
    }
}

/// Of the disk that the machine calls `target`, such as `vdb`; the first that is not taken.
pub fn disk_image_name(machine_name: &str, target: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let stem = format!("{}-{}", stem(machine_name), stem(target));
    let name = |attempt: u32| match attempt {
        1 => format!("{stem}.qcow2"),
        more => format!("{stem}-{more}.qcow2"),
    };
    (1..u32::MAX).map(name).find(|name| !is_taken(name)).unwrap_or_default()
}

fn stem(name: &str) -> String {
    let is_safe = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let safe: String = name.chars().map(|c| if is_safe(c) { c } else { '_' }).collect();
    let safe = safe.trim_start_matches(['.', '-']);
    let stem = &safe[..safe.floor_char_boundary(MAX_STEM_BYTES)];
    if stem.is_empty() { "disk" } else { stem }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_get_names_that_any_file_system_takes() {
        assert_eq!(image_name("web server", 1), "web_server.qcow2");
        assert_eq!(image_name("..'\"<&>/$(x)", 2), "________x_-2.qcow2");
        assert_eq!(image_name("机器", 1), "机器.qcow2");
        assert_eq!(image_name("...", 1), "disk.qcow2");
        let long = image_name(&"é".repeat(100), 1000);
        assert!(long.len() <= 200 && long.ends_with("-1000.qcow2"), "{long}");
    }

    #[test]
    fn the_image_of_a_further_disk_takes_no_others_name() {
        let taken = ["a_b-vdb.qcow2", "a_b-vdb-2.qcow2"];
        assert_eq!(
            disk_image_name("a/b", "vdb", |name| taken.contains(&name)),
            "a_b-vdb-3.qcow2"
        );
        assert_eq!(disk_image_name("web", "vdc", |_| false), "web-vdc.qcow2");
    }
}
