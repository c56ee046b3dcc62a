//! `berth`: opens the window, or runs one command in the terminal.

use std::process::ExitCode;

use berth::app::start::{self, Start};
use berth::app::{distribution, panic_report};
use berth::cli::{self, Arguments, Subcommands};
use berth::settings::Folders;
use clap::Parser as _;
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let status = run();
    let code = (0..=u8::MAX).find(|code| ExitCode::from(*code) == status);
    libvirt_backend::end_process(code.unwrap_or(1))
}

fn run() -> ExitCode {
    let is_bound = libvirt_backend::bound_memory();
    let mut arguments = Arguments::parse();
    if let Err(error) = arguments.check() {
        error.exit();
    }
    let folders = match Folders::of_user() {
        Some(folders) => folders,
        None => Folders::below(&std::env::current_dir().unwrap_or_default().join(".berth")),
    };
    panic_report::install(folders.state.clone());
    let start = Start::read(folders);
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
    if !is_bound {
        tracing::warn!("the allocator keeps what it likes");
    }
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "no runtime");
            return ExitCode::FAILURE;
        }
    };
    if !arguments.opens_window() {
        distribution::read();
        cli::tell(&start.notes);
    }
    let is_window = arguments.opens_window();
    let status = match arguments.command.take_if(|_| !is_window) {
        None => start::run(&arguments, &runtime, start),
        Some(Subcommands::Diagnostics) => runtime.block_on(cli::diagnostics::run(
            runtime.handle().clone(),
            start.folders,
            start.settings,
            arguments.uri(),
            arguments.output.json,
        )),
        Some(command) => {
            let uris = start.settings.connections.into_iter().map(|saved| saved.uri).collect();
            let folders = cli::Folders {
                state: start.folders.state,
                data: start.folders.data,
            };
            let handle = runtime.handle().clone();
            runtime.block_on(cli::run(
                handle,
                folders,
                uris,
                arguments.uri(),
                command,
                arguments.output,
            ))
        }
    };
    // Calls that libvirt never answers must not keep the program from ending.
    runtime.shutdown_background();
    status
}

/// The one runtime: it waits and never works, so two threads are plenty.
fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("berth-async")
        .enable_all()
        .build()
}
