# Sourced by scripts/run, scripts/test and scripts/bench: finds out what is missing and installs it.
# shellcheck shell=bash

berth_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
packages_table=$berth_root/scripts/lib/packages.tsv
assume_yes=${assume_yes:-no}

say() { printf '%s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# The column of the table for this computer, or for the one named.
os_column() {
    local id=${1:-} version=
    if [ -z "$id" ]; then
        [ -r /etc/os-release ] || fail "cannot tell which distribution this is: /etc/os-release is missing"
        id=$(. /etc/os-release && printf '%s' "${ID:-}")
        version=$(. /etc/os-release && printf '%s' "${VERSION_ID:-}")
        case " $id $(. /etc/os-release && printf '%s' "${ID_LIKE:-}") " in
            *" ubuntu "*) id=ubuntu ;;
            *" debian "*) id=debian-${version:-13} ;;
            *" fedora "*) id=fedora ;;
        esac
        # An installed qemu-utils from backports conflicts with bookworm's QEMU, so all must come from there.
        if [ "$id" = debian-12 ]; then
            case $(dpkg-query -W -f '${Version}' qemu-utils 2>/dev/null) in *bpo12*) id=debian-12-backports ;; esac
        fi
    fi
    case $id in
        debian-12 | debian-12-backports | debian-13) say "$id" ;;
        debian | debian-*) say debian-13 ;;
        ubuntu | ubuntu-*) say ubuntu ;;
        fedora | fedora-*) say fedora ;;
        *) fail "no package table for '$id' (there are debian-12, debian-12-backports, debian-13, ubuntu and fedora). Install what 'scripts/test --print-plan --os debian-13' names, under your distribution's names, then add --no-install" ;;
    esac
}

# plan COLUMN GROUP…: a line a role: package names, a tab, why.
plan() {
    local column=$1
    shift
    awk -F'\t' -v column="$column" -v groups=" $* " '
        /^#/ { next }
        !index_of { for (i = 1; i <= NF; i++) if ($i == column) index_of = i; if (!index_of) exit 2; next }
        index(groups, " " $1 " ") && $index_of != "." { print $index_of "\t" $3 }' "$packages_table"
}

# Every role must have a package in every column.
check_table() {
    awk -F'\t' '
        /^#/ { next }
        !columns { columns = NF; next }
        NF != columns { print "packages.tsv: " $2 ": " NF " columns instead of " columns; bad = 1 }
        { for (i = 1; i <= columns; i++) if ($i == "") { print "packages.tsv: " $2 ": column " i " is empty"; bad = 1 } }
        END { exit bad }' "$packages_table"
}

print_plan() {
    local column=$1
    shift
    say "On $column, Berth needs:"
    plan "$column" "$@" | while IFS=$'\t' read -r names why; do printf '  %-60s %s\n' "$names" "$why"; done
    case $column in
        debian-12) say "  (with a qemu-utils from bookworm-backports installed: see --os debian-12-backports)" ;;
        debian-12-backports) say "  libvirt and QEMU come from bookworm-backports, which is enabled if it is not" ;;
    esac
    say "  Rust 1.95 or newer, by rustup"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else
        command -v sudo >/dev/null || fail "not root and no sudo: run as root: $*"
        sudo "$@"
    fi
}

confirm() {
    [ "$assume_yes" = yes ] && return 0
    [ -t 0 ] || fail "not a terminal, so nobody can be asked: add --yes to install without asking"
    local answer
    read -r -p "$1 [Y/n] " answer
    case $answer in '' | y | Y | yes) return 0 ;; *) fail "stopped; nothing was installed" ;; esac
}

is_installed() {
    case $1 in
        fedora) rpm -q "$2" >/dev/null 2>&1 ;;
        *) dpkg-query -W -f '${db:Status-Status}' "$2" 2>/dev/null | grep -qx installed ;;
    esac
}

enable_backports() {
    apt-cache policy 2>/dev/null | grep -F 'n=bookworm-backports' >/dev/null && return 0
    local mirror
    mirror=$(awk '$1 == "URIs:" { print $2; exit } $1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /^[a-z]+:\/\//) { print $i; exit } }' \
        /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null)
    [ -n "$mirror" ] || fail "cannot find the Debian mirror in /etc/apt; enable bookworm-backports by hand"
    say "Enabling bookworm-backports (the installed qemu-utils comes from there), from the mirror already configured."
    printf 'Types: deb\nURIs: %s\nSuites: bookworm-backports\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' "$mirror" |
        as_root tee /etc/apt/sources.list.d/berth-backports.sources >/dev/null
}

# install_missing GROUP…
install_missing() {
    local column names why name missing=() list=
    column=$(os_column)
    while IFS=$'\t' read -r names why; do
        for name in $names; do
            is_installed "$column" "$name" && continue
            missing+=("$name")
            list+=$(printf '  %-34s %s' "$name" "$why")$'\n'
        done
    done < <(plan "$column" "$@")
    [ ${#missing[@]} -eq 0 ] && return 0
    say "These packages are missing:"
    printf '%s' "$list"
    confirm "Install them now?"
    case $column in
        fedora) as_root dnf install -y "${missing[@]}" ;;
        debian-12-backports)
            enable_backports
            # Only libvirt, QEMU and what shares libraries with it come from backports: everything else stays the
            # distribution's own.
            local newer=() others=()
            for name in "${missing[@]}"; do
                case $name in libvirt* | qemu* | pipewire*) newer+=("$name") ;; *) others+=("$name") ;; esac
            done
            apt_install -t bookworm-backports ${newer[@]+"${newer[@]}"}
            apt_install ${others[@]+"${others[@]}"}
            ;;
        *) apt_install "${missing[@]}" ;;
    esac
}

apt_install() {
    [ "${*: -1}" = bookworm-backports ] && return 0
    [ $# -gt 0 ] || return 0
    [ "${apt_is_fresh:-no}" = yes ] || as_root apt-get update
    apt_is_fresh=yes
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# The compiler: never installed by piping something from the network into a shell.
require_rust() {
    [ -d "$HOME/.cargo/bin" ] && PATH=$HOME/.cargo/bin:$PATH
    local wanted have
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$berth_root/Cargo.toml")
    if command -v cargo >/dev/null 2>&1; then
        have=$(cargo --version 2>/dev/null | awk '{ print $2 }')
        if [ "$(printf '%s\n%s\n' "$wanted" "$have" | sort -V | head -n 1)" = "$wanted" ]; then return 0; fi
        if command -v rustup >/dev/null 2>&1; then
            say "Rust $have is installed; Berth needs $wanted."
            confirm "Install Rust $wanted with rustup?"
            rustup toolchain install "$wanted" --profile default
            export RUSTUP_TOOLCHAIN=$wanted
            return 0
        fi
        say "Rust $have is too old; Berth needs $wanted."
    fi
    local column
    column=$(os_column)
    case $column in
        debian-13 | ubuntu | fedora)
            say "Rust $wanted is missing. The distribution packages rustup, which installs it."
            confirm "Install rustup now?"
            if [ "$column" = fedora ]; then as_root dnf install -y rustup && rustup-init -y; else as_root apt-get install -y rustup; fi
            PATH=$HOME/.cargo/bin:$PATH
            rustup toolchain install "$wanted" --profile default
            export RUSTUP_TOOLCHAIN=$wanted
            ;;
        *)
            say "Rust $wanted or newer is missing, and this distribution has no package of rustup. Install it with the official command, then run this again:"
            say "  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
            exit 1
            ;;
    esac
}
