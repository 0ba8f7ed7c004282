#!/usr/bin/env bash
# The terminal on a simulated board: real kernel drivers of camera, screen and pins under the real daemon, in User-Mode Linux.
# Needs x86-64 Linux and root or a user who may write a cache; nothing on this machine is changed (hw/README.md).
#
#   scripts/hw.sh [STORY]...        plain, systemd, camera; all of them when none is named
#
# Exit code 0 when every story held; a story that cannot run here is skipped with its reason, which is printed at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tree="$(pwd -P)"
readonly tree
skipped=() failed=()

skip() { # skip STORY REASON
    skipped+=("$1: $2")
    printf '\n== %s: skipped: %s\n' "$1" "$2"
}

pytest_words() { # pytest_words BOARD FILE
    printf 'cd %q && YANMA_BOARD=%s .venv/bin/python -m pytest -p no:cacheprovider --color=no --tb=short -v -s --durations=5 tests/hardware/%s 2>&1' "$tree" "$1" "$2"
}

story() { # story NAME WHAT COMMAND...
    local name="$1" what="$2" began=$SECONDS
    shift 2
    printf '\n== %s: %s\n' "$name" "$what"
    "$@" || failed+=("$name")
    printf '== %s: %s s\n' "$name" "$((SECONDS - began))"
}

plain() { story plain "yanma run on V4L2, I2C and GPIO drivers" hw/boot.sh "$kernel" -- "$(pytest_words plain test_terminal.py)"; }

systemd() {
    if [ ! -x /lib/systemd/systemd ] || [ ! -x /lib/systemd/systemd-udevd ]; then
        skip systemd "this machine has no systemd and udev to boot: apt-get install systemd udev"
        return
    fi
    story systemd "the installed unit under systemd as process 1" hw/boot.sh "$kernel" --systemd -- "$(pytest_words systemd test_unit.py)"
}

camera() {
    local root code=0 shared
    root="$(hw/camera_root.sh)" || code=$?
    if [ "$code" -ne 0 ]; then
        skip camera "there is no root file system with libcamera's virtual camera (see above)"
        return
    fi
    shared="$(mktemp -d)"
    # The office's packages are in this environment and not in that root: its codes are made here.
    XDG_STATE_HOME="$shared/state" .venv/bin/python -c 'import sys; from issuer.cli import main; sys.exit(main())' demo "$shared/demo" >/dev/null
    SHARED="$shared" story camera "picamera2 on libcamera's virtual camera" hw/boot.sh "$kernel" --systemd --root "$root" -- \
        "cd '$tree' && export YANMA_BOARD=camera YANMA_WORLD=/run/board/demo PYTHONDONTWRITEBYTECODE=1 && export PYTHONPATH='$tree/tests/hardware/virtual_camera:/opt/picamera2' && python3 -m pytest -p no:cacheprovider --color=no --tb=short -v -s --durations=5 tests/hardware/test_picamera.py 2>&1"
    rm -rf "$shared"
}

if [ "$(uname -sm)" != "Linux x86_64" ]; then
    skip all "the simulated board is a User-Mode Linux for x86-64, and this is $(uname -sm)"
    exit 0
fi
case "$tree" in
    /tmp/* | /run/* | /dev/*)
        skip all "the board has a /tmp, /run and /dev of its own, and would not see this tree: clone it elsewhere"
        exit 0
        ;;
esac
if [ ! -w /dev/shm ]; then
    skip all "the board's memory lies in /dev/shm, which cannot be written here"
    exit 0
fi
code=0
kernel="$(hw/kernel.sh)" || code=$?
if [ "$code" -eq 69 ]; then
    skip all "there is no kernel for the board (see above)"
    exit 0
fi
[ "$code" -eq 0 ] || exit "$code"
echo "kernel: $kernel"
stories=("$@")
[ "${#stories[@]}" -gt 0 ] || stories=(plain systemd camera)
for name in "${stories[@]}"; do
    case "$name" in
        plain | systemd | camera) ;;
        *) echo "hw: no such story: $name" >&2 && exit 2 ;;
    esac
done
# The long one runs beside the others where two processors are free: a board has one. It is printed when it is done.
two_are_free() {
    { grep '^cpu ' /proc/stat && sleep 1 && grep '^cpu ' /proc/stat; } |
        awk -v all="$(nproc)" '{ idle = $5 + $6 - idle; sum = $2 + $3 + $4 + $5 + $6 + $7 + $8 - sum } END { exit !(all * idle >= 1.6 * sum) }'
}
beside='' log=''
if [ "${#stories[@]}" -eq 3 ] && two_are_free; then
    stories=(plain camera)
    log="$(mktemp)"
    scripts/hw.sh systemd >"$log" 2>&1 &
    beside=$!
    trap 'kill "$beside" 2>/dev/null || true; rm -f "$log"' EXIT
fi
for name in "${stories[@]}"; do "$name"; done
if [ -n "$beside" ]; then
    wait "$beside" || failed+=(systemd)
    sed -n '/^== systemd/,/^== systemd: [0-9]/p' "$log"
    if grep -q '^== systemd: skipped' "$log"; then skipped+=("$(sed -n 's/^skipped  //p' "$log")"); fi
fi

printf '\n'
for reason in ${skipped[@]+"${skipped[@]}"}; do printf 'skipped  %s\n' "$reason"; done
for name in ${failed[@]+"${failed[@]}"}; do printf 'FAILED   %s\n' "$name"; done
[ "${#failed[@]}" -eq 0 ]
