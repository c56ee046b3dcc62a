//! Which of this computer's ports are taken: what a port forward may not start at. Read from the kernel's `/proc`.
//!
//! The folder can be another one, as that of [`crate::host_lists`].

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::model::{HostPorts, Protocol};

/// Where the kernel tells of its sockets.
#[derive(Clone, Debug)]
pub struct Procfs {
    root: PathBuf,
}

/// A computer with more sockets than this many bytes of them tells some of its ports.
const LONGEST: u64 = 4 << 20;
/// A TCP socket that listens, and a UDP one that is nobody's alone.
const LISTENS: &str = "0A";
const UNCONNECTED: &str = "07";
/// Where the kernel says nothing else.
const UNPRIVILEGED: u16 = 1024;

impl Default for Procfs {
    fn default() -> Self {
        Self::at("/proc")
    }
}

impl Procfs {
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    pub fn ports(&self) -> HostPorts {
        let lists = [
            ("tcp", Protocol::Tcp, LISTENS),
            ("tcp6", Protocol::Tcp, LISTENS),
            ("udp", Protocol::Udp, UNCONNECTED),
            ("udp6", Protocol::Udp, UNCONNECTED),
        ];
        let mut ports = HostPorts {
            first_free_for_all: self.first_free_for_all(),
            ..HostPorts::default()
        };
        for (file, protocol, state) in lists {
            let Some(text) = text(&self.root.join("net").join(file)) else {
                continue;
            };
            let used = text.lines().filter_map(|line| local_port(line, state));
            ports.used.extend(used.map(|port| (protocol, port)));
        }
        ports
    }

    fn first_free_for_all(&self) -> u16 {
        let file = self.root.join("sys/net/ipv4/ip_unprivileged_port_start");
        let port = text(&file).and_then(|text| text.trim().parse().ok());
        port.unwrap_or(UNPRIVILEGED)
    }
}

/// `0: 0100007F:1F90 00000000:0000 0A …`: number, own address and port, the other's, state.
fn local_port(line: &str, state: &str) -> Option<u16> {
    let mut words = line.split_ascii_whitespace().skip(1);
    let (_, port) = words.next()?.rsplit_once(':')?;
    (words.nth(1)? == state).then(|| u16::from_str_radix(port, 16).ok())?
}

fn text(path: &Path) -> Option<String> {
    let mut text = String::new();
    fs::File::open(path)
        .ok()?
        .take(LONGEST)
        .read_to_string(&mut text)
        .ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, UdpSocket};

    use super::*;

    const TCP: &str = "  sl  local_address rem_address   st tx_queue rx_queue\n   \
        0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000\n   \
        1: 0100007F:AAAA 0100007F:1F90 01 00000000:00000000 00:00000000\n   2: broken\n";

    #[test]
    fn ports_that_somebody_listens_at_are_used() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("net")).unwrap();
        fs::create_dir_all(folder.path().join("sys/net/ipv4")).unwrap();
        fs::write(folder.path().join("net/tcp"), TCP).unwrap();
        let udp6 = "head\n 7: 00000000000000000000000000000000:0035 00000000000000000000000000000000:0000 07 0:0\n";
        fs::write(folder.path().join("net/udp6"), udp6).unwrap();
        fs::write(folder.path().join("sys/net/ipv4/ip_unprivileged_port_start"), "80\n").unwrap();
        let ports = Procfs::at(folder.path()).ports();
        let used: Vec<(Protocol, u16)> = ports.used.iter().copied().collect();
        assert_eq!(used, [(Protocol::Tcp, 8080), (Protocol::Udp, 53)]);
        assert_eq!(ports.first_free_for_all, 80);
        assert_eq!(Procfs::at("/nowhere").ports().first_free_for_all, UNPRIVILEGED);
    }

    #[test]
    fn sockets_of_this_very_computer_are_seen() {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let ports = Procfs::default().ports();
        assert!(ports.used.contains(&(Protocol::Tcp, tcp.local_addr().unwrap().port())));
        assert!(ports.used.contains(&(Protocol::Udp, udp.local_addr().unwrap().port())));
    }
}
