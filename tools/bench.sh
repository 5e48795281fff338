#!/usr/bin/env bash
# Run every benchmark, each by itself, and write what it measured to docs/benchmarks.md. With
# arguments, run that one benchmark with its options, and write nothing unless it is told to:
#   tools/bench.sh benchmarks/overhead.py --builds 2000 --write
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "$#" -gt 0 ]; then exec .venv/bin/python "$@"; fi

failed=()
for benchmark in benchmarks/[a-z]*.py; do
    printf '\n== %s\n' "$benchmark"
    .venv/bin/python "$benchmark" --write || failed+=("$benchmark")
done
if [ "${#failed[@]}" -gt 0 ]; then
    printf 'bench: failed: %s\n' "${failed[*]}" >&2
    exit 1
fi
