#!/bin/sh
# Builds the command line (out/noxinfluencer) and the server beside it (out/server/). Quiet unless something fails.
set -eu

root=$(cd "$(dirname "$0")" && pwd)
out=$root/out
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

command -v dotnet >/dev/null || { echo "build.sh: the .NET 10 SDK is needed (dotnet is not on the PATH): https://dot.net" >&2; exit 2; }
cd "$root" # global.json decides the SDK

quietly() {
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    echo "build.sh: failed: $*" >&2
    exit 1
  fi
}

compiler() { command -v clang >/dev/null || command -v gcc >/dev/null; }
zlib() { for header in /usr/include/zlib.h /usr/local/include/zlib.h; do [ -e "$header" ] && return 0; done; return 1; }

# Native AOT links with a C compiler and zlib: a start takes 10 ms instead of 100.
native() {
  compiler && zlib && return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends gcc libc6-dev zlib1g-dev; } >"$log" 2>&1 || true
  fi
  compiler && zlib
}

case $(uname -sm) in
  'Linux x86_64') rid=linux-x64 ;;
  'Linux aarch64') rid=linux-arm64 ;;
  'Darwin arm64') rid=osx-arm64 ;;
  'Darwin x86_64') rid=osx-x64 ;;
  *) rid= ;;
esac

mkdir -p "$out"
: >"$log"
cli=$root/src/EmailTasks.Cli
linker=; command -v clang >/dev/null || linker=-p:CppCompilerAndLinker=gcc
if [ -n "$rid" ] && native && dotnet publish "$cli" -c Release -r "$rid" -p:PublishAot=true $linker -o "$out/.native" >"$log" 2>&1; then
  built=$out/.native
else
  echo "build.sh: no native build (it needs gcc or clang, and zlib headers); falling back to one that starts slower." >&2
  grep -E 'error|warning' "$log" | sort -u | head -n 5 >&2 || true
  quietly dotnet publish "$cli" -c Release --no-self-contained -p:TieredPGO=false -o "$out/.portable"
  built=$out/.portable
fi

# What an earlier build of the other kind left would only confuse.
rm -f "$out"/*.dll "$out"/*.json

# Into place by renaming: a running program keeps its file.
for file in "$built"/*; do
  case $file in *.pdb | *.dbg | *.dSYM) continue ;; esac
  cp -f "$file" "$out/.new" && mv -f "$out/.new" "$out/$(basename "$file")"
done

if [ -e "$root/src/EmailTasks.Server/Program.cs" ]; then
  quietly dotnet publish "$root/src/EmailTasks.Server" -c Release --no-self-contained -o "$out/server"
else
  echo "build.sh: there is no server in this tree; built the command line only." >&2
fi

echo "export PATH=\"$out:\$PATH\""
