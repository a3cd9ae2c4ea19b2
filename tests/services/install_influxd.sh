#!/usr/bin/env bash
# Builds influxd 2.7.12 from its Go module into the user's cache, about 6 minutes on 2 cores, and prints its path.
#
# No package registry has it, so this is for machines where none runs, none is on PATH and no Docker daemon answers.
# Needs go >= 1.21, cargo, and (installed here when root on Debian) clang and pkg-config. Idempotent.
set -euo pipefail

version=2.7.12
pkg_config_wrapper=v0.3.0
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/alertdsl
target=$cache/influxd-$version

say() { printf 'influxd: %s\n' "$*" >&2; }
fail() { say "$*"; say "the tests can use a running server instead: set INFLUXDB_V2_URL, INFLUXDB_V2_ORG, INFLUXDB_V2_TOKEN"; exit 1; }

has_docker() { command -v docker && timeout 20 docker version --format '{{.Server.Version}}'; } >/dev/null 2>&1

if [ -x "$target/influxd" ]; then
    echo "$target/influxd"
    exit 0
fi
if [ -n "${INFLUXDB_V2_URL:-}" ] || command -v influxd || has_docker; then
    exit 0
fi

mkdir -p "$cache"
exec 9>"$cache/influxd.lock"
if command -v flock >/dev/null && ! flock -n 9; then
    say "another process builds it, waiting"
    flock 9
fi
if [ -x "$target/influxd" ]; then
    echo "$target/influxd"
    exit 0
fi

for tool in go cargo; do
    command -v "$tool" >/dev/null || fail "cannot build: $tool is not installed"
done
if ! { command -v clang && command -v pkg-config; } >/dev/null; then
    { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; } || fail "cannot build: install clang and pkg-config"
    say "installing clang and pkg-config"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -q && apt-get install -qy --no-install-recommends clang pkg-config; } </dev/null >"$cache/influxd-apt.log" 2>&1 \
        || fail "apt-get failed, see $cache/influxd-apt.log"
fi

work=$(mktemp -d "$cache/influxd-build.XXXXXX")
trap 'chmod -R u+w "$work" 2>/dev/null; rm -rf "$work"' EXIT
log=$cache/influxd-build.log
say "building $version in $work, log in $log; about 6 minutes on 2 cores"

cp "$here/influxd/"* "$work/"

# The compiler is newer than the one Flux's Rust core was written for: what it only warns about there must not end
# the build. RUSTFLAGS do not reach build scripts, a wrapper does; cargo gives the option itself for dependencies.
cat >"$work/rustc-wrapper" <<'WRAPPER'
#!/bin/sh
case " $* " in
*" --cap-lints "*) exec "$@" ;;
*) exec "$@" --cap-lints warn ;;
esac
WRAPPER
chmod +x "$work/rustc-wrapper"
export RUSTC_WRAPPER=$work/rustc-wrapper

# Flux pins a toolchain that would have to be downloaded: the installed one does.
if command -v rustup >/dev/null; then
    toolchain=$(cd / && rustup show active-toolchain 2>/dev/null | awk 'NR == 1 {print $1}')
    export RUSTUP_TOOLCHAIN=${RUSTUP_TOOLCHAIN:-${toolchain:-stable}}
fi

build() {
    cd "$work"
    PKG_CONFIG_REAL=$(command -v pkg-config)
    say "1/4 resolving modules"
    go mod tidy -e
    say "2/4 building the pkg-config wrapper that builds Flux"
    GOBIN=$work/bin go install "github.com/influxdata/pkg-config@$pkg_config_wrapper"
    say "3/4 building influxd"
    # The wrapper looks for the real one on PATH, after itself.
    PATH=$work/bin:$PATH PKG_CONFIG=$work/bin/pkg-config GOFLAGS=-mod=mod \
        go build -tags sqlite_foreign_keys,sqlite_json -o "$work/out/influxd" github.com/influxdata/influxdb/v2/cmd/influxd
    say "4/4 trying it"
    "$work/out/influxd" version
}
export CC=${CC:-clang}
( set -e; build ) </dev/null > >(tee "$log" >&2) 2> >(tee -a "$log" >&2) || fail "the build failed, see $log"

chmod 755 "$work/out"
mv -T "$work/out" "$target" 2>/dev/null || [ -x "$target/influxd" ] || fail "cannot write $target"
say "installed in $target"
echo "$target/influxd"
