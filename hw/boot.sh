#!/usr/bin/env bash
# Boots the simulated board and runs one command on it as root, over this machine's own root (read-only):
#
#   hw/boot.sh KERNEL [--root FOLDER] [--memory 768M] [--systemd] [--parameter WORD]... -- 'shell command'
#
# With --systemd the command runs as a unit, and systemd is process 1. KERNEL is the folder that hw/kernel.sh made. The exit code is the command's; 124 when it took longer than BOARD_TIMEOUT_S.
# The command finds a folder that it shares with the host at /run/board; SHARED names one of your own.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
readonly here kernel="$1/linux"
shift
root=/ memory=768M systemd="" parameters=()
while [ "${1:-}" != -- ]; do
    if [ "${1:-}" = --systemd ]; then systemd=yes && shift && continue; fi
    case "${1:-}" in
        --root) root="$2" ;;
        --memory) memory="$2" ;;
        --parameter) parameters+=("$2") ;;
        *) echo "boot: no such word: ${1:-}" >&2 && exit 2 ;;
    esac
    shift 2
done
shift
# A console of its own for the command, because systemd talks on the first.
consoles=("con0=null,fd:1" con=null quiet)
if [ -n "$systemd" ]; then consoles=(con0=null "con1=null,fd:1" con=null quiet board_init=systemd); fi

shared="${SHARED:-}"
if [ -z "$shared" ]; then
    shared="$(mktemp -d)"
    trap 'rm -rf "$shared"' EXIT
fi
if [ -d "${kernel%/*}/lib/modules" ]; then parameters+=("board_modules=${kernel%/*}/lib/modules"); fi
cp -p "$here/init.sh" "$shared/init.sh"
printf '%s\n' "$*" >"$shared/command.sh"
rm -f "$shared/exit-code"
# The board's memory is a file: in /dev/shm, where it never meets a disk.
code=0
TMPDIR=/dev/shm timeout --kill-after=5 "${BOARD_TIMEOUT_S:-300}" "$kernel" mem="$memory" seccomp=on panic=1 \
    rootfstype=hostfs rootflags=/ ro init="$shared/init.sh" "${consoles[@]}" \
    board_root="$root" board_shared="$shared" board_tree="$(dirname "$here")" \
    ${parameters[@]+"${parameters[@]}"} </dev/null || code=$?
if [ -f "$shared/exit-code" ]; then exit "$(cat "$shared/exit-code")"; fi
if [ "$code" -eq 124 ]; then echo "boot: the command took longer than ${BOARD_TIMEOUT_S:-300} s" >&2 && exit 124; fi
echo "boot: the board ended before its command did (kernel exit code $code)" >&2
exit 1
