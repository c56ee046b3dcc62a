//! The screen of a machine on another computer: libvirt hands no connection there, so QEMU's VNC server is called by
//! way of ssh, or of the network where the machine says that it waits there.

mod login;
mod tunnel;

use std::net::{IpAddr, TcpStream, ToSocketAddrs as _};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use virt::sys;

use self::login::{Login, Way};
use self::tunnel::{Failure, Goal};
use super::Context;
use super::call::{BadXml as _, Failed as _, Found};
use crate::command::{DisplayStream, Passage};
use crate::connection::askpass;
use crate::error::{Error, InputProblem, LibvirtError, Result, Verb};
use crate::model::GraphicsKind;
use crate::xml::domain::{Vnc, VncPlace, live_vnc};

/// How long a password may be used after it was set. The clocks of two computers are never quite the same.
const PASSWORD_LIFE: Duration = Duration::from_mins(2);
/// A VNC password has no more characters; 8 of 64 are 48 bits.
const PASSWORD_LENGTH: usize = 8;
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// To the network's other end.
const CALL_PATIENCE: Duration = Duration::from_secs(10);

/// A connection to the machine's VNC display.
pub(super) fn open(ctx: &Context<'_>, found: &Found, kind: &GraphicsKind) -> Result<DisplayStream> {
    let xml = found
        .domain
        .xml_desc(sys::VIR_DOMAIN_XML_SECURE)
        .failed(Verb::ReadXml, &found.name)?;
    let vnc = live_vnc(&xml).bad_xml(&found.name)?;
    let vnc = vnc
        .filter(|_| *kind == GraphicsKind::Vnc)
        .ok_or(Error::InvalidInput(InputProblem::DisplayNotRemote))?;
    match Way::of(ctx.uri) {
        Way::Ssh(login) => by_ssh(ctx, found, &vnc, &login),
        Way::Network(host) => by_network(ctx, found, &vnc, &host),
        Way::Other => Err(Error::InvalidInput(InputProblem::DisplayOnLoopback)),
    }
}

fn by_ssh(ctx: &Context<'_>, found: &Found, vnc: &Vnc, login: &Login) -> Result<DisplayStream> {
    let goal = match &vnc.place {
        VncPlace::Nowhere => return Err(Error::InvalidInput(InputProblem::DisplayListensNowhere)),
        VncPlace::Socket(path) => Goal::Socket(path),
        VncPlace::Port { address, port } => Goal::Port {
            address: from_the_host_itself(address),
            port: *port,
        },
    };
    let asking = if login.may_ask().unwrap_or_else(askpass::would_ask_in_a_window) {
        tunnel::Asking::InAWindow
    } else {
        tunnel::Asking::Nowhere
    };
    let shared = ctx.paths.runtime_folder.as_deref().map(tunnel::shared_folder);
    let opened = tunnel::open(login, asking, shared.as_deref(), goal, ctx.cancel);
    let (stream, tunnel) = opened.map_err(|failure| told(ctx, found, failure))?;
    // Only now: whoever had to type a passphrase may have taken long. The server has spoken and waits for an answer.
    let password = set_password(found, vnc)?;
    Ok(DisplayStream::carried(
        stream,
        password,
        Passage::Ssh,
        Some(Box::new(tunnel)),
    ))
}

fn told(ctx: &Context<'_>, found: &Found, failure: Failure) -> Error {
    match failure {
        Failure::Words(message) => Error::Connect {
            uri: ctx.uri.to_owned(),
            source: LibvirtError {
                code: sys::VIR_ERR_SYSTEM_ERROR.cast_signed(),
                domain: 0,
                message,
            },
        },
        Failure::Silent => Error::TimedOut {
            what: found.name.clone(),
            seconds: tunnel::PATIENCE.as_secs(),
        },
        Failure::Cancelled => Error::Cancelled,
    }
}

/// The address under which the host itself reaches a server that waits there.
fn from_the_host_itself(address: &str) -> &str {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) if address.is_unspecified() => "127.0.0.1",
        Ok(IpAddr::V6(address)) if address.is_unspecified() => "::1",
        _ => address,
    }
}

/// Nothing of it is encrypted, and the caller is told.
fn by_network(ctx: &Context<'_>, found: &Found, vnc: &Vnc, host: &str) -> Result<DisplayStream> {
    let (address, port) = match &vnc.place {
        VncPlace::Nowhere => return Err(Error::InvalidInput(InputProblem::DisplayListensNowhere)),
        VncPlace::Socket(_) => return Err(Error::InvalidInput(InputProblem::DisplayOnLoopback)),
        VncPlace::Port { address, port } => (address, *port),
    };
    let is_there = |ip: &IpAddr| ip.is_loopback();
    if address.parse().is_ok_and(|ip| is_there(&ip)) && !is_loopback_name(host) {
        return Err(Error::InvalidInput(InputProblem::DisplayOnLoopback));
    }
    let stream = call(host, port).map_err(|error| told(ctx, found, error.into()))?;
    let password = set_password(found, vnc)?;
    Ok(DisplayStream::carried(stream.into(), password, Passage::Network, None))
}

/// A daemon that is called by way of the network on this very computer.
fn is_loopback_name(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

fn call(host: &str, port: u16) -> std::io::Result<TcpStream> {
    let mut last = std::io::Error::from(std::io::ErrorKind::NotFound);
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CALL_PATIENCE) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Gives the running server a password that soon runs out. A server that asks for none is left so. The definition is
/// not touched.
fn set_password(found: &Found, vnc: &Vnc) -> Result<Option<String>> {
    if !vnc.has_password {
        return Ok(None);
    }
    let password = password();
    let valid_to = SystemTime::now() + PASSWORD_LIFE;
    let seconds = valid_to.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let element = vnc.with_password(&password, &utc(seconds)).bad_xml(&found.name)?;
    found
        .domain
        .update_device_flags(&element, sys::VIR_DOMAIN_AFFECT_LIVE)
        .failed(Verb::SetDisplayPassword, &found.name)?;
    Ok(Some(password))
}

/// One that nobody can guess.
pub(super) fn password() -> String {
    // Of the 16 bytes of a random UUID all but two are random; these are neither of the two.
    let bytes = uuid::Uuid::new_v4().into_bytes();
    let random = bytes.iter().take(6).chain(bytes.iter().rev());
    random
        .take(PASSWORD_LENGTH)
        .map(|byte| char::from(LETTERS[usize::from(byte % 64)]))
        .collect()
}

/// `2026-11-21T18:38:29`, as libvirt wants it: UTC, without saying so.
fn utc(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Years begin in March here, so that the day that comes only sometimes is a year's last.
    let since_march_0 = days + 719_468;
    let (era, day_of_era) = (since_march_0 / 146_097, since_march_0 % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest % 3_600 / 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::super::call::find;
    use super::super::test_host::TestHost;
    use super::*;

    /// A machine whose VNC server waits there.
    fn vnc(place: &VncPlace) -> Vnc {
        let listen = match place {
            VncPlace::Nowhere => "<graphics type='vnc'><listen type='none'/></graphics>".to_owned(),
            VncPlace::Socket(path) => format!("<graphics type='vnc' socket='{}'/>", path.display()),
            VncPlace::Port { address, port } => format!("<graphics type='vnc' port='{port}' listen='{address}'/>"),
        };
        let vnc = live_vnc(&format!("<domain><devices>{listen}</devices></domain>"));
        let vnc = vnc.unwrap().unwrap();
        assert_eq!(vnc.place, *place);
        vnc
    }

    fn called(host: &str, place: &VncPlace) -> Result<DisplayStream> {
        let test_host = TestHost::new();
        let id = test_host.define("guest");
        test_host.run(|ctx| by_network(ctx, &find(ctx, id)?, &vnc(place), host))
    }

    #[test]
    fn a_screen_that_comes_through_the_network_as_it_is_says_so() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = VncPlace::Port {
            address: "127.0.0.1".to_owned(),
            port: server.local_addr().unwrap().port(),
        };
        let stream = called("localhost", &place).unwrap();
        assert_eq!(stream.passage(), Passage::Network);
        assert_eq!(stream.password(), None);
        let (mut served, _) = server.accept().unwrap();
        std::io::Write::write_all(&mut served, b"RFB 003.008\n").unwrap();
        let mut said = [0; 12];
        let mut file = std::fs::File::from(stream.descriptor().unwrap());
        std::io::Read::read_exact(&mut file, &mut said).unwrap();
        assert_eq!(&said, b"RFB 003.008\n");
    }

    #[test]
    fn a_machine_that_waits_for_nobody_in_the_network_is_not_called_there() {
        let loopback = |port| VncPlace::Port {
            address: "127.0.0.1".to_owned(),
            port,
        };
        let only_there = InputProblem::DisplayOnLoopback;
        for (host, place, problem) in [
            ("localhost", VncPlace::Nowhere, InputProblem::DisplayListensNowhere),
            ("localhost", VncPlace::Socket("/run/vnc".into()), only_there),
            // Nobody of that name is asked for: the name is invalid.
            ("lab.invalid", loopback(5_900), only_there),
        ] {
            assert_eq!(called(host, &place), Err(Error::InvalidInput(problem)), "{place:?}");
        }
    }

    #[test]
    fn times_are_written_as_libvirt_reads_them() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00"),
            (951_782_399, "2000-02-28T23:59:59"),
            (951_782_400, "2000-02-29T00:00:00"),
            (1_709_251_199, "2024-02-29T23:59:59"),
            (1_735_689_599, "2024-12-31T23:59:59"),
            (1_795_286_309, "2026-11-21T18:38:29"),
            (4_107_542_400, "2100-03-01T00:00:00"),
        ] {
            assert_eq!(utc(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn passwords_are_new_each_time_and_fit_the_protocol() {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..200 {
            let password = password();
            assert_eq!(password.len(), PASSWORD_LENGTH);
            assert!(password.bytes().all(|byte| LETTERS.contains(&byte)));
            assert!(seen.insert(password), "twice the same");
        }
    }

    #[test]
    fn a_server_that_waits_everywhere_is_reached_at_the_hosts_own_address() {
        for (address, expected) in [
            ("0.0.0.0", "127.0.0.1"),
            ("::", "::1"),
            ("127.0.0.1", "127.0.0.1"),
            ("10.0.0.7", "10.0.0.7"),
            ("lab.example.org", "lab.example.org"),
        ] {
            assert_eq!(from_the_host_itself(address), expected);
        }
    }
}
