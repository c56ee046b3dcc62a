//! Puts every Fluent file of `assets/i18n` into the program, so that a new file cannot be forgotten.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let i18n = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/i18n");
    announce(&i18n);
    let mut source = String::new();
    for (name, folder) in [("ENGLISH", "en"), ("SIMPLIFIED_CHINESE", "zh-CN")] {
        let folder = i18n.join(folder);
        announce(&folder);
        let mut files = files_in(&folder)?;
        files.sort();
        writeln!(source, "const {name}: &[(&str, &str)] = &[").map_err(io::Error::other)?;
        for file in files {
            announce(&file);
            let path = file.canonicalize()?;
            let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            writeln!(source, "    ({stem:?}, include_str!({:?})),", path.to_string_lossy())
                .map_err(io::Error::other)?;
        }
        source.push_str("];\n");
    }
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("no OUT_DIR"))?;
    fs::write(Path::new(&out).join("i18n.rs"), source)
}

fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "ftl") {
            files.push(path);
        }
    }
    Ok(files)
}

fn announce(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}
