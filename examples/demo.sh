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
