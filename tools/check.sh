#!/usr/bin/env bash
# Run every check of the house, all of them even when one fails, and say which did.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PWD/.venv/bin:$PATH

failed=()

# step NAME COMMAND...: run the command under a heading and remember whether it failed.
step() {
    local name=$1
    shift
    printf '\n== %s\n' "$name"
    "$@" || failed+=("$name")
}

# The figures of the house's style, where the tool that measures them lies beside the checkout.
numbers() {
    local measure=../shared/tools/measure.py
    if [ ! -f "$measure" ]; then
        echo "not measured: $measure is not here"
        return
    fi
    # What runs inside of a project's own Python has to run on 2.7, which takes no annotations.
    python "$measure" . \
        --exclude "src/foretaste/adapters/executors/inside/*" --exclude src/foretaste/adapters/uv/driver.py \
        --at-most module_lines.median=180 --at-most module_lines.p90=330 --at-most module_lines.max=400 \
        --at-most function_span.median=9 --at-most function_span.p90=28 --at-most function_span.max=70 \
        --at-most nesting.p90=2 --at-most nesting.max=4 \
        --at-most complexity.p90=6 --at-most complexity.max=12 \
        --at-most test_function_span.median=15 --at-most test_function_span.p90=40 \
        --at-most cycles_any=0 \
        --at-least documented_pct=95 --at-least intros_pct=100 --at-least annotated_pct=100
}

step "ruff check" ruff check
step "ruff format" ruff format --check
step "mypy" mypy
step "import-linter" env COLUMNS=100 lint-imports --no-logo
step "vulture" python tools/dead_code.py
step "reno" reno --quiet lint
step "tests/house" pytest -q tests/house
step "numbers" numbers

printf '\n'
if [ "${#failed[@]}" -gt 0 ]; then
    printf 'check: failed: %s\n' "$(IFS=,; echo "${failed[*]}")"
    exit 1
fi
echo "check: all passed"
