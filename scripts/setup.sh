#!/usr/bin/env bash
# Makes .venv from the lock. Idempotent, asks for nothing, says what it does before it does it.
#
#   PYTHON=python3.13 scripts/setup.sh     another interpreter (3.11 or later)
#
# Done means: .venv/.setup-stamp names this lock and this interpreter. One lock gives one environment: when either
# changes, .venv is made again from nothing, so that no package of an earlier lock stays behind.
# On a Raspberry Pi the camera's Python parts, numpy and lgpio come from apt (docs/decisions/0007-setup-and-lock.md).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV

readonly VENV=.venv STAMP=.venv/.setup-stamp LOG=.venv/setup.log
readonly NEEDED_MIB=850 # measured: .venv is 549 MiB, and pip keeps the wheels beside it while it unpacks them

say() { printf '%s\n' "$*"; }
fail() { # fail MESSAGE NEXT-STEP
    printf '\nsetup: %s\n  next: %s\n' "$1" "$2" >&2
    exit 1
}

on_raspberry_pi() {
    case "${YANMA_PLATFORM:-}" in
        pi) return 0 ;;
        pc) return 1 ;;
    esac
    grep -qs 'Raspberry Pi' /proc/device-tree/model
}

lock_file() { if on_raspberry_pi; then echo requirements/lock-pi.txt; else echo requirements/lock.txt; fi; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

known_pythons() {
    # On a Pi the camera's bindings exist for the system's interpreter only.
    if on_raspberry_pi; then echo /usr/bin/python3; else echo python3 python3.13 python3.12 python3.11 /usr/bin/python3; fi
}

find_python() { # prints the path of an interpreter, or nothing
    local candidate
    for candidate in ${PYTHON:-$(known_pythons)}; do
        if command -v "$candidate" >/dev/null && new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
}

require_python() {
    python="$(find_python)"
    if [ -z "$python" ] && [ -n "${PYTHON:-}" ]; then
        fail "PYTHON=$PYTHON is not a Python 3.11 or later" "name one that is, or leave PYTHON out"
    fi
    if [ -z "$python" ] && command -v apt-get >/dev/null; then
        apt_install "$(printf 'python3\npython3-venv')"
        python="$(find_python)"
    fi
    [ -n "$python" ] || fail "no Python 3.11 or later among: $(known_pythons)" "install one, or name it: make setup PYTHON=/path/to/python3.13"
}

fingerprint() { # of everything that shapes the environment
    {
        sha256sum "$(lock_file)" setup.cfg pyproject.toml scripts/setup.sh | cut -d' ' -f1
        "$1" -c 'import sys; print(sys.version, sys.base_prefix)'
        pwd -P
    } | sha256sum | cut -d' ' -f1
}

# --- system packages -------------------------------------------------------------------------------------------------

loads() { "$python" -c "import ctypes; ctypes.CDLL('$1')" >/dev/null 2>&1; }

missing_packages() { # one line a thing: apt names, the first that apt knows is taken
    "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 || venv_packages
    loads libzbar.so.0 || echo "libzbar0t64 libzbar0"
    loads libcrypto.so.3 || echo "libssl3t64 libssl3"
    if on_raspberry_pi; then
        "$python" -c 'import picamera2' >/dev/null 2>&1 || echo python3-picamera2
        "$python" -c 'import numpy' >/dev/null 2>&1 || echo python3-numpy
        "$python" -c 'import lgpio; lgpio.gpiochip_open' >/dev/null 2>&1 || echo python3-lgpio
        "$python" -c 'import spidev' >/dev/null 2>&1 || echo python3-spidev
    fi
}

venv_packages() {
    case "$(readlink -f "$python")" in
        /usr/bin/*) "$python" -c 'import sys; print("python%d.%d-venv python3-venv" % sys.version_info[:2])' ;;
        *) fail "$python has no venv and ensurepip" "use an interpreter that has them, for example PYTHON=/usr/bin/python3" ;;
    esac
}

# apt_install WANTED: one line a thing, its possible names in order of age; the first that apt knows is installed.
apt_install() {
    local root=() names=() line name
    if ! command -v apt-get >/dev/null; then
        fail "missing on this system: ${1//$'\n'/, }" "install their equivalents (Fedora: zbar openssl-libs; Arch: zbar openssl; macOS: brew install zbar openssl@3), then run make setup again"
    fi
    if [ "$(id -u)" -ne 0 ]; then
        root=(sudo -n)
        if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
            while read -r line; do names+=("${line##* }"); done <<<"$1"
            fail "these system packages are missing, and this user may not install them without a password: ${names[*]}" "sudo apt-get update && sudo apt-get install -y ${names[*]}"
        fi
    fi
    say "setup: reading the package lists (apt-get update)"
    ${root[@]+"${root[@]}"} apt-get update -qq || say "setup: apt-get update failed; trying with the lists that are there"
    while read -r line; do
        for name in $line; do
            if apt-cache show "$name" >/dev/null 2>&1; then names+=("$name") && break; fi
        done
    done <<<"$1"
    [ "${#names[@]}" -gt 0 ] || fail "apt knows none of: ${1//$'\n'/, }" "check the network and /etc/apt/sources.list, then run make setup again"
    say "setup: installing system packages: ${names[*]}"
    ${root[@]+"${root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${names[@]}" >/dev/null ||
        fail "apt-get could not install: ${names[*]}" "read apt's message above; then run make setup again"
}

install_system_packages() {
    local wanted
    wanted="$(missing_packages)"
    [ -n "$wanted" ] || return 0
    apt_install "$wanted"
    wanted="$(missing_packages)"
    [ -z "$wanted" ] || fail "still missing after apt-get: ${wanted//$'\n'/, }" "install them by hand, then run make setup again"
}

# --- the environment -------------------------------------------------------------------------------------------------

require_space() {
    local free_mib
    free_mib=$(($(df -Pk . | awk 'NR == 2 { print $4 }') / 1024))
    [ "$free_mib" -ge "$NEEDED_MIB" ] || fail "only $free_mib MiB free here, $NEEDED_MIB MiB are needed" "make room, then run make setup again"
}

explain_pip_failure() {
    tail -n 15 "$LOG" >&2
    if grep -q 'No space left on device' "$LOG"; then
        fail "the disk is full" "make room (about $NEEDED_MIB MiB here and in ${TMPDIR:-/tmp}), then run make setup again"
    elif grep -q 'DO NOT MATCH THE HASHES' "$LOG"; then
        fail "a package is not the one that the lock names" "do not go on with this copy: check the package index that pip uses (pip config list)"
    elif grep -qE 'Temporary failure in name resolution|NewConnectionError|ConnectTimeout|Max retries|Connection broken|connection broken|Retrying \(|Network is unreachable' "$LOG"; then
        fail "the package index cannot be reached" "check the network or the proxy (pip config list), then run make setup again"
    elif grep -q 'No matching distribution found' "$LOG"; then
        fail "the package index gave nothing that fits $("$python" -V 2>&1) on $(uname -m)" "check the network or the proxy (pip config list); if they are well, use Python 3.11 to 3.13: make setup PYTHON=python3.13"
    fi
    fail "pip failed" "read .venv/setup.log; then run make setup again"
}

show_progress() { # pip's talk becomes one line a package
    awk '/^Collecting / { n += 1; split($2, name, /[=<>;]/); printf "  %2d %s\n", n, name[1]; fflush() }
         /^Installing collected/ { print "  unpacking"; fflush() }'
}

make_environment() {
    local lock options=()
    lock="$(lock_file)"
    if on_raspberry_pi; then options+=(--system-site-packages); fi
    require_space
    say "setup: making $VENV with $("$python" -V 2>&1) ($python)"
    "$python" -m venv --clear ${options[@]+"${options[@]}"} "$VENV" || fail "$python could not make $VENV" "check that this folder is writable, then run make setup again"
    say "setup: installing the packages of $lock, each checked against its hash (downloads about 154 MB)"
    # --no-deps: the lock is whole, and on a Pi it leaves out what apt brings.
    "$VENV/bin/python" -m pip install --disable-pip-version-check --no-input --no-deps --only-binary=:all: --require-hashes \
        -r "$lock" 2>&1 | tee "$LOG" | show_progress || explain_pip_failure
    say "setup: putting yanma and yanma-issuer into $VENV/bin"
    "$VENV/bin/python" -m pip install --disable-pip-version-check --no-input --quiet --no-deps --no-build-isolation -e . \
        >>"$LOG" 2>&1 || explain_pip_failure
    "$VENV/bin/python" -c 'import cryptography, cv2, gpiozero, luma.oled, numpy, PIL, pyzbar.pyzbar, zxingcpp' ||
        fail "a package was installed but does not start" "read the message above; on a Pi see docs/decisions/0007-setup-and-lock.md"
}

is_ready() { [ -f "$STAMP" ] && [ -x "$VENV/bin/python" ] && [ "$(cat "$STAMP")" = "$(fingerprint "$1")" ]; }

main() {
    if [ -L "$VENV" ]; then # one environment shared between working copies: its owner's to change, not ours
        [ -x "$VENV/bin/python" ] || fail "$VENV is a link to nothing" "rm $VENV && make setup"
        return
    fi
    if command -v flock >/dev/null; then exec 9<. && flock 9; fi # two at once: the second waits, then finds it done
    if [ -z "${PYTHON:-}" ] && new_enough "$VENV/bin/python" && is_ready "$VENV/bin/python"; then
        say "setup: .venv is ready"
        return
    fi
    require_python
    if is_ready "$python"; then
        say "setup: .venv is ready"
        return
    fi
    install_system_packages
    make_environment
    fingerprint "$python" >"$STAMP"
    say "setup: ready ($(du -sm "$VENV" | cut -f1) MiB in $VENV)"
}

main
