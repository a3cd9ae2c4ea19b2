#!/usr/bin/env bash
# Installs the npm packages that tests/mcp runs (the conformance suite, the inspector, a tokenizer, and their Node) into the user's
# cache, about 15 seconds, and prints where. Needs npm. Idempotent: the folder's name is that of the lock file's content.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/alertdsl
target=$cache/mcp-suites-$(cksum <"$here/npm/package-lock.json" | cut -d' ' -f1)

say() { printf 'mcp suites: %s\n' "$*" >&2; }

if [ -d "$target" ]; then
    echo "$target"
    exit 0
fi
command -v npm >/dev/null || { say "npm is not installed"; exit 1; }

mkdir -p "$cache"
exec 9>"$cache/mcp-suites.lock"
if command -v flock >/dev/null; then
    flock 9
fi
if [ -d "$target" ]; then
    echo "$target"
    exit 0
fi

work=$(mktemp -d "$cache/mcp-suites-install.XXXXXX")
trap 'rm -rf "$work"' EXIT
cp "$here/npm/package.json" "$here/npm/package-lock.json" "$work/"
say "installing into $target"
# Nothing of these packages runs while they are installed; Node comes as a package for each platform.
if ! (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund) </dev/null >"$cache/mcp-suites.log" 2>&1; then
    tail -n 5 "$cache/mcp-suites.log" >&2
    say "npm failed, see $cache/mcp-suites.log"
    exit 1
fi
if ! "$work/node_modules/.bin/node" --version >/dev/null 2>&1; then
    say "no Node for this platform among the packages: add it to tests/services/npm/package.json"
    exit 1
fi
mv "$work" "$target"
echo "$target"
