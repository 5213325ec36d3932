#!/bin/sh
# `make demo`: existing C hosts on this library.
#
#   usage: demo.sh BUILD [CC [EDITION]]      BUILD holds what `make` built; the edition is 5.4 or 5.5
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
cc=${2:-cc}
edition=${3:-5.4}
work=$root/target/demo
headers=$root/include/$edition

tree=$("$root/tests/support/fetch_lupa.sh")
upstream=$tree/third-party/lua$(echo "$edition" | tr -d .)

# lua.c alone, with the private headers it includes: in upstream's folder it would find upstream's public headers.
rm -rf "$work"
mkdir -p "$work"
cp "$upstream/lua.c" "$upstream/lprefix.h" "$upstream/llimits.h" "$work"

say() {
	printf '\n== %s\n' "$*"
}

say "upstream's lua.c, unchanged, compiled with our headers and linked to our library"
$cc -O2 -DLUA_USE_LINUX -I"$headers" -o "$work/lua" "$work/lua.c" -L"$build" -llua"$edition" -lm -ldl -Wl,-rpath,"$build"
"$work/lua" "$root/examples/demo.lua"

say "a small C host (examples/host.c)"
$cc -O2 -Wall -Wextra -I"$headers" -o "$work/host" "$root/examples/host.c" -L"$build" -llua"$edition" -Wl,-rpath,"$build"
"$work/host"

say "an actor server (examples/actors): services on four threads, code and configuration replaced while they run"
actors=$root/examples/actors
$cc -O2 -Wall -Wextra -I"$headers" -o "$work/actors" "$actors"/*.c -L"$build" -llua"$edition" -lpthread -Wl,-rpath,"$build"
"$work/actors" run --scripts "$actors" --work "$work/server"

say "what its services cost that load the same 90 files"
mkdir -p "$work/upstream"
sources=$(ls "$upstream"/l*.c | grep -Ev '/(lua|luac|ltests)\.c$')
# shellcheck disable=SC2086 # a list of files
$cc -O2 -fPIC -shared -DLUA_USE_LINUX -DLUA_COMPAT_5_3 -o "$work/upstream/liblua$edition.so" $sources -lm -ldl
$cc -O2 -I"$upstream" -o "$work/actors-upstream" "$actors"/*.c -L"$work/upstream" -llua"$edition" -lpthread -Wl,-rpath,"$work/upstream"
start() {
	program=$1 cache=$2 file=$3
	"$work/$program" start 500 --cache "$cache" --workers 2 --scripts "$actors" --work "$work/server" > "$work/$file.txt"
}
start actors on cache
PERILUNE_SHARE=0 start actors off private
start actors-upstream off upstream
"$build/lua$edition" "$actors/figures.lua" "$work/services.svg" "with the code cache" "$work/cache.txt" \
	"without" "$work/private.txt" "upstream's library" "$work/upstream.txt"
