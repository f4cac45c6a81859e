#!/bin/sh
# Renew the locked requirements: hashes for every file, no index address in them.
set -eu
cd "$(dirname "$0")/.."
lock() {
    out=$1; shift
    set -- $(for extra in "$@"; do printf -- '--extra %s ' "$extra"; done)
    uv --quiet pip compile pyproject.toml "$@" --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-header --no-annotate \
        --output-file "requirements/$out.txt"
}
lock run build player node
lock province build player node postgres
lock dev build player node postgres dev
lock player build player
