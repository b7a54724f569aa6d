#!/bin/sh
# The Debian packages this tree needs:
#
#	tools/deps.sh run|test|check|bench|deb|dist
#
# run < test < check: each group holds the one before, so running the thing
# installs no browser and no linter; bench holds test, and the peers that ours
# is measured beside; deb is what makes a package of it; dist holds test, and
# what makes a bare system to try the tarball in.  Root gets what is
# missing installed; anyone else is told the one command, and the exit status
# is 1.
set -eu

run_packages='
gcc
libc6-dev
libcurl4-openssl-dev
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
apache2-bin
ca-certificates
chromium
curl
inotify-tools
libapache2-mod-fcgid
nginx-light
perl
sqlite3
systemd
'
check_packages='
clang
clang-format
clang-tidy
cppcheck
git
libclang-rt-dev
shellcheck
'
bench_packages='
libnginx-mod-nchan
'

dist_packages='
debootstrap
'

deb_packages='
debhelper
git
help2man
lintian
'

# Debian's node and npm, unless the machine already has others.
node_packages()
{
	major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
	[ "${major:-0}" -ge 18 ] || echo nodejs
	command -v npm >/dev/null 2>&1 || echo npm
}

case ${1-} in
run) wanted=$run_packages ;;
test) wanted="$run_packages $test_packages $(node_packages)" ;;
check) wanted="$run_packages $test_packages $check_packages $(node_packages)" ;;
bench) wanted="$run_packages $test_packages $bench_packages $(node_packages)" ;;
dist) wanted="$run_packages $test_packages $dist_packages $(node_packages)" ;;
deb) wanted="$run_packages $deb_packages" ;;
*)
	echo "usage: tools/deps.sh run|test|check|bench|deb|dist" >&2
	exit 2
	;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
	echo "Not a Debian system; what is needed, by Debian's names:" >&2
	echo "$wanted" >&2
	exit 0
fi

# One call for all of them: make asks before every run.
# shellcheck disable=SC2086 disable=SC2016
installed=$(dpkg-query -W -f '${db:Status-Status}/${Package} ' $wanted \
	2>/dev/null) || true
absent=
for package in $wanted; do
	case " $installed" in
	*" installed/$package "*) ;;
	*) absent="$absent $package" ;;
	esac
done
[ -n "$absent" ] || exit 0

install="apt-get install -y --no-install-recommends$absent"
if [ "$(id -u)" -ne 0 ]; then
	echo "Packages are missing.  Install them with:" >&2
	echo "  sudo sh -c 'apt-get update && $install'" >&2
	exit 1
fi

echo "Installing$absent"
export DEBIAN_FRONTEND=noninteractive
# lighttpd and nginx would start as system services, on port 80.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	trap 'rm -f $policy' EXIT
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod 755 $policy
fi
# Lists may be absent, or so old that the mirror no longer has what they name.
if ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1; then
	$install && exit 0
fi
apt-get update
$install
