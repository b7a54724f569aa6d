#!/usr/bin/env bash
# The tarball for shared hosts on hosts that have nothing of ours: a folder with
# /proc, /dev/null and not a single library, and Debian with its Apache.  Needs root; the
# Debian is made once, by debootstrap, and kept in build/chroot.
# shellcheck disable=SC2016,SC2034,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/dist/lib.sh

[ "$(id -u)" -eq 0 ] || skip_all 'only root may make hosts'
DEBIAN=$(realpath -m "${TIDEMARK_CHROOT:-build/chroot}")
SUITE=bookworm
UID_ANN=1234

# --- nothing at all --------------------------------------------------------------

EMPTY=$TMP/empty
mkdir -p "$EMPTY/proc" "$EMPTY/dev"
mknod -m 666 "$EMPTY/dev/null" c 1 3
upload "$EMPTY/ann"
cp -a "$TMP/$TOP/tools" "$EMPTY"

# inside COMMAND...: there, as CGI that asks for $URI, and nothing else is set
inside()
{
	unshare --mount /bin/sh -c '
		mount -t proc proc "$0/proc" || exit
		uri=$1
		shift
		exec env -i GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET \
			REQUEST_URI="$uri" "$(command -v chroot)" "$0" "$@"' \
		"$EMPTY" "${URI-}" "$@" </dev/null 2>>"$TMP/inside.log"
}

# asked URI
asked()
{
	URI=$1 inside /ann/public_html/live/live.fcgi
}

api=/live/api/v1
wait_until 'asked $api/main/jobs/hello | grep -q "it works"'
is $? 0 'not a single library, nor a shell: requests make the database' ||
	diag "$(cat "$TMP/inside.log")"
put "$EMPTY/ann/tidemark/jobs/build.json" '{"n":7}'
wait_until 'asked $api/main/jobs/build | grep -q "{\"n\":7}"'
is $? 0 'and find what is new'
like "$(inside /ann/public_html/live/tidemark-watcher --version)" \
	'^tidemark-watcher [0-9]' 'the watcher runs'
like "$(inside /tools/tidemark show jobs \
	-c /ann/public_html/live/tidemark.json)" 'build.*hello' 'the tool, too'

# --- Debian, and its Apache --------------------------------------------------------

if [ ! -e "$DEBIAN/made" ]; then
	rm -rf "$DEBIAN"
	mkdir -p "$DEBIAN"
	debootstrap --variant=minbase \
		--include=apache2,libapache2-mod-fcgid "$SUITE" "$DEBIAN" \
		>"$TMP/debootstrap.log" 2>&1 ||
		bail_out "debootstrap: $(tail -n 5 "$TMP/debootstrap.log")"
	touch "$DEBIAN/made"
fi
is "$(find "$DEBIAN/usr/lib" -name 'libjson-c*' -o -name 'libfcgi*' -o \
	-name 'libxxhash.so.9' -o -name 'libinotifytools*')" '' \
	'a Debian without our libraries'
rm -rf "$DEBIAN/home/ann"
upload "$DEBIAN/home/ann"
chown -R $UID_ANN:$UID_ANN "$DEBIAN/home/ann"
HOME_DIR=$DEBIAN/home/ann

# A shared host: what a user's programs do they do as that user.
grep -q '^ann:' "$DEBIAN/etc/passwd" ||
	echo "ann:x:$UID_ANN:$UID_ANN::/home/ann:/bin/false" >>"$DEBIAN/etc/passwd"
grep -q '^ann:' "$DEBIAN/etc/group" ||
	echo "ann:x:$UID_ANN:" >>"$DEBIAN/etc/group"
cat >"$DEBIAN/etc/apache2/conf-enabled/shared.conf" <<'CONF'
ServerName shared.example
User ann
Group ann
UserDir public_html
<Directory /home/*/public_html>
	AllowOverride FileInfo Options
	Require all granted
</Directory>
CONF

# start_host MODULE: of CGI, or of FastCGI
start_host()
{
	local try

	chroot "$DEBIAN" /usr/sbin/a2dismod -qf cgi cgid fcgid >/dev/null 2>&1
	chroot "$DEBIAN" /usr/sbin/a2enmod -q rewrite setenvif headers userdir \
		"$1" >"$TMP/a2enmod.log" 2>&1
	rm -f "$DEBIAN/etc/apache2/mods-enabled/userdir.conf"
	for try in 1 2 3 4 5; do
		PORT=$(free_port)
		URL=http://127.0.0.1:$PORT/~ann/live/
		echo "Listen 127.0.0.1:$PORT" >"$DEBIAN/etc/apache2/ports.conf"
		# shellcheck disable=SC2016
		spawn apache unshare --mount --pid --fork --kill-child \
			--root="$DEBIAN" --mount-proc /bin/sh -c \
			'. /etc/apache2/envvars && rm -rf /run/apache2 &&
			install -d -o ann /run/apache2 /run/apache2/socks &&
			install -d -o ann /var/lib/apache2/fcgid/sock &&
			exec apache2 -D FOREGROUND'
		HOST=$SPAWNED
		wait_until "curl -so /dev/null '$URL' || ! is_alive $HOST"
		is_alive "$HOST" && return
		unset "running[$HOST]" # somebody took the port: another one
	done
	bail_out "apache, $try tries: $(cat "$TMP/apache.log" "$TMP/a2enmod.log" \
		"$DEBIAN/var/log/apache2/error.log")"
}

# unshare ignores signals; Apache is its child.
stop_host()
{
	pkill -TERM -P "$HOST"
	wait_until "! is_alive $HOST" || pkill -KILL -P "$HOST"
	wait "$HOST"
	unset "running[$HOST]"
}

code()
{
	curl -so /dev/null -w '%{http_code}' --max-time 60 "$@"
}

# finding CHECK: its level
finding()
{
	sed -n 's/^{"check":"'"$1"'","level":"\([a-z]*\)".*/\1/p' "$TMP/doctor"
}

# as_promised DOOR
as_promised()
{
	local since waiter

	like "$(curl -s "$URL")" '<title>Tidemark' "$1: the page"
	wait_until '[ "$(code "${URL}api/v1/main/jobs/hello")" = 200 ]'
	is $? 0 "$1: the database makes itself" ||
		diag "$(tail -n 5 "$DEBIAN/var/log/apache2/error.log")"
	is "$(stat -c %u "$HOME_DIR/tidemark/store/main.db")" $UID_ANN \
		"$1: it belongs to the user"
	for file in tidemark.json tidemark-watcher; do
		is "$(code "$URL$file")" 403 "$1: nobody is shown $file"
	done
	since=$(curl -s "${URL}api/v1/main" |
		sed -n 's/.*"cursor":"\([^"]*\)".*/\1/p')
	curl -s --max-time 60 "${URL}api/v1/main/changes?since=$since&wait=25" \
		>"$TMP/answer" &
	waiter=$!
	put "$HOME_DIR/tidemark/jobs/$1.json" '{"n":8}'
	wait $waiter
	like "$(cat "$TMP/answer")" '"kind":"delta".*"id":"'"$1"'"' \
		"$1: who waits is told of an upload"
	"$TMP/$TOP/tools/tidemark-with-curl" doctor --json --idle 5 --waits 2 \
		"$URL" >"$TMP/doctor"
	is $? 0 "$1: the doctor finds no problem"
	like "$(cat "$TMP/doctor")" "\"what\":\"$1: " "$1: and how it is started"
	is "$(finding headers) $(finding 304) $(finding silence)" 'ok ok ok' \
		"$1: headers, 304, silence"
}

start_host cgid
as_promised cgi
is "$(finding buffering)" ok 'cgi: events arrive'
stop_host
start_host fcgid
as_promised spawned
is "$(finding buffering)" warning 'spawned: events are collected, and it is said'
stop_host

# Where there is no folder beside the one that is served.
mv "$HOME_DIR/tidemark" "$HOME_DIR/public_html/live"
sed -i 's,\.\./\.\./tidemark/,tidemark/,' \
	"$HOME_DIR/public_html/live/tidemark.json"
start_host cgid
wait_until '[ "$(code "${URL}api/v1/main/jobs/hello")" = 200 ]'
is $? 0 'all of it in the served folder'
for file in tidemark/store/main.db tidemark/jobs/hello.json tidemark/; do
	is "$(code "$URL$file")" 403 "but nobody is shown $file"
done
stop_host
done_testing
