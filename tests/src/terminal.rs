//! The terminal commands, typed as a user would type them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::desktop::berth_binary;
use crate::needs::{Need, require};
use crate::session::TestSession;

/// A home of its own with a connection of its own.
pub struct Terminal {
    pub session: TestSession,
    home: TempDir,
}

impl Terminal {
    /// `None` where libvirt is missing.
    pub fn open() -> Option<Self> {
        if !require(&[Need::Libvirt]) {
            return None;
        }
        let home = tempfile::Builder::new().prefix("bt").tempdir_in("/tmp").unwrap();
        Some(Self {
            session: TestSession::start(),
            home,
        })
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(berth_binary());
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.home.path());
        command
            .env("LANG", "C.UTF-8")
            .env("LIBVIRT_DEFAULT_URI", self.session.uri())
            .stdin(Stdio::null());
        command
    }

    pub fn berth(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    #[track_caller]
    pub fn done(&self, arguments: &[&str]) -> String {
        let output = self.berth(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "berth {arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The status and what was said on standard error.
    pub fn refused(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.berth(arguments);
        (
            output.status.code().unwrap_or(-1),
            String::from_utf8(output.stderr).unwrap(),
        )
    }

    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let text = self.done(&[arguments, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("berth {arguments:?} printed {text:?}: {error}"))
    }

    /// A small machine under software emulation.
    #[track_caller]
    pub fn create(&self, name: &str, more: &[&str]) {
        let common = ["create", name, "--memory", "64MiB", "--vcpus", "1", "--accel", "tcg"];
        self.done(&[&common, more].concat());
    }

    pub fn info(&self, name: &str) -> Value {
        self.json(&["info", name])
    }

    /// An image with the boot sector in it, as a user might have one.
    pub fn boot_image(&self) -> String {
        let path = self.home.path().join("boot.raw");
        fs::write(
            &path,
            libvirt_backend::boot_sector::interactive(libvirt_backend::boot_sector::Mood::Calm),
        )
        .unwrap();
        let target = self.home.path().join("boot.qcow2");
        libvirt_backend::private_session::demo::write_qcow2(&fs::read(path).unwrap(), &target).unwrap();
        target.to_str().unwrap().to_owned()
    }
}
