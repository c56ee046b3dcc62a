//! The arguments of `berth`, in the window and in the terminal. `--help` is English, as everything a script reads.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use super::size::Size;

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
    /// Measure the running machines.
    Stats(Stats),
    /// List the connections Berth knows.
    Uris,
    /// Print what a bug report needs, secrets removed.
    Diagnostics,
}

#[derive(Debug, Args)]
pub struct Machine {
    /// Name or UUID.
    #[arg(value_name = "NAME")]
    pub machine: String,
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
