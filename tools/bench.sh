#!/usr/bin/env bash
# Run every benchmark, or those named, each by itself; each says what it measured, and prints its
# ratios last.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "$#" -eq 0 ]; then set -- benchmarks/[a-z]*.py; fi
for benchmark in "$@"; do
    printf '\n== %s\n' "$benchmark"
    .venv/bin/python "$benchmark"
done
