#!/usr/bin/env bash
# Unpacks the servers that `make test` plays a fleet with into build/servers: nothing is installed, nothing is started, and
# no root is needed. Where it cannot (no apt, no network), it says so; the tests that need one then skip with that reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly TARGET=build/servers
say() { printf 'servers: %s\n' "$*"; }

have() { # have PROGRAM
    command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || [ -x "$TARGET/usr/sbin/$1" ]
}

unpack() { # unpack PACKAGE
    local folder
    folder="$(mktemp -d)"
    (cd "$folder" && apt-get download -qq "$1" >/dev/null 2>&1) && dpkg -x "$folder"/*.deb "$TARGET"
    rm -rf "$folder"
}

for program in nginx; do
    if have "$program"; then continue; fi
    if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
        say "$program is not here, and this is no Debian: its tests will be skipped"
        continue
    fi
    mkdir -p "$TARGET"
    unpack "$program" || true
    if have "$program"; then
        say "$program is in $TARGET"
    else
        say "$program could not be fetched (try: sudo apt-get update): its tests will be skipped"
    fi
done
