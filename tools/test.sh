#!/usr/bin/env bash
# Run all tests, then hold the branch coverage to its floors. With arguments, run those tests only,
# and hold nothing: a part cannot cover the whole.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PWD/.venv/bin:$PATH

if [ "$#" -gt 0 ]; then exec pytest "$@"; fi

rm -f .coverage .coverage.* coverage.json
pytest --cov --cov-report=json --durations=15
status=$?
if [ "$status" -ne 0 ]; then exit "$status"; fi
python tools/coverage_floors.py coverage.json
