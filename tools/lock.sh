#!/usr/bin/env bash
# Write requirements/all.txt and requirements/uv.txt: exact versions with the hashes of all their
# files, for every system and every Python from 3.11 on, and the name of no index.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

compile() {
    .venv/bin/uv --quiet pip compile --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --upgrade "$@"
}

compile pyproject.toml requirements/dev.in --output-file requirements/all.txt
# The uv that pip brings in first is the uv of the lock.
compile --constraint requirements/all.txt requirements/uv.in --output-file requirements/uv.txt
