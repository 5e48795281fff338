"""Recipe: the parts of `reproduce.sh` that are the same in each; plain POSIX shell.

Nothing is put into these texts: what differs stands in variables and files before them.
"""

from __future__ import annotations

BEGINNING = """\
set -eu

give_up() {
  printf '%s\\n' "not tried: $1" >&2
  exit 3
}
command -v uv >/dev/null 2>&1 || give_up "there is no uv on the PATH"
work=$(mktemp -d "${TMPDIR:-/tmp}/reproduce.XXXXXX")
if [ -n "${KEEP:-}" ]; then
  printf '%s\\n' "everything is kept in $work"
else
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM
fi
files=$work/files
mkdir "$files"
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV UV_PROJECT_ENVIRONMENT
"""

# A folder is copied before each run: not whatever somebody happens to be in.
FOLDER_GIVEN = """\
project=${1:-.}
if [ $# -eq 0 ] && ! ls pyproject.toml setup.py setup.cfg tox.ini requirements*.txt 2>/dev/null |
  grep -q .; then
  give_up "this is no project's folder; name it: sh reproduce.sh FOLDER"
fi"""

# Python 2.7 runs it as well, where that is the interpreter in question.
LIMIT = """\
import os, signal, subprocess, sys, threading, time

child = subprocess.Popen(["/bin/sh", "-c", sys.argv[2]], preexec_fn=os.setsid)
late = []


def send(number):
    try:
        os.killpg(child.pid, number)
    except OSError:
        return False
    return True


def stop(number):
    late.append(number)
    send(number)


try:
    # Upon SIGABRT, faulthandler writes the stacks of all threads.
    for after, number in ((0, signal.SIGABRT), (5, signal.SIGKILL)):
        timer = threading.Timer(float(sys.argv[1]) + after, stop, [number])
        timer.daemon = True
        timer.start()
    status = child.wait()
    # The shell is gone at once; whoever hung below it still writes.
    deadline = 50 if late else 0
    while deadline and send(0):
        deadline -= 1
        time.sleep(0.1)
    sys.exit(124 if late else (1 if status else 0))
finally:
    send(signal.SIGKILL)
"""

FUNCTIONS = """\
# prepare ENVIRONMENT: an interpreter with just the releases of ENVIRONMENT.txt.
prepare() {
  cd "$work"
  if uv venv --quiet --python "$python" "$work/$1" 2>"$work/$1.log"; then
    into() { uv pip install --quiet --python "$work/$environment/bin/python" "$@"; }
    constrain=--build-constraints
  elif [ -n "$old" ]; then
    # uv makes none for this interpreter; the last virtualenv that does has a pip for it.
    uvx --quiet --python '>=3.8,<3.12' --from 'virtualenv<20.22' virtualenv --quiet \\
      --python "$python" "$work/$1" >>"$work/$1.log" 2>&1 || return 1
    into() { "$work/$environment/bin/python" -m pip install --quiet "$@"; }
    constrain=
  else
    return 1
  fi
  environment=$1
  if [ -n "$constrain" ]; then
    set -- --build-constraints "$work/$1.build.txt"
  else
    PIP_CONSTRAINT=$work/$1.build.txt PIP_DISABLE_PIP_VERSION_CHECK=1
    export PIP_CONSTRAINT PIP_DISABLE_PIP_VERSION_CHECK
    set --
  fi
  if [ -s "$work/before.txt" ]; then
    into --no-deps -r "$work/before.txt" >>"$work/$environment.log" 2>&1 || return 1
  fi
  if [ -s "$work/$environment.txt" ]; then
    into --no-deps $hashed "$@" -r "$work/$environment.txt" \\
      >>"$work/$environment.log" 2>&1 || return 1
  fi
  if [ -s "$work/$environment.more.txt" ]; then
    into --no-deps "$@" -r "$work/$environment.more.txt" \\
      >>"$work/$environment.log" 2>&1 || return 1
  fi
  if [ -n "$installed" ]; then
    copy
    # A project that cannot be built on these releases is broken by them.
    into --no-deps "$@" "$work/run" >"$work/$environment.log" 2>&1 ||
      : >"$work/$environment.unbuilt"
  fi
  unset PIP_CONSTRAINT
}

# copy: the project's files, as they were, in a folder of their own.
copy() {
  rm -rf "$work/run"
  mkdir "$work/run"
  (cd "$project" && tar -cf - --exclude=./.venv --exclude=./venv --exclude=./.tox \\
    --exclude=./.nox --exclude=./node_modules .) | (cd "$work/run" && tar -xf -)
}

# passes ENVIRONMENT: whether the test passes there; what it wrote is in ENVIRONMENT.log.
passes() {
  [ ! -e "$work/$1.unbuilt" ] || return 1
  copy
  status=0
  (
    cd "$work/run"
    set -- "$work/$1/bin" "$work/limit.py" "$limit" "$test"
    variables
    PATH=$1:$PATH PYTHONFAULTHANDLER=1
    export PATH PYTHONFAULTHANDLER
    ulimit -c 0
    exec "$1/python" "$2" "$3" "$4"
  ) >"$work/$1.log" 2>&1 </dev/null || status=$?
  if [ -n "$by_message" ] && [ -n "$message" ]; then
    ! says "$1"
  elif [ -n "$by_message" ]; then
    [ "$status" -ne 124 ]
  else
    [ "$status" -eq 0 ]
  fi
}

# says ENVIRONMENT: whether its output holds what was reported.
says() {
  [ -n "$message" ] && grep -F -q -e "$message" "$work/$1.log"
}

# good ENVIRONMENT: whether the test passes, where it is flaky at least once.
good() {
  n=0
  while [ "$n" -lt "$tries" ]; do
    n=$((n + 1))
    passes "$1" && return 0
  done
  return 1
}

# bad ENVIRONMENT: whether the test fails, where it is flaky each time.
bad() {
  n=0
  while [ "$n" -lt "$tries" ]; do
    n=$((n + 1))
    passes "$1" && return 1
  done
  return 0
}

# show ENVIRONMENT: the last lines of what was written there, as text and no longer than a screen.
show() {
  tail -n 12 "$work/$1.log" | tr -d '\\000-\\010\\013-\\037\\177' | cut -c1-300 | sed 's/^/    | /'
}

# try ENVIRONMENT WHAT: shows one culprit.
try() {
  printf '%s\\n' "$2: making an environment"
  prepare "$1" || { show "$1"; give_up "the environment of $2 cannot be made"; }
  if ! bad "$1"; then
    printf '%s\\n' "$2: passes here"
    missing=$((missing + 1))
    return 0
  fi
  printf '%s\\n' "$2: fails"
  show "$1"
  if [ -n "$message" ] && ! says "$1"; then
    printf '%s\\n' "$2: but not with the message that was reported"
  fi
}
"""

ENDING = """\
if [ "$missing" -gt 0 ]; then
  printf '%s\\n' "not reproduced"
  exit 1
fi
printf '%s\\n' "reproduced"
"""
