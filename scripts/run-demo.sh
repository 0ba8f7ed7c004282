#!/usr/bin/env bash
# The terminal on this machine: demo keys, lists and codes; a demo phone that keeps the live code fresh; the verdicts.
#
#   SOURCE=0 PANEL=png:out.png PROFILE=gate SCREEN=en DEMO=folder scripts/run-demo.sh [--only-make]
#
# SOURCE: the demo's scenes (default), 0 or /dev/video0 (your camera), a folder of pictures, a video.
# The exit code is that of `yanma run`. Ctrl-C ends both programs and leaves the terminal as it was.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

DEMO="${DEMO:-${XDG_STATE_HOME:-$HOME/.local/state}/yanma/demo}"
readonly DEMO PANEL="${PANEL:-terminal}" PROFILE="${PROFILE:-police}"

source="${SOURCE:-scenes:$DEMO}"
words=()
if [ -n "${SCREEN:-}" ]; then words=(--lang "$SCREEN"); fi

phone=''
saved_terminal=''
leave() {
    trap - EXIT INT TERM HUP
    if [ -n "$phone" ]; then
        kill "$phone" 2>/dev/null || true
        wait "$phone" 2>/dev/null || true
    fi
    if [ -n "$saved_terminal" ]; then
        stty "$saved_terminal" 2>/dev/null || true
        printf '\033[0m\033[?25h' # colours off, cursor on
    fi
}
trap leave EXIT
trap : INT         # the terminal sends Ctrl-C to yanma too: wait for its own clean end, then leave with its code
trap 'exit 143' TERM
trap 'exit 129' HUP
if [ -t 0 ]; then saved_terminal="$(stty -g)"; fi

mkdir -p "$DEMO"
.venv/bin/yanma-issuer demo "$DEMO"
echo
echo "Codes as pictures, to print or to show to a camera (make run SOURCE=0):"
echo "  $DEMO/codes   what does not change"
echo "  $DEMO/live    what lives 60 seconds, kept fresh while the terminal runs"
if [ "${1:-}" = --only-make ]; then exit 0; fi

# pdeathsig: should this script be killed outright, the phone goes with it.
if command -v setpriv >/dev/null; then with_parent=(setpriv --pdeathsig TERM); else with_parent=(env); fi
"${with_parent[@]}" .venv/bin/yanma-issuer phone "$DEMO" </dev/null >"$DEMO/phone.log" 2>&1 &
phone=$!

echo "Press Ctrl-C to stop."
code=0
.venv/bin/yanma run --trust "$DEMO/trust" --ledger "$DEMO/ledger" --set "clock.floor=$DEMO/clock-floor" --environment demo \
    --source "$source" --panel "$PANEL" --pins mock --profile "$PROFILE" ${words[@]+"${words[@]}"} || code=$?
exit "$code"
