#!/usr/bin/env bash
# Installs MariaDB's server from Debian's packages, where the machine has no MySQL server and we may. Idempotent.
set -euo pipefail

say() { printf 'mariadb: %s\n' "$*" >&2; }

PATH=$PATH:/usr/sbin:/usr/libexec
if found=$(command -v mariadbd || command -v mysqld); then
    echo "$found"
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "no MySQL server, and installing one needs root and apt-get"
    say "install mariadb-server, or set ALERTDSL_TEST_MYSQL_URL to a server's SQLAlchemy URL"
    exit 1
fi

log=$(mktemp "${TMPDIR:-/tmp}/alertdsl-mariadb.XXXXXX")
say "installing mariadb-server, log in $log"
# Only the program is wanted: the service that the package would start is held back.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -q && apt-get install -qy --no-install-recommends mariadb-server; } </dev/null >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    say "apt-get failed, see $log"
    exit 1
fi
command -v mariadbd || command -v mysqld
