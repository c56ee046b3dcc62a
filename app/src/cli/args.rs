//! The arguments of `berth`, in the window and in the terminal. `--help` is English, as everything a script reads.

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use super::device::Device;
use super::edit::args::Edit;
use super::size::Size;
use super::xml::Xml;
use crate::link::{self, Place, Shown, Target};

#[derive(Debug, Parser)]
#[command(
    name = "berth",
    version,
    about = "A desktop virtual-machine manager",
    max_term_width = 100
)]
#[command(after_help = "Without a command, the window opens.")]
pub struct Arguments {
    /// The libvirt connection, for example `qemu:///session` (the default, unless `LIBVIRT_DEFAULT_URI` says
    /// otherwise) or `qemu+ssh://lab/system`.
    #[arg(long, value_name = "URI", global = true)]
    pub connect: Option<String>,
    /// Open the window on a throw-away session with two sample machines.
    #[arg(long, conflicts_with_all = ["connect", "private_session"])]
    pub demo: bool,
    /// Open the window on a private libvirt session of its own (for root, whose session is the system's).
    #[arg(long, conflicts_with = "connect")]
    pub private_session: bool,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(subcommand)]
    pub command: Option<Subcommands>,
}

impl Arguments {
    /// What the grammar alone cannot say: a session that ends with its window is no place for a command.
    pub fn check(&self) -> Result<(), clap::Error> {
        let flag = match self {
            Self { command: None, .. } => return Ok(()),
            Self { demo: true, .. } => "--demo",
            Self {
                private_session: true, ..
            } => "--private-session",
            Self { .. } => return Ok(()),
        };
        Err(Self::command().error(
            clap::error::ErrorKind::ArgumentConflict,
            format!("{flag} opens the window on a session that ends with it; a command needs --connect URI instead"),
        ))
    }

    /// Is there a window in the end?
    pub const fn opens_window(&self) -> bool {
        matches!(
            self.command,
            None | Some(Subcommands::Open(_) | Subcommands::OpenUri(_))
        )
    }

    /// What the window is to show, with paths that count from `folder`.
    pub fn target(&self, folder: &Path) -> Option<Target> {
        match &self.command {
            Some(Subcommands::Open(open)) => Some(Target::Machine {
                place: self.connect.clone().map_or(Place::Anywhere, Place::Connection),
                name: open.machine.machine.clone(),
                shown: match open {
                    Open { fullscreen: true, .. } => Shown::FullScreen,
                    Open { console: true, .. } => Shown::Console,
                    Open { .. } => Shown::Page,
                },
            }),
            Some(Subcommands::OpenUri(uri)) => {
                let text = uri.target.as_deref()?;
                Some(link::parse(text, folder).unwrap_or_else(Target::Refused))
            }
            _ => None,
        }
    }

    /// The connection that was asked for, on the command line or in libvirt's own variable.
    pub fn uri(&self) -> Option<String> {
        let from_environment = || std::env::var("LIBVIRT_DEFAULT_URI").ok().filter(|uri| !uri.is_empty());
        self.connect.clone().or_else(from_environment)
    }
}

#[derive(Clone, Copy, Debug, Default, Args)]
pub struct OutputArgs {
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// Do not ask; needed for destructive commands where nobody can be asked.
    #[arg(long, short = 'y', global = true)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub enum Subcommands {
    /// Open a machine in the window; one that is open already takes it over.
    Open(Open),
    /// Open a `berth://HOST/NAME` address, or "New machine" with a disc or disk image: for the desktop.
    OpenUri(OpenUri),
    /// List the machines.
    List,
    /// Show everything known of a machine.
    Info(Machine),
    /// Make a machine.
    Create(Box<Create>),
    /// Start machines, or resume their saved state.
    Start(Start),
    /// Ask the guests to shut down, and wait.
    Shutdown(Shutdown),
    /// Ask the guests to restart.
    Reboot(Machines),
    /// Press the reset button.
    Reset(Machines),
    /// Switch off at once; what the guests have not written is lost.
    ForceOff(Machines),
    /// Hold machines still.
    Pause(Machines),
    /// Let paused machines go on.
    Resume(Machines),
    /// Save memory to disk and stop; the next start goes on from there.
    Save(Machines),
    /// Sit at a machine's serial line; Ctrl+] leaves.
    Console(Console),
    /// Delete a machine and the files made for it.
    Delete(Delete),
    /// Show or change a machine's tags.
    Tag(Tag),
    /// Take, list, revert to and delete snapshots.
    #[command(subcommand)]
    Snapshot(Snapshot),
    /// List what an interrupted command left behind.
    Leftovers(Leftovers),
    /// Add what Berth shows machines' screens by.
    AddDisplay(Machines),
    /// Change a machine's switches.
    Set(Set),
    /// Read and change any setting of a machine, or of machines' XML in files.
    Edit(Box<Edit>),
    /// List a machine's devices, add and remove them.
    #[command(subcommand)]
    Device(Device),
    /// Print and replace a machine's XML; check and compare XML in files.
    #[command(subcommand)]
    Xml(Xml),
    /// List the changes to a machine's definition that can be undone.
    History(Machine),
    /// Undo the last change to a machine's definition.
    Undo(Undo),
    /// Measure the running machines.
    Stats(Stats),
    /// List the connections Berth knows.
    Uris,
    /// Print what a bug report needs, secrets removed.
    Diagnostics,
}

#[derive(Debug, Args)]
pub struct Open {
    #[command(flatten)]
    pub machine: Machine,
    /// Show its screen; it is started where it is off.
    #[arg(long)]
    pub console: bool,
    /// The same, filling the display.
    #[arg(long)]
    pub fullscreen: bool,
}

#[derive(Debug, Args)]
pub struct OpenUri {
    /// Nothing: the window as it is.
    #[arg(value_name = "URI|FILE", allow_hyphen_values = true)]
    pub target: Option<String>,
}

#[derive(Debug, Args)]
pub struct Machine {
    /// Name or UUID.
    #[arg(value_name = "NAME")]
    pub machine: String,
}

#[derive(Debug, Args)]
pub struct Undo {
    #[command(flatten)]
    pub machine: Machine,
    /// Make again what was last undone.
    #[arg(long)]
    pub redo: bool,
    /// Also where something else changed the machine since; that is lost.
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct Machines {
    /// Names or UUIDs.
    #[arg(value_name = "NAME", required = true)]
    pub machines: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Start {
    #[command(flatten)]
    pub machines: Machines,
    /// Take the D-Bus display out of the machines first, for a QEMU without its module; add-display puts it back.
    #[arg(long)]
    pub without_fast_display: bool,
}

#[derive(Debug, Args)]
pub struct Shutdown {
    #[command(flatten)]
    pub machines: Machines,
    /// How long to wait for the guests, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub grace: u32,
}

#[derive(Debug, Args)]
pub struct Console {
    #[command(flatten)]
    pub machine: Machine,
    /// The alias of one of its serial devices, for example serial1; default: the first.
    #[arg(long, value_name = "ALIAS")]
    pub device: Option<String>,
    /// Lines shown of what the guest said before.
    #[arg(long, value_name = "LINES", default_value_t = 100)]
    pub history: usize,
    /// Show only what the guest says from now on.
    #[arg(long, conflicts_with = "history")]
    pub no_history: bool,
    /// Wait for a machine that is off, and for its next start after it stopped.
    #[arg(long)]
    pub wait: bool,
}

#[derive(Debug, Args)]
pub struct Create {
    #[arg(value_name = "NAME", allow_hyphen_values = false)]
    pub name: String,
    /// For example 512MiB or 4GiB.
    #[arg(long, value_name = "SIZE", default_value = "2GiB")]
    pub memory: Size,
    #[arg(long, value_name = "COUNT", default_value_t = 2)]
    pub vcpus: u32,
    /// A new disk of this size, for example 20GiB.
    #[arg(long, value_name = "SIZE", conflicts_with = "import")]
    pub disk: Option<Size>,
    /// An installer medium.
    #[arg(long, value_name = "FILE")]
    pub cdrom: Option<PathBuf>,
    /// A disk image that exists; it is used where it is.
    #[arg(long, value_name = "FILE")]
    pub import: Option<PathBuf>,
    /// auto, passt, user, none or the name of a libvirt network.
    #[arg(long, value_name = "NETWORK", default_value = "auto")]
    pub network: String,
    #[arg(long, value_enum, default_value_t = Accel::Auto)]
    pub accel: Accel,
    /// May be given several times.
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Start it at once.
    #[arg(long)]
    pub start: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Accel {
    /// KVM where a tiny guest proves that it works.
    Auto,
    Kvm,
    /// Software emulation.
    Tcg,
}

#[derive(Debug, Args)]
pub struct Delete {
    #[command(flatten)]
    pub machine: Machine,
    /// Which files go too.
    #[arg(long, value_enum, default_value_t = Files::Own)]
    pub files: Files,
    /// Switch a running machine off first.
    #[arg(long)]
    pub force_off: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Files {
    /// Those made for this machine that nobody else uses.
    Own,
    None,
    /// Imported disks too.
    All,
}

#[derive(Debug, Args)]
pub struct Tag {
    #[command(flatten)]
    pub machine: Machine,
    #[arg(long, value_name = "TAG")]
    pub add: Vec<String>,
    #[arg(long, value_name = "TAG")]
    pub remove: Vec<String>,
    /// Remove all tags first.
    #[arg(long)]
    pub clear: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true, args = ["clipboard", "sound", "remote_display", "autostart"])]
pub struct Set {
    #[command(flatten)]
    pub machine: Machine,
    /// Text copied on either side may be pasted on the other, while its screen is shown.
    #[arg(long, value_name = "on|off", value_enum)]
    pub clipboard: Option<Switch>,
    /// Its sound is heard here; needs a sound server, and a machine that runs as you. Takes effect at the next start.
    #[arg(long, value_name = "on|off", value_enum)]
    pub sound: Option<Switch>,
    /// Its screen may be shown on other computers, through ssh. Takes effect at the next start.
    #[arg(long)]
    pub remote_display: bool,
    /// It is started with libvirt: with the computer, or your own machines with the first program that asks for them.
    #[arg(long, value_name = "on|off", value_enum)]
    pub autostart: Option<Switch>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

#[derive(Debug, Subcommand)]
pub enum Snapshot {
    /// Take one; a running machine stands still while its memory is written.
    Create {
        #[command(flatten)]
        machine: Machine,
        /// Default: the present time.
        #[arg(value_name = "SNAPSHOT")]
        snapshot: Option<String>,
        #[arg(long)]
        description: Option<String>,
    },
    /// List them.
    List(Machine),
    /// Go back to one; the present state is lost.
    Revert(OneSnapshot),
    /// Delete one; the machine stays as it is.
    Delete(OneSnapshot),
}

impl Snapshot {
    pub const fn machine(&self) -> &Machine {
        match self {
            Self::Create { machine, .. } | Self::List(machine) => machine,
            Self::Revert(one) | Self::Delete(one) => &one.machine,
        }
    }
}

#[derive(Debug, Args)]
pub struct OneSnapshot {
    #[command(flatten)]
    pub machine: Machine,
    #[arg(value_name = "SNAPSHOT")]
    pub snapshot: String,
}

#[derive(Debug, Args)]
pub struct Leftovers {
    /// Remove these files.
    #[arg(long)]
    pub remove: bool,
}

#[derive(Debug, Args)]
pub struct Stats {
    /// Default: all that run.
    #[arg(value_name = "NAME")]
    pub machines: Vec<String>,
    /// Go on until interrupted, a line per machine and second.
    #[arg(long)]
    pub watch: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::BadLink;

    fn target(words: &[&str]) -> Option<Target> {
        let arguments = Arguments::try_parse_from([&["berth"], words].concat()).unwrap();
        assert!(arguments.opens_window(), "{words:?}");
        arguments.target(Path::new("/home/ada"))
    }

    #[test]
    fn a_machine_is_opened_by_its_page_its_screen_or_full_screen() {
        let machine = |place, name: &str, shown| {
            Some(Target::Machine {
                place,
                name: name.to_owned(),
                shown,
            })
        };
        assert_eq!(target(&[]), None);
        assert_eq!(
            target(&["open", "web-1"]),
            machine(Place::Anywhere, "web-1", Shown::Page)
        );
        let console = target(&["open", "--console", "web 1"]);
        assert_eq!(console, machine(Place::Anywhere, "web 1", Shown::Console));
        let whole = target(&[
            "--connect",
            "qemu:///system",
            "open",
            "--fullscreen",
            "--console",
            "--",
            "-x",
        ]);
        let system = Place::Connection("qemu:///system".to_owned());
        assert_eq!(whole, machine(system, "-x", Shown::FullScreen));
        assert!(Arguments::try_parse_from(["berth", "open"]).is_err());
        assert!(Arguments::try_parse_from(["berth", "open", "a", "b"]).is_err());
    }

    #[test]
    fn what_the_desktop_hands_over_is_never_an_option() {
        let lab = |name: &str| {
            Some(Target::Machine {
                place: Place::Host("lab".to_owned()),
                name: name.to_owned(),
                shown: Shown::Page,
            })
        };
        assert_eq!(target(&["open-uri"]), None);
        assert_eq!(target(&["open-uri", "berth://lab/web-1"]), lab("web-1"));
        assert_eq!(target(&["open-uri", "berth://lab/--demo"]), lab("--demo"));
        let medium = Some(Target::Medium(PathBuf::from("/home/ada/--demo.iso")));
        assert_eq!(target(&["open-uri", "--demo.iso"]), medium);
        for refused in ["--console", "berth://lab/a?console", "https://example.org/a"] {
            assert!(
                matches!(target(&["open-uri", refused]), Some(Target::Refused(_))),
                "{refused}"
            );
        }
        assert_eq!(
            target(&["open-uri", "/etc/passwd"]),
            Some(Target::Refused(BadLink::FileType))
        );
    }
}
