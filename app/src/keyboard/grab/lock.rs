//! A screen locker needs the keyboard, which under X11 only one program can have: it is given back when the desktop says
//! that the screen is being locked, or that the computer is going to sleep.

use std::time::Duration;

use futures_lite::StreamExt as _;
use futures_lite::future::{block_on, zip};
use zbus::connection::Builder;
use zbus::message::{Message, Type};
use zbus::zvariant::OwnedObjectPath;
use zbus::{Connection, MatchRule, MessageStream};

const LOGIN: &str = "org.freedesktop.login1";
const LOGIN_PATH: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const SESSION: &str = "org.freedesktop.login1.Session";
/// All lockers that say so use this name, behind a first part of their own.
const SCREEN_SAVER: &str = ".ScreenSaver";
const PATIENCE: Duration = Duration::from_secs(2);

/// Calls `give_back` on a thread that ends with the program. A desktop without these buses has nobody who asks.
pub(super) fn watch(give_back: impl Fn() + Send + 'static) {
    let watching = std::thread::Builder::new()
        .name("berth-lock".to_owned())
        .spawn(move || {
            let (login, saver) = block_on(zip(watch_login(&give_back), watch_saver(&give_back)));
            for (who, end) in [("login manager", login), ("screen saver", saver)] {
                tracing::debug!(who, ?end, "nobody says any more that the screen is locked");
            }
        });
    if let Err(error) = watching {
        tracing::warn!(%error, "the keyboard is not given back to a screen locker");
    }
}

/// Asked to lock by the desktop, by `loginctl` or before sleep.
async fn watch_login(give_back: &impl Fn()) -> zbus::Result<()> {
    let bus = Builder::system()?.method_timeout(PATIENCE).build().await?;
    let signals = MatchRule::builder().msg_type(Type::Signal).sender(LOGIN)?.build();
    let mut signals = MessageStream::for_match_rule(signals, &bus, None).await?;
    let own = own_session(&bus).await;
    while let Some(signal) = signals.next().await {
        if is_lock(&signal?, own.as_ref()) {
            give_back();
        }
    }
    Ok(())
}

/// `None`: this program runs outside of every session; then any that is locked may be the one it is shown in.
async fn own_session(bus: &Connection) -> Option<OwnedObjectPath> {
    let own = (std::process::id(),);
    let asked = bus.call_method(Some(LOGIN), LOGIN_PATH, Some(MANAGER), "GetSessionByPID", &own);
    asked.await.ok()?.body().deserialize().ok()
}

fn is_lock(signal: &Message, own: Option<&OwnedObjectPath>) -> bool {
    let header = signal.header();
    let (Some(interface), Some(member), Some(path)) = (header.interface(), header.member(), header.path()) else {
        return false;
    };
    match (interface.as_str(), member.as_str()) {
        (SESSION, "Lock") => own.is_none_or(|own| own.as_str() == path.as_str()),
        (MANAGER, "PrepareForSleep") => signal.body().deserialize().unwrap_or(false),
        _ => false,
    }
}

/// Locked after a while without input, or by hand.
async fn watch_saver(give_back: &impl Fn()) -> zbus::Result<()> {
    let bus = Connection::session().await?;
    let signals = MatchRule::builder()
        .msg_type(Type::Signal)
        .member("ActiveChanged")?
        .build();
    let mut signals = MessageStream::for_match_rule(signals, &bus, None).await?;
    while let Some(signal) = signals.next().await {
        let signal = signal?;
        let header = signal.header();
        let is_saver = header
            .interface()
            .is_some_and(|interface| interface.as_str().ends_with(SCREEN_SAVER));
        if is_saver && signal.body().deserialize().unwrap_or(false) {
            give_back();
        }
    }
    Ok(())
}
