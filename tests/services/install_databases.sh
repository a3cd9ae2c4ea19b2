#!/usr/bin/env bash
# Installs from Debian's packages the database servers that the tests want and the machine lacks, where we may.
# Idempotent. A server that the environment names, or a Docker daemon, does as well.
set -euo pipefail

say() { printf 'databases: %s\n' "$*" >&2; }

PATH=$PATH:/usr/sbin:/usr/libexec:$(printf '%s:' /usr/lib/postgresql/*/bin)
has_docker() { command -v docker && timeout 20 docker version --format '{{.Server.Version}}'; } >/dev/null 2>&1

missing=()
[ -n "${ALERTDSL_TEST_MYSQL_URL:-}" ] || command -v mariadbd >/dev/null || command -v mysqld >/dev/null || missing+=(mariadb-server)
[ -n "${ALERTDSL_TEST_POSTGRES_URL:-}" ] || command -v postgres >/dev/null || missing+=(postgresql)
if [ ${#missing[@]} = 0 ] || has_docker; then
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "install ${missing[*]}, start Docker, or name servers in ALERTDSL_TEST_MYSQL_URL and ALERTDSL_TEST_POSTGRES_URL"
    exit 1
fi

# Only the programs are wanted: the services that the packages would start are held back.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
fi
log=$(mktemp "${TMPDIR:-/tmp}/alertdsl-apt.XXXXXX")
say "installing ${missing[*]}, log in $log"
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -q && apt-get install -qy --no-install-recommends "${missing[@]}"; } </dev/null >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    say "apt-get failed, see $log"
    exit 1
fi
