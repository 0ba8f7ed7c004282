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

only_make=''
if [ "${1:-}" = --only-make ]; then only_make=yes; fi

mkdir -p "$DEMO"
echo "Making the demo: keys, lists and codes of your own. A few seconds."
.venv/bin/yanma-issuer demo "$DEMO" | if [ -n "$only_make" ]; then cat; else sed '/^Next:/,$d'; fi
echo "Codes as pictures, to print or to show to a camera (make run SOURCE=0):"
echo "  $DEMO/codes   what does not change"
echo "  $DEMO/live    what lives 60 seconds, kept fresh while the terminal runs"
if [ -n "$only_make" ]; then exit 0; fi

phone=''
terminal=''
interrupted=''
saved_terminal=''
if [ -t 0 ]; then saved_terminal="$(stty -g)"; fi

leave() {
    trap - EXIT INT TERM HUP
    for process in $terminal $phone; do
        kill "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
    if [ -n "$saved_terminal" ]; then
        stty "$saved_terminal" 2>/dev/null || true
        printf '\033[0m\033[?25h' # colours off, cursor on
    fi
}
stop() { # a signal to this script, or Ctrl-C: the terminal ends in order, then so do we
    interrupted=yes
    if [ -n "$terminal" ]; then kill -TERM "$terminal" 2>/dev/null || true; fi
}
trap leave EXIT
trap stop INT TERM HUP

# Both end with this script even if it is killed outright (pdeathsig). They run beside it, because bash hears a signal
# only while it waits; so the terminal's stdin is named, which bash would take from a program in the background.
if command -v setpriv >/dev/null; then with_parent=(setpriv --pdeathsig TERM); else with_parent=(env); fi
"${with_parent[@]}" .venv/bin/yanma-issuer phone "$DEMO" </dev/null >"$DEMO/phone.log" 2>&1 &
phone=$!
echo "Ctrl-C stops."
"${with_parent[@]}" .venv/bin/yanma run --environment demo --trust "$DEMO/trust" --ledger "$DEMO/ledger" \
    --set "clock.floor=$DEMO/clock-floor" --source "$source" --panel "$PANEL" --pins mock --profile "$PROFILE" \
    ${words[@]+"${words[@]}"} <&0 &
terminal=$!

code=0
while kill -0 "$terminal" 2>/dev/null; do
    code=0
    wait "$terminal" || code=$?
done
terminal=''
if [ -n "$interrupted" ] && [ "$code" -ne 0 ]; then code=130; fi
exit "$code"
