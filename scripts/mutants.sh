#!/usr/bin/env bash
# Mutation testing of firmware/verify: changes its code in some thousand small ways and counts the changes that its tests notice.
#
#   MUTANTS=out/mutants scripts/mutants.sh
#
# Works on a copy of the tree in MUTANTS, in an environment of its own (.venv-mutants); ten minutes on two quiet cores, an hour on
# busy ones. The copy keeps the answers: `cd out/mutants/tree; ../../../.venv-mutants/bin/mutmut results` names the survivors, and
# `... show NAME` shows one. Exit code 0: at least 90 % were noticed (by a failing test, a crash, or a test that no longer ends).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly LEAST_PERCENT=90 MUTANTS="${MUTANTS:-out/mutants}" VENV="$PWD/.venv-mutants"

if ! "$VENV/bin/python" -c 'import mutmut, hypothesis, cbor2, cryptography' 2>/dev/null; then
    echo "mutants: making .venv-mutants from the lock, with the mutation tester of requirements/mutants.in"
    .venv/bin/python -m venv --clear "$VENV"
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements/lock.txt
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-input -r requirements/mutants.in
fi

rm -rf "$MUTANTS/tree"
mkdir -p "$MUTANTS/tree"
cp -r firmware issuer tests bench setup.cfg pyproject.toml "$MUTANTS/tree"
# The test of costs measures time, which mutation itself changes; the profile makes hypothesis try the same inputs each time.
cat >>"$MUTANTS/tree/setup.cfg" <<'EOF'

[mutmut]
source_paths=firmware/verify/
pytest_add_cli_args_test_selection=
    tests/verify/
    tests/hostile/
    --ignore=tests/hostile/test_cost.py
pytest_add_cli_args=--hypothesis-profile=ci
also_copy=
    firmware
    issuer
    tests
    bench
EOF

echo "mutants: at low priority; the log is $MUTANTS/log"
status=0
(cd "$MUTANTS/tree" && nice -n 10 "$VENV/bin/mutmut" run --max-children 2 && "$VENV/bin/mutmut" export-cicd-stats) \
    >"$MUTANTS/log" 2>&1 || status=$?
if [ "$status" -ne 0 ]; then
    tail -n 5 "$MUTANTS/log" >&2
    echo "mutants: the run did not end; see $MUTANTS/log" >&2
    exit "$status"
fi
"$VENV/bin/python" - "$MUTANTS/tree/mutants/mutmut-cicd-stats.json" "$LEAST_PERCENT" <<'EOF'
import json, pathlib, sys

counts, least = json.loads(pathlib.Path(sys.argv[1]).read_text()), float(sys.argv[2])
noticed = counts["killed"] + counts["timeout"] + counts["segfault"]
not_tried = counts["total"] - noticed - counts["survived"]
percent = 100 * noticed / counts["total"] if counts["total"] else 0.0
print(f"mutants: {counts['total']} in all, {noticed} killed, {counts['survived']} survived, {not_tried} not tried: {percent:.1f} %")
sys.exit(0 if percent >= least else f"mutants: fewer than {least:g} % were noticed")
EOF
