#!/usr/bin/env bash
# Set up Foretaste for work in this checkout: .venv/bin/foretaste and the tools that check it.
#
# Safe to run again at any time, also twice at once: what is already as it should be is left
# alone, and a run that finds everything in place ends in well under a second.
#
# PYTHON=/path/to/python3                 which interpreter to use (3.11 or later)
# FORETASTE_SETUP_SYSTEM_PACKAGES=no      install no Debian package, and go on without them
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly venv=.venv
readonly stamps="$venv/.foretaste"

say() { printf 'setup: %s\n' "$*" >&2; }

stop() {
    say "$@"
    exit 2
}

# ---- Debian packages -----------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

can_install() {
    [ "${FORETASTE_SETUP_SYSTEM_PACKAGES:-yes}" != no ] || return 1
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null
}

install_debian() {
    say "installing with apt-get: $*"
    export DEBIAN_FRONTEND=noninteractive
    # An old package list may name files that are gone: one refresh, then the install.
    as_root apt-get -qq update </dev/null >/dev/null
    as_root apt-get -qq --option Dpkg::Use-Pty=0 install --yes --no-install-recommends "$@" \
        </dev/null >/dev/null
}

# need_program PROGRAM PACKAGE: what to add to the list of missing packages, if anything.
missing=()
need_program() {
    command -v "$1" >/dev/null || missing+=("$2")
}

need_programs() {
    need_program git git
    need_program bwrap bubblewrap
    need_program setpriv util-linux
    [ "${#missing[@]}" -eq 0 ] && return
    if can_install; then
        install_debian "${missing[@]}"
    elif [ "${FORETASTE_SETUP_SYSTEM_PACKAGES:-yes}" = no ]; then
        say "going on without: ${missing[*]}"
    else
        say "these are missing and cannot be installed from here: ${missing[*]}"
        say "hint: on Debian or Ubuntu, run as root: apt-get install ${missing[*]}"
        stop "hint: or go on without them: FORETASTE_SETUP_SYSTEM_PACKAGES=no make setup"
    fi
}

# ---- The interpreter and its environment ---------------------------------------------------

find_python() {
    python=$(command -v "${PYTHON:-python3}") || stop "no ${PYTHON:-python3} here; Python 3.11 or later is needed"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        stop "$python is $("$python" --version); 3.11 or later is needed. hint: PYTHON=/path/to/python3.11 make setup"
}

make_environment() {
    if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import pip' 2>/dev/null; then return; fi
    find_python
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        local package
        package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        can_install || stop "$python cannot make environments. hint: run as root: apt-get install $package"
        install_debian "$package"
    fi
    say "making $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv"
}

# pip's own settings for the index hold for uv too, which does not read them.
inherit_index() {
    [ -n "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ] && return
    local index
    index=$("$venv/bin/pip" config get global.index-url 2>/dev/null) ||
        index=$("$venv/bin/pip" config get user.index-url 2>/dev/null) ||
        index=${PIP_INDEX_URL:-}
    if [ -n "$index" ]; then export UV_DEFAULT_INDEX=$index; fi
}

# once NAME DIGEST COMMAND...: run the command unless it has been run for this digest.
once() {
    local stamp="$stamps/$1" digest=$2
    shift 2
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$digest" ]; then return; fi
    "$@"
    mkdir -p "$stamps"
    printf '%s\n' "$digest" >"$stamp"
}

digest_of() { cat "$@" | sha256sum | cut -d' ' -f1; }

# What of pyproject.toml the installed program depends on: all before the settings of tools.
program_part() { sed '/^# ---- ruff/,$d' pyproject.toml; }

install_uv() {
    "$venv/bin/python" -m pip -qq --disable-pip-version-check --no-input install \
        --require-hashes --no-deps -r requirements/uv.txt
}

install_packages() {
    say "installing the packages of requirements/all.txt"
    inherit_index
    # Compiled once: whoever has PYTHONDONTWRITEBYTECODE set would wait for it at every start.
    VIRTUAL_ENV=$venv "$venv/bin/uv" --quiet pip sync --compile-bytecode --require-hashes \
        requirements/all.txt
    # `sync` takes away what the lock does not name, and so the program too.
    rm -f "$stamps/program"
}

install_program() {
    say "installing foretaste itself, editable"
    VIRTUAL_ENV=$venv "$venv/bin/uv" --quiet pip install --no-deps --no-build-isolation \
        --reinstall --editable .
    "$venv/bin/python" -m compileall -q src || true
}

main() {
    need_programs
    exec 9<tools/setup.sh
    if command -v flock >/dev/null; then flock 9; fi
    make_environment
    once uv "$(digest_of requirements/uv.txt)" install_uv
    once packages "$(digest_of requirements/all.txt)" install_packages
    once program "$(program_part | digest_of)" install_program
}

main "$@"
