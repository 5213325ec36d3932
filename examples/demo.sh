#!/bin/sh
# `make demo`: existing C hosts on this library.
#
#   usage: demo.sh BUILD [CC]      BUILD holds what `make` built
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
cc=${2:-cc}
work=$root/target/demo

tree=$("$root/tests/support/fetch_lupa.sh")
upstream=$tree/third-party/lua54

# lua.c alone, with the one private header it includes: in upstream's folder it would find upstream's public headers.
rm -rf "$work"
mkdir -p "$work"
cp "$upstream/lua.c" "$upstream/lprefix.h" "$work"

say() {
	printf '\n== %s\n' "$*"
}

say "upstream's lua.c, unchanged, compiled with our headers and linked to our library"
$cc -O2 -DLUA_USE_LINUX -I"$root/include/5.4" -o "$work/lua" "$work/lua.c" -L"$build" -llua5.4 -lm -ldl -Wl,-rpath,"$build"
"$work/lua" "$root/examples/demo.lua"

say "a small C host (examples/host.c)"
$cc -O2 -Wall -Wextra -I"$root/include/5.4" -o "$work/host" "$root/examples/host.c" -L"$build" -llua5.4 -Wl,-rpath,"$build"
"$work/host"
