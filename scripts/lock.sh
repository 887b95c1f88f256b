#!/usr/bin/env bash
# Write requirements.txt (to run) and requirements-dev.txt (to work on gapmap) from pyproject.toml:
# one exact version of everything for every Python and system, each with the hashes of its files,
# and no address of any index. Needs uv (pip install uv); UV=... names another.
set -euo pipefail
cd "$(dirname "$0")/.."

uv=${UV:-uv}
if ! command -v "$uv" >/dev/null 2>&1; then
  echo "make lock needs uv. Install it with: pip install uv" >&2
  exit 1
fi

compile() { # output, then further options
  local output=$1
  shift
  "$uv" pip compile pyproject.toml \
    --quiet --universal --python-version 3.11 --fork-strategy fewest \
    --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
    --group build --output-file "$output" "$@"
}

# An existing file keeps its versions unless --upgrade is given: make lock ARGS=--upgrade.
compile requirements.txt "$@"
compile requirements-dev.txt --group dev --constraints requirements.txt "$@"
