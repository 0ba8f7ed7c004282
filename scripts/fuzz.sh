#!/usr/bin/env bash
# Fuzzes the verifier's door for SECONDS, in an environment of its own (.venv-fuzz), and says what came of it.
#
#   SECONDS_TO_RUN=600 FUZZ=out/fuzz scripts/fuzz.sh
#
# FUZZ keeps what was found: found/ (inputs that reach new code, where the next run begins), crash-* (each a broken promise:
# put it into tests/hostile/corpus, make its test pass). Exit code 0: nothing broke.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly VENV=.venv-fuzz FUZZ="${FUZZ:-out/fuzz}" SECONDS_TO_RUN="${SECONDS_TO_RUN:-600}"

if ! "$VENV/bin/python" -c 'import atheris, cbor2, cryptography' 2>/dev/null; then
    echo "fuzz: making $VENV from the lock, with the fuzzer of requirements/fuzz.in"
    .venv/bin/python -m venv --clear "$VENV"
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements/lock.txt
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-input -r requirements/fuzz.in
fi
mkdir -p "$FUZZ"
echo "fuzz: $SECONDS_TO_RUN seconds, at the lowest priority; the log is $FUZZ/log"
status=0
nice -n 10 "$VENV/bin/python" -m tests.hostile.fuzz "$FUZZ" -max_total_time="$SECONDS_TO_RUN" -use_value_profile=1 \
    -print_final_stats=1 >"$FUZZ/log" 2>&1 || status=$?
grep -E '^(Done|stat::|ERROR|==)|cov:' "$FUZZ/log" | tail -n 8
if [ "$status" -ne 0 ]; then echo "fuzz: something broke; see $FUZZ/log and $FUZZ/crash-*" >&2; fi
exit "$status"
