//! `berth diagnostics`: what a bug report needs. Works without libvirt too, of which it then says so.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use libvirt_backend::command::{Command, Outcome, Query};
use libvirt_backend::model::{ConnectionState, Freshness, HostModel, HostProfile};
use libvirt_backend::{Backend, Options, Profile};

use super::output::print_line;
use crate::app::diagnostics::{Known, gather};
use crate::settings::{Folders, Settings};

/// A report without the connection is better than none.
const PATIENCE: Duration = Duration::from_secs(5);
/// Three tiny guests, on a slow host.
const PROOF_PATIENCE: Duration = Duration::from_secs(30);

pub async fn run(
    runtime: tokio::runtime::Handle,
    folders: Folders,
    settings: Settings,
    uri: Option<String>,
    is_json: bool,
) -> ExitCode {
    let uri = uri.unwrap_or_else(|| "qemu:///session".to_owned());
    let options = Options {
        state_folder: folders.state.clone(),
        data_folder: folders.data.clone(),
        on_change: Arc::new(|| {}),
        // The one that reads versions and sizes of the host.
        profile: Profile::Desktop,
        kept_free_percent: libvirt_backend::KEPT_FREE_PERCENT,
    };
    let backend = Backend::new(runtime, options);
    backend.open(&uri);
    if let Some(mut models) = backend.watch(&uri) {
        // Whatever it came to in that time is what is told.
        tokio::time::timeout(PATIENCE, models.wait_for(|model| is_settled(model)))
            .await
            .ok();
    }
    let is_connected = backend.model(&uri).is_some_and(|model| model.connection.is_connected());
    let known = Known {
        hosts: backend.models(),
        profiles: if is_connected {
            proofs(&backend, &uri).await
        } else {
            Vec::new()
        },
        ..Known::default()
    };
    let text = gather(&known, &settings, &folders);
    backend.shutdown().await;
    let line = if is_json {
        serde_json::json!({ "diagnostics": text }).to_string()
    } else {
        text
    };
    match print_line(&line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.print(),
    }
}

/// What is remembered of the host; what never was tried is tried now, which takes a few seconds.
async fn proofs(backend: &Backend, uri: &str) -> Vec<Arc<HostProfile>> {
    let question = backend.run(uri, Command::Query(Query::HostProfile));
    match tokio::time::timeout(PROOF_PATIENCE, question).await {
        Ok(Ok(Outcome::HostProfile(profile))) => vec![profile],
        Ok(Ok(_)) => Vec::new(),
        Ok(Err(error)) => {
            tracing::warn!(uri, %error, "the host could not be tested");
            Vec::new()
        }
        Err(_) => {
            tracing::warn!(uri, "the host was not tested in time");
            Vec::new()
        }
    }
}

fn is_settled(model: &HostModel) -> bool {
    match &model.connection {
        ConnectionState::Connected => model.freshness == Freshness::Live && model.info.libvirt_version > 0,
        ConnectionState::Disconnected { .. } => true,
        ConnectionState::Idle | ConnectionState::Connecting { .. } => false,
    }
}
