#!/bin/sh
# The Debian packages this tree needs:
#
#	tools/deps.sh run|test|check
#
# run < test < check: each group holds the one before, so running the thing
# installs no browser and no linter.  Root gets what is missing installed;
# anyone else is told the one command, and the exit status is 1.
set -eu

run_packages='
gcc
libc6-dev
libfcgi-dev
libinotifytools0-dev
libjson-c-dev
libsqlite3-dev
libxxhash-dev
lighttpd
make
pkg-config
zlib1g-dev
'
test_packages='
chromium
curl
perl
procps
sqlite3
'
check_packages='
clang
clang-format
clang-tidy
cppcheck
git
libclang-rt-14-dev
shellcheck
'

# Debian's node and npm, unless the machine already has others.
node_packages()
{
	major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/') ||
	    major=
	[ "${major:-0}" -ge 18 ] || echo nodejs
	command -v npm >/dev/null 2>&1 || echo npm
}

# Names on stdin to those not installed.  One dpkg-query for all: make calls
# this before every run.
missing()
{
	sort -u | grep . | {
		names=$(cat)
		# shellcheck disable=SC2086
		dpkg-query -W -f '${db:Status-Status} ${Package}\n' $names \
		    2>/dev/null | sed -n 's/^installed //p' | sort -u |
		    { printf '%s\n' "$names" | comm -23 - /dev/fd/3; } 3<&0
	}
}

case ${1-} in
run) wanted=$run_packages ;;
test) wanted="$run_packages $test_packages $(node_packages)" ;;
check) wanted="$run_packages $test_packages $check_packages $(node_packages)" ;;
*)
	echo "usage: tools/deps.sh run|test|check" >&2
	exit 2
	;;
esac

absent=$(printf '%s\n' "$wanted" | tr -s ' ' '\n' | missing | tr '\n' ' ')
absent=${absent% }
[ -n "$absent" ] || exit 0

install="apt-get install -y --no-install-recommends $absent"
if ! command -v apt-get >/dev/null 2>&1; then
	echo "Not a Debian system; what is needed here: $absent" >&2
	exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "Packages are missing. Install them with:" >&2
	echo "  sudo sh -c 'apt-get update && $install'" >&2
	exit 1
fi
echo "Installing: $absent"
export DEBIAN_FRONTEND=noninteractive
# lighttpd and others would start as system services.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	trap 'rm -f $policy' EXIT
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod 755 $policy
fi
# A list that knows every name may still point at versions gone from the
# mirror, so a failed installation gets one fresh list.
$install || { apt-get update && $install; }
