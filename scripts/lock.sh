#!/usr/bin/env bash
# Resolves requirements/dev.in into requirements/lock.txt (any machine) and requirements/lock-pi.txt (a Raspberry Pi: the
# same versions without numpy and lgpio, which come from apt there). uv runs in an environment that is thrown away.
# Versions move only with UPGRADE=1; otherwise what is locked stays, and only what changed in *.in is resolved.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
.venv/bin/python -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input uv

compile() { # compile OUTPUT [OPTION...]
    local output="$1"
    shift
    "$work/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-annotate --no-header ${UPGRADE:+--upgrade} "$@" requirements/dev.in -o "$output" >/dev/null
}

compile requirements/lock.txt
cp requirements/lock.txt requirements/lock-pi.txt
UPGRADE='' compile requirements/lock-pi.txt --no-emit-package numpy --no-emit-package lgpio
echo "locked: $(grep -cE '^[a-z0-9].*==' requirements/lock.txt) packages; on a Pi $(grep -cE '^[a-z0-9].*==' requirements/lock-pi.txt), numpy and lgpio from apt"
