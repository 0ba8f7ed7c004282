#!/usr/bin/env bash
# Unpacks Debian's own nginx and mosquitto into build/servers, for the tests that talk to real servers on loopback.
# Nothing is installed and no service is started: a test starts the program it needs, with a configuration of its own.
# Idempotent. Where apt is not there, or the network is not, it says so and ends well: those tests are then skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly ROOT=build/servers STAMP=build/servers/.stamp WANTED=(nginx-light mosquitto)

say() { printf 'test servers: %s\n' "$*"; }
skip() {
    say "$1; the tests with real servers are skipped"
    exit 0
}

wanted="$(printf '%s\n' "${WANTED[@]}" && sha256sum "${BASH_SOURCE[0]}" | cut -d' ' -f1)"
if [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$wanted" ]; then
    exit 0
fi
command -v apt-get >/dev/null && command -v dpkg >/dev/null || skip "this is no Debian"

root=()
if [ "$(id -u)" -ne 0 ] && sudo -n true 2>/dev/null; then root=(sudo -n); fi
packages() { # what apt would have to install for them: themselves, and the libraries that are missing here
    apt-get -s -q install --no-install-recommends "${WANTED[@]}" 2>/dev/null | awk '/^Inst/ { print $2 }'
}
if ! packages | grep -q .; then
    ${root[@]+"${root[@]}"} apt-get update -qq || skip "apt-get update failed"
fi
mapfile -t names < <(packages)
for name in "${WANTED[@]}"; do # one that is installed already is unpacked all the same
    [[ " ${names[*]} " == *" $name "* ]] || names+=("$name")
done

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
say "fetching ${names[*]}"
(cd "$work" && apt-get -o APT::Sandbox::User=root download -qq "${names[@]}" >/dev/null) || skip "the packages cannot be fetched"
rm -rf "$ROOT"
mkdir -p "$ROOT"
for package in "$work"/*.deb; do dpkg -x "$package" "$ROOT"; done
printf '%s\n' "$wanted" >"$STAMP"
say "ready in $ROOT ($(du -sm "$ROOT" | cut -f1) MiB)"
