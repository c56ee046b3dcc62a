# Sourced by scripts/test: runs the tests once more, as an ordinary user made for it.
# shellcheck shell=bash

end_test_user() {
    [ -n "${test_user:-}" ] || return 0
    pkill -KILL -u "$test_user" 2>/dev/null || true
    userdel "$test_user" 2>/dev/null || true
    rm -rf "$test_folder"
    test_user=
}

tests_as_user() {
    test_folder=$(mktemp -d /tmp/btu.XXXXXX)
    test_user=berthtest$$
    trap end_test_user EXIT
    # A shell that works: a test logs in as this user, to an ssh server of its own.
    useradd --home-dir "$test_folder/home" --no-create-home --shell /bin/sh "$test_user"
    mkdir -p "$test_folder"/{home/.cache,run,source,bin}

    # Root's cargo and checkout are not readable for others: hand over an archive and a copy.
    cargo-nextest nextest archive --locked --workspace --archive-file "$test_folder/tests.tar.zst" >/dev/null
    git ls-files -z | tar --create --ignore-failed-read --null --files-from - | tar --extract --directory "$test_folder/source"
    cp "$(command -v cargo-nextest)" "$test_folder/bin/"
    cp "$BERTH_BINARY" "$test_folder/bin/berth"
    local cache=${XDG_CACHE_HOME:-$HOME/.cache}/berth-tests
    # The guests, without the packages that they were made of.
    mkdir -p "$test_folder/home/.cache/berth-tests"
    [ -d "$cache/guest" ] && tar --create --directory "$cache" --exclude guest/packages guest \
        | tar --extract --directory "$test_folder/home/.cache/berth-tests"
    chown -R "$test_user:" "$test_folder"
    chmod 755 "$test_folder"
    chmod 700 "$test_folder/run"

    local status=0
    (cd "$test_folder/source" && setpriv --reuid "$test_user" --regid "$test_user" --init-groups \
        env -i HOME="$test_folder/home" XDG_RUNTIME_DIR="$test_folder/run" PATH="$test_folder/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" \
        LANG=C.UTF-8 USER="$test_user" CI="${CI:-}" VK_DRIVER_FILES="${VK_DRIVER_FILES:-}" VK_ICD_FILENAMES="${VK_ICD_FILENAMES:-}" \
        WGPU_BACKEND=vulkan LIBGL_ALWAYS_SOFTWARE=1 BERTH_BINARY="$test_folder/bin/berth" \
        cargo-nextest nextest run --archive-file "$test_folder/tests.tar.zst" --workspace-remap "$test_folder/source" \
        --no-tests=pass "$@") || status=$?

    # What ended and was not yet waited for by the computer's first process is no matter; what is ending may end.
    local left='' _
    for _ in $(seq 40); do
        left=$(ps -o pid=,stat=,args= -u "$test_user" | awk '$2 !~ /^Z/' || true)
        [ -n "$left" ] || break
        sleep 0.5
    done
    if [ -n "$left" ]; then
        say "processes left behind by the tests:"
        say "$left"
        status=1
    fi
    end_test_user
    return "$status"
}
