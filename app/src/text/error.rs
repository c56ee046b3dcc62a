//! Errors and refusals as sentences, for window and terminal alike: what failed, libvirt's own words, what to do
//! about it, and paths last.

mod cure;
mod problem;

use libvirt_backend::Error;
use libvirt_backend::error::{Cure, FileVerb, Verb};
use libvirt_backend::model::DisconnectReason;

use super::setting::why_not;
use super::state::host_name;
use super::units;
use crate::t;

pub use cure::{
    button as cure_button, command as cure_command, install_viewer, sentence as cure_sentence, use_packages_of,
};
pub use problem::{denied, input_problem, medium_problem, name_problem, snapshot_refusal};

/// What a user reads of a failure, in the order in which it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    pub what: String,
    /// Why. libvirt's or the system's own words are not translated.
    pub own_words: Option<String>,
    /// What to do about it.
    pub todo: Option<String>,
    /// For a button, where Berth can do it.
    pub cure: Option<Cure>,
    pub path: Option<String>,
}

impl Message {
    /// All of it on lines of their own, for the clipboard and the log.
    pub fn to_lines(&self) -> String {
        let Self {
            what,
            own_words,
            todo,
            cure: _,
            path,
        } = self;
        let parts = [Some(what), own_words.as_ref(), todo.as_ref(), path.as_ref()];
        parts.into_iter().flatten().cloned().collect::<Vec<_>>().join("\n")
    }
}

pub fn message(error: &Error) -> Message {
    let cure = error.cure();
    let own_words = match error {
        Error::CannotChange { why, .. } => Some(why_not(why)),
        _ => error.detail().map(str::to_owned),
    };
    Message {
        what: what(error),
        own_words: own_words.filter(|words| !words.is_empty()),
        todo: cure.map(cure::sentence),
        cure,
        path: error.path().map(|path| path.display().to_string()),
    }
}

/// Why a connection is down.
pub fn disconnected(uri: &str, reason: DisconnectReason, own_words: &str) -> Message {
    let cure = reason.cure(uri);
    Message {
        what: t!(
            "error-disconnected",
            host = host_name(uri),
            reason = super::state::disconnect_text(reason)
        ),
        own_words: (!own_words.is_empty()).then(|| own_words.to_owned()),
        todo: cure.map(cure::sentence),
        cure,
        path: Some(uri.to_owned()),
    }
}

fn what(error: &Error) -> String {
    match error {
        Error::Denied(reason) => denied(reason),
        Error::NoSuchMachine(name) => t!("error-no-such-machine", name = name),
        Error::InvalidName(problem) => name_problem(*problem),
        Error::NameTaken(name) => t!("error-name-taken", name = name),
        Error::InvalidInput(problem) => input_problem(*problem),
        Error::Medium { problem, .. } => medium_problem(*problem),
        Error::NotConnected { uri } => t!("error-not-connected", host = host_name(uri)),
        Error::Connect { uri, .. } => t!("error-connect", host = host_name(uri)),
        Error::Libvirt { verb, object, .. } => t!(verb_key(*verb), object = object),
        Error::File { verb, .. } => t!(file_verb_key(*verb)),
        Error::Xml { object, .. } => t!("error-xml", object = object),
        Error::NotKept { object, what } => t!("error-not-kept", object = object, what = what),
        Error::ChangedMeanwhile { object } => t!("error-changed-meanwhile", object = object),
        Error::NoSuchEdit { object } => t!("error-no-such-edit", object = object),
        Error::CannotChange { object, what, .. } => t!("error-cannot-change", object = object, what = what),
        Error::AgentSilent => t!("error-agent-silent"),
        Error::TimedOut { what, seconds } => t!(
            "error-timed-out",
            what = what,
            duration = units::duration(std::time::Duration::from_secs(*seconds))
        ),
        Error::Panicked(_) => t!("error-panicked"),
        Error::Closing => t!("error-closing"),
        Error::Cancelled => t!("error-cancelled"),
    }
}

const fn verb_key(verb: Verb) -> &'static str {
    match verb {
        Verb::ReadCapabilities => "error-verb-read-capabilities",
        Verb::ListDomains => "error-verb-list-domains",
        Verb::ReadXml => "error-verb-read-xml",
        Verb::Define => "error-verb-define",
        Verb::Undefine => "error-verb-undefine",
        Verb::Start => "error-verb-start",
        Verb::Shutdown => "error-verb-shutdown",
        Verb::Reboot => "error-verb-reboot",
        Verb::Reset => "error-verb-reset",
        Verb::Destroy => "error-verb-destroy",
        Verb::Suspend => "error-verb-suspend",
        Verb::Resume => "error-verb-resume",
        Verb::ManagedSave => "error-verb-managed-save",
        Verb::RemoveManagedSave => "error-verb-remove-managed-save",
        Verb::Rename => "error-verb-rename",
        Verb::SetMetadata => "error-verb-set-metadata",
        Verb::SetAutostart => "error-verb-set-autostart",
        Verb::UpdateDevice => "error-verb-update-device",
        Verb::AttachDevice => "error-verb-attach-device",
        Verb::DetachDevice => "error-verb-detach-device",
        Verb::TrySound => "error-verb-try-sound",
        Verb::SetDisplayPassword => "error-verb-set-display-password",
        Verb::CreateSnapshot => "error-verb-create-snapshot",
        Verb::ListSnapshots => "error-verb-list-snapshots",
        Verb::RevertSnapshot => "error-verb-revert-snapshot",
        Verb::DeleteSnapshot => "error-verb-delete-snapshot",
        Verb::DefinePool => "error-verb-define-pool",
        Verb::StartPool => "error-verb-start-pool",
        Verb::ReadPool => "error-verb-read-pool",
        Verb::CreateVolume => "error-verb-create-volume",
        Verb::DeleteVolume => "error-verb-delete-volume",
        Verb::Screenshot => "error-verb-screenshot",
        Verb::OpenDisplay => "error-verb-open-display",
        Verb::OpenConsole => "error-verb-open-console",
        Verb::ReadStats => "error-verb-read-stats",
        Verb::AskAgent => "error-verb-ask-agent",
    }
}

const fn file_verb_key(verb: FileVerb) -> &'static str {
    match verb {
        FileVerb::Read => "error-file-read",
        FileVerb::Write => "error-file-write",
        FileVerb::Create => "error-file-create",
        FileVerb::Delete => "error-file-delete",
        FileVerb::Lock => "error-file-lock",
    }
}

#[cfg(test)]
mod tests {
    use libvirt_backend::error::LibvirtError;

    use super::*;

    #[test]
    fn a_failure_is_told_in_its_parts() {
        let message = message(&Error::Libvirt {
            verb: Verb::Start,
            object: "web-1".to_owned(),
            source: LibvirtError {
                code: 38,
                domain: 10,
                message: "Could not open '/srv/a.iso': Permission denied".to_owned(),
            },
        });
        assert_eq!(message.what, "web-1 could not be started");
        assert_eq!(
            message.own_words.as_deref(),
            Some("Could not open '/srv/a.iso': Permission denied")
        );
        assert_eq!(message.cure, Some(Cure::CheckPathPermission));
        assert!(message.todo.is_some());
    }

    #[test]
    fn a_lost_connection_names_its_host_and_a_cure() {
        let message = disconnected("qemu+ssh://lab/system", DisconnectReason::HostKeyChanged, "");
        assert_eq!(message.what, "lab (ssh): The host’s key has changed");
        assert_eq!(message.own_words, None);
        assert_eq!(message.cure, Some(Cure::RemoveOldHostKey));
    }
}
