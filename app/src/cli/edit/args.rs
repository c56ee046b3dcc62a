//! What `berth edit` takes.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(
    after_help = "Settings are named as --list-properties lists them: memory, cpu.topology.cores, disk.vda.cache, \
                        interface.52:54:00:12:34:56.link. A device is told by its target, MAC address or alias; first \
                        and all are every kind's."
)]
pub struct Edit {
    /// Name or UUID of a machine that libvirt knows.
    #[arg(value_name = "NAME", conflicts_with_all = ["file", "dir", "out", "list_properties"])]
    pub machine: Option<String>,
    /// The XML of a machine; - is standard input.
    #[arg(long, value_name = "IN.xml", conflicts_with = "dir")]
    pub file: Option<PathBuf>,
    /// Every .xml file in a folder and those inside it.
    #[arg(long, value_name = "IN")]
    pub dir: Option<PathBuf>,
    /// Where the changed file or, needed for them, the changed files go; default for a file: standard output.
    #[arg(long, value_name = "OUT")]
    pub out: Option<PathBuf>,
    /// Give a setting a value; may be given several times.
    #[arg(long = "set", value_name = "PROPERTY=VALUE")]
    pub set: Vec<String>,
    /// Take a setting out, so that libvirt's own choice counts.
    #[arg(long = "unset", value_name = "PROPERTY")]
    pub unset: Vec<String>,
    /// Give a secret setting the value that comes in on standard input.
    #[arg(long, value_name = "PROPERTY", requires = "machine")]
    pub set_secret: Option<String>,
    /// Change only the machine that runs, until it stops.
    #[arg(long, requires = "machine", conflicts_with = "config")]
    pub live: bool,
    /// Change only its next start.
    #[arg(long, requires = "machine")]
    pub config: bool,
    /// Show what would change, and change nothing.
    #[arg(long, conflicts_with = "list_properties")]
    pub dry_run: bool,
    /// Print what a setting holds.
    #[arg(long = "get", value_name = "PROPERTY", conflicts_with_all = ["set", "unset", "set_secret", "dir"])]
    pub get: Vec<String>,
    /// List every setting with what it takes and where it stands in the XML.
    #[arg(long, conflicts_with_all = ["file", "dir", "set", "unset", "get"])]
    pub list_properties: bool,
}
