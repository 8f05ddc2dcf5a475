#!/bin/sh
# Measures two things against what one would use otherwise, and prints one table:
# - starting: `noxinfluencer schema "email create"` and `node -e 0`, whole processes, in turns;
# - sending: 20,000 mails through our server, a bare MailKit loop and a nodemailer pool, over one Postfix smtp-sink, in turns.
# Everything stays on loopback. Options are passed on: --mails 20000 --rounds 3 --starts 40 (0 leaves a part out).
# `./bench.sh soak 20` instead keeps our server at full load for 20 minutes and tells whether its memory or open files grow.
# `./bench.sh reports 10000000` instead loads so many recipients into SQLite and PostgreSQL and times a report and a page.
set -eu

case "${1:-}" in soak | reports) set -- "--$1" "${2:-$([ "$1" = soak ] && echo 20 || echo 10000000)}" ;; esac

root=$(cd "$(dirname "$0")" && pwd)
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
peers=$(mktemp -d)
log=$peers/log
bench=
stop() {
  [ -z "$bench" ] || kill "$bench" 2>/dev/null || true # its children end with it: it stops them by their ids
  rm -rf "$peers"
}
trap stop EXIT
trap 'exit 130' INT TERM

quietly() { "$@" >"$log" 2>&1 || { cat "$log" >&2; echo "bench.sh: failed: $*" >&2; exit 1; }; }

need() { # program, package
  command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] && return 0
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "bench.sh: $1 is needed (package $2)" >&2; exit 2; }
  quietly apt-get update
  quietly env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$2"
}
need node nodejs
need npm npm
need smtp-sink postfix
case "$*" in *--reports*) [ -n "$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null)" ] || need initdb postgresql ;; esac

quietly "$root/build.sh"
quietly dotnet build "$root/bench/EmailTasks.Bench" -c Release -v q -o "$root/out/bench"
cp "$root/bench/peers/package.json" "$root/bench/peers/nodemailer.js" "$peers"
quietly npm install --prefix "$peers" --no-audit --no-fund --ignore-scripts

sink=$(command -v smtp-sink || echo /usr/sbin/smtp-sink)
limit=900
case "$*" in *--soak* | *--reports*) limit=7200 ;; esac
timeout $limit "$root/out/bench/EmailTasks.Bench" --cli "$root/out/noxinfluencer" --server "$root/out/server/noxinfluencer-server" \
  --node "$(command -v node)" --peers "$peers" --sink "$sink" "$@" &
bench=$!
wait "$bench"
