#!/bin/sh
# Sees to it that the given Debian packages are installed: installs what is missing when run by root, says how otherwise.
#
#   usage: packages.sh PACKAGE...
set -eu

if ! command -v dpkg-query >/dev/null; then
	echo "This is not a Debian system; the tests need what these packages hold: $*" >&2
	exit 0
fi

missing=
for package; do
	if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
		missing="$missing $package"
	fi
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
	echo "installing:$missing"
	export DEBIAN_FRONTEND=noninteractive
	# Lists of packages may be old or absent: fetch them only when they do not do.
	# shellcheck disable=SC2086
	apt-get install -y -q --no-install-recommends $missing || {
		apt-get update -q
		apt-get install -y -q --no-install-recommends $missing
	}
else
	echo "The tests need packages that are not installed. Please run:" >&2
	echo >&2
	echo "    sudo apt-get install$missing" >&2
	exit 1
fi
