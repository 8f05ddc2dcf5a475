#!/usr/bin/env bash
# Installs what the tests need, builds with warnings as errors, runs everything.
# Mail goes only to servers the tests start themselves on 127.0.0.1.
#   ./test.sh              everything; chaos in its short form, about 5 minutes
#   ./test.sh --chaos 60   chaos alone, for so many minutes
#   ./test.sh --seed N     simulation and chaos alone, with the seed of a run before; both print theirs first
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1
started=$SECONDS
minutes="" seed="" part=""
while [ $# -gt 0 ]; do
  case "$1 ${2:-}" in
    "--chaos "[0-9]*) minutes=$2 ;;
    "--seed "[0-9]*) seed=$2 ;;
    *) sed -n '2,6p' "$0"; exit 2 ;;
  esac
  shift 2
done
log=$(mktemp) logs=$(mktemp -d) aside=()
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'for pid in "${aside[@]}"; do kill "$pid" 2>/dev/null || true; done; rm -rf "$log" "$logs"' EXIT

need() { # need COMMAND PACKAGE: smtp-sink lies in sbin and initdb below PostgreSQL's own folder, which are not on everybody's path
  [ -n "$(PATH="$PATH:/usr/sbin:/sbin:$(echo /usr/lib/postgresql/*/bin | tr ' ' ':')" command -v "$1" || true)" ] && return
  local sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo -n"
  echo "Installing $2 (for $1)…"
  { $sudo apt-get update -q && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "$2"; } >"$log" 2>&1 \
    || { cat "$log"; echo "Could not install $2. Install it by hand, then run ./test.sh again."; exit 1; }
}

command -v dotnet >/dev/null || { echo "The .NET 10 SDK is missing: https://dotnet.microsoft.com/download/dotnet/10.0"; exit 1; }
need smtp-sink postfix
need dovecot dovecot-imapd
need script bsdutils
need initdb postgresql
need zsh zsh
need fish fish
need chromium chromium

echo "Building (warnings are errors)…"
# One compiler for all projects, also where the environment switches that off: half the time. It is stopped again.
dotnet build EmailTasks.slnx -c Release -v quiet --nologo -p:UseSharedCompilation=true
dotnet build-server shutdown --vbcscompiler >/dev/null

tests() { # tests LOG PROJECT ARGUMENTS...; becomes the test program, so call it in a shell of its own
  cd "test/EmailTasks.$2"
  exec "bin/Release/net10.0/EmailTasks.$2" -noColor -noLogo "${@:3}" >"$1" 2>&1
}

passed=0 failed=0 skipped=0
judge() { # judge NAME LOG EXIT-CODE
  echo "== $1"
  [ "$1" = Chaos ] || grep -E '\[FAIL\]|Total:' "$2" || true
  local totals total errors fails skips
  totals=$(grep -oE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$2" | tail -n 1 | grep -oE '[0-9]+' | tr '\n' ' ' || true)
  read -r total errors fails skips <<<"${totals:-0 1 0 0}"
  passed=$((passed + total - fails - skips))
  failed=$((failed + fails + errors))
  skipped=$((skipped + skips))
  [ "$3" = 0 ] || { [ "$1" = Chaos ] || tail -n 200 "$2"; [ $((fails + errors)) -gt 0 ] || failed=$((failed + 1)); }
}
run() { # run PROJECT ARGUMENTS...
  local code=0
  (tests "$log" "$@") || code=$?
  judge "$1" "$log" "$code"
}

if [ -z "$minutes$seed" ]; then
  # The command line is built, and the tests that mostly wait are run, beside those that need neither.
  ./build.sh >"$logs/build" 2>&1 & building=$!
  tests "$logs/waiting" Server.Tests -trait kind=waiting -maxThreads 6 & waiting=$!
  aside=("$building" "$waiting")
  for project in Tidy Store.Tests; do run "$project"; done
  wait "$building" || { cat "$logs/build"; exit 1; }
  run Cli.Tests
  code=0
  wait "$waiting" || code=$?
  judge "Server.Tests, waiting" "$logs/waiting" "$code"
  # What looks at no clock computes in what the server tests leave of the processors.
  aside=()
  for project in Core.Tests Simulation; do
    (renice -n 19 "$BASHPID" >/dev/null; tests "$logs/$project" "$project") & aside+=("$!")
  done
  # The controls of chaos wait most of their time; chaos itself has the machine alone.
  (cd test/EmailTasks.Chaos && exec bin/Release/net10.0/EmailTasks.Chaos --only controls) >"$logs/controls" 2>&1 & aside+=("$!")
  run Server.Tests -trait- kind=waiting -maxThreads 4
  for project in Core.Tests Simulation controls; do
    code=0
    wait "${aside[0]}" || code=$?
    aside=("${aside[@]:1}")
    judge "$project" "$logs/$project" "$code"
  done
  grep "^ok" "$logs/controls" || true
  part=sqlite,postgres
else
  ./build.sh >/dev/null
  [ -z "$seed" ] || [ -n "$minutes" ] || EMAIL_TASKS_SEED=$seed run Simulation
fi
# Chaos loads the machine by itself; its table is worth reading also when all is well.
code=0
(cd test/EmailTasks.Chaos && bin/Release/net10.0/EmailTasks.Chaos ${seed:+--seed "$seed"} ${part:+--only "$part"} ${minutes:+--minutes "$minutes"}) 2>&1 | tee "$log" || code=$?
judge Chaos "$log" "$code"

echo "Took $(((SECONDS - started) / 60)) min $(((SECONDS - started) % 60)) s."
if [ "$skipped" -gt 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
[ "$failed" = 0 ]
