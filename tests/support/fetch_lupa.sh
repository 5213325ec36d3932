#!/bin/sh
# Fetches the source distribution of lupa 2.8, which carries upstream's lua.c and test suites, and prints the path of
# its unpacked tree.
#
#   usage: fetch_lupa.sh [FOLDER]     FOLDER/lupa-2.8 is the tree; the default is target/ of this source tree
#
# Asks the package index only if the tree is not there yet. pip checks the archive against the hash below. The archive
# is to be downloaded and not to be built, but pip also runs a package's build system for its metadata, which takes minutes
# here (Cython is compiled first). So it is given a build system that answers at once.
set -eu

version=2.8
hash=d8022641b9ec8ecf2c5ecbe9f47e5a70e0b87c4b5ae921b92cb02a638e0acd08

fail() {
	echo "fetch_lupa: $*" >&2
	exit 1
}

root=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:-$root/target}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
tree=$folder/lupa-$version

# One at a time: several test programs may ask at once.
exec 9>"$folder/.lupa-lock"
if command -v flock >/dev/null; then
	flock 9
fi

if [ -f "$tree/.complete" ]; then
	echo "$tree"
	exit 0
fi

if python3 -m pip --version >/dev/null 2>&1; then
	pip="python3 -m pip"
elif pip --version >/dev/null 2>&1; then
	pip=pip
else
	fail "pip is needed to fetch lupa $version (Debian: apt-get install python3-pip)"
fi

work=$(mktemp -d "$folder/lupa-XXXXXX")
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/backend/setuptools"
: >"$work/backend/setuptools/__init__.py"
cat >"$work/backend/setuptools/build_meta.py" <<END
"""Stands in for setuptools: gives pip the name and version of lupa, which is all it needs to download it."""
import os
import sys


def get_requires_for_build_wheel(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    name = "lupa-$version.dist-info"
    os.mkdir(os.path.join(metadata_directory, name))
    with open(os.path.join(metadata_directory, name, "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\nName: lupa\nVersion: $version\n")
    return name


__legacy__ = sys.modules[__name__]
END
echo "lupa==$version --hash=sha256:$hash" >"$work/requirements.txt"

echo "fetching lupa $version with pip" >&2
PYTHONPATH="$work/backend" $pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
	--no-build-isolation --require-hashes --dest "$work" --requirement "$work/requirements.txt" >&2 ||
	fail "pip could not download lupa $version (is there a network, and a package index?)"

archive=$work/lupa-$version.tar.gz
[ -f "$archive" ] || fail "pip reported success and left no lupa-$version.tar.gz"
tar -xzf "$archive" -C "$work" || fail "the archive cannot be unpacked"
for edition in lua54 lua55; do
	for file in lua.c testes/all.lua; do
		[ -f "$work/lupa-$version/third-party/$edition/$file" ] || fail "the archive holds no third-party/$edition/$file"
	done
done
: >"$work/lupa-$version/.complete"
rm -rf "$tree"
mv "$work/lupa-$version" "$tree"
echo "$tree"
