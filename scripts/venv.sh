#!/usr/bin/env bash
# Make .venv fit for a purpose, or do nothing when it already is.
#
#   scripts/venv.sh run    what it takes to run the app (requirements.txt)
#   scripts/venv.sh dev    that and what it takes to test it (requirements-dev.txt)
#
# The stamp is written last, so an interrupted install leaves none and is done again. It holds a
# hash of the lock, of what describes the package, of the interpreter and of where this folder is.
# PYTHON=... picks the interpreter for a new environment.
set -euo pipefail
cd "$(dirname "$0")/.."

purpose=${1:?run or dev}
venv=.venv
case $purpose in
  run) lock=requirements.txt ;;
  dev) lock=requirements-dev.txt ;;
  *) echo "scripts/venv.sh: run or dev, not '$purpose'" >&2; exit 2 ;;
esac

# venv and ensurepip are asked for too: Debian's python3 can come without them.
fits='import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'

find_python() {
  local candidate
  if [ -n "${PYTHON:-}" ]; then
    if "$PYTHON" -c "$fits" >/dev/null 2>&1; then
      echo "$PYTHON"
      return
    fi
    echo "PYTHON=$PYTHON is not a Python 3.11 to 3.14 with the venv module." >&2
    return 1
  fi
  # Newest first, 3.14 last: not every package that gapmap stands on has had a year with it.
  for candidate in python3.13 python3.12 python3.11 python3.14 python3; do
    # A name on the PATH may be a shim for a version that is not there: run it to know.
    if "$candidate" -c "$fits" >/dev/null 2>&1; then
      echo "$candidate"
      return
    fi
  done
  echo "No Python 3.11 to 3.14 with the venv module was found." >&2
  echo "Install one (on Debian: apt-get install python3 python3-venv) or name it:" >&2
  echo "make run PYTHON=/path/to/python3.12" >&2
  return 1
}

key_of() { # lock
  {
    cat "$1" pyproject.toml scripts/bundle.py
    "$venv/bin/python" -VV
    pwd -P
  } | "$venv/bin/python" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())'
}

is_stamped() { # purpose, lock
  [ -f "$venv/gapmap-$1.stamp" ] && [ "$(cat "$venv/gapmap-$1.stamp")" = "$(key_of "$2")" ]
}

if [ -n "${PYTHON:-}" ] && [ -x "$venv/bin/python" ]; then
  find_python >/dev/null
  version='import sys; print(sys.version)'
  if [ "$("$PYTHON" -c "$version")" != "$("$venv/bin/python" -c "$version" 2>/dev/null)" ]; then
    rm -rf "$venv"
  fi
fi

# What can test it can run it: requirements-dev.txt holds requirements.txt, version for version.
if "$venv/bin/python" -c "$fits" >/dev/null 2>&1 &&
  { is_stamped "$purpose" "$lock" || is_stamped dev requirements-dev.txt; }; then
  exit 0
fi

# An environment whose making was interrupted has a Python and no pip that works: made again.
if ! "$venv/bin/python" -c "$fits" >/dev/null 2>&1 ||
  ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
  python=$(find_python)
  rm -rf "$venv"
  echo "Making $venv with $("$python" -V) ..."
  "$python" -m venv "$venv"
fi

rm -f "$venv"/gapmap-*.stamp
echo "Installing from $lock (once; a few minutes on a slow line) ..."
pip=("$venv/bin/python" -m pip --disable-pip-version-check)
"${pip[@]}" install --quiet --no-compile --require-hashes -r "$lock"
"${pip[@]}" install --quiet --no-deps --no-build-isolation --editable .
# Compiled once here, on every core, rather than while the first person waits for a map. Some
# packages bring files that are no Python of this version: nobody imports them.
packages=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$venv/bin/python" -m compileall -q -j 0 "$packages" >/dev/null 2>&1 &
compiling=$!
"$venv/bin/python" -c 'from gapmap.usecases import compile_kernels; compile_kernels()'
wait "$compiling" || true
key=$(key_of "$lock")
echo "$key" >"$venv/gapmap-$purpose.stamp.new"
mv "$venv/gapmap-$purpose.stamp.new" "$venv/gapmap-$purpose.stamp"
