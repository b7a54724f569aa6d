#!/usr/bin/env bash
# The tarball for shared hosts, unpacked: what is in it, and that it runs with
# nothing around it.
# shellcheck disable=SC2016,SC2034,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/cli.sh
. tests/dist/lib.sh

HOME_DIR=$TMP/ann
upload "$HOME_DIR"
UNPACKED=$TMP/$TOP
LIVE=$HOME_DIR/public_html/live

# --- what is in it -----------------------------------------------------------------

list=$(tar -tzf "$TARBALL")
is "$(cut -d/ -f1 <<<"$list" | sort -u)" "$TOP" 'all of it is in one folder'
is "$(LC_ALL=C sort <<<"$list")" "$list" 'in order'
is "$(tar --numeric-owner -tvzf "$TARBALL" | awk '{ print $2, $4, $5 }' |
	sort -u | wc -l)" 1 'of one owner and one time'
unlike "$list" 'test|systemd' 'nothing that nobody needs there'
for name in $(grep -oE '(^|[ (,])(live|tidemark|tools|docs)/[A-Za-z./-]*[a-z]' \
	"$UNPACKED/README.txt" | tr -d ' (,' | sort -u); do
	case $name in
	tidemark/store* | tidemark/jobs/build.json) ;; # to be made
	*) ok "README.txt: $name is there" test -e "$UNPACKED/$name" ;;
	esac
done
ok 'so is what it says of files alone' grep -q '^## Nothing but files' \
	"$UNPACKED/docs/HOSTING.md"
is "$(grep -c '^[1-5]\. ' "$UNPACKED/README.txt")" 5 'it has five steps'
is "$(awk 'length > 76' "$UNPACKED/README.txt")" '' 'and short lines'

epoch=$(TZ=UTC tar --full-time -tvzf "$TARBALL" | awk 'NR == 1 { print $4, $5 }')
(umask 077 && SOURCE_DATE_EPOCH=$(date -ud "$epoch" +%s) TZ=Asia/Tokyo \
	tools/dist "${TIDEMARK_STATIC:-build/static/bin}" "$TMP/same" \
	"$(sed -n 's/^VERSION = //p' Makefile)") >"$TMP/same.log"
ok 'the same bytes, whoever makes it and where' \
	cmp "$TARBALL" "$TMP/same/$TOP.tar.gz"

# --- the programs -------------------------------------------------------------------

# needed PROGRAM: shared libraries
needed()
{
	readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | sort | paste -sd' '
}

for program in live/live.fcgi live/tidemark-watcher tools/tidemark; do
	is "$(needed "$UNPACKED/$program")" '' "$program needs no library"
done
like "$(needed "$UNPACKED/tools/tidemark-with-curl")" \
	'^(ld-linux[^ ]* )?libc\.so\.6 libcurl\.so\.4( libm\.so\.6)?$' \
	'tools/tidemark-with-curl needs libcurl'
is "$(cat "$LIVE"/live.fcgi "$LIVE"/tidemark-watcher \
	"$UNPACKED"/tools/* | grep -cF "$PWD")" 0 'no program says where it was built'

# --- as a host runs it --------------------------------------------------------------

# asked URI [HEADER=VALUE...]: by a host that gives nothing else
asked()
{
	env -i GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET REQUEST_URI="$1" \
		"${@:2}" "$LIVE/live.fcgi" </dev/null 2>>"$TMP/cgi.log"
}

# document URI: what is asked for; nothing unless it is 200
document()
{
	asked "$1" >"$TMP/answer"
	head -n 1 "$TMP/answer" | grep -q '^Status: 200' &&
		sed '1,/^.\{0,1\}$/d' "$TMP/answer"
}

api=/~ann/live/api/v1
hello='{"status":"it works","step":{"n":1}}'
wait_until '[ "$(document $api/main/jobs/hello)" = "$hello" ]'
is $? 0 'the first requests make the database'
ok 'where nobody is shown it' test -f "$HOME_DIR/tidemark/store/main.db"
put "$HOME_DIR/tidemark/jobs/build.json" '{"n":7}'
wait_until '[ "$(document $api/main/jobs/build)" = "{\"n\":7}" ]'
is $? 0 'a file that is uploaded is there'
etag=$(asked $api/main/jobs | tr -d '\r' | sed -n 's/^ETag: //p')
like "$(asked $api/main/jobs HTTP_IF_NONE_MATCH="$etag")" '^Status: 304' \
	'nothing new is a 304'
run "$UNPACKED/tools/tidemark" show jobs/build -c "$LIVE/tidemark.json"
is "$out" '{"n":7}' 'the tool reads it'
run "$UNPACKED/tools/tidemark" doctor http://127.0.0.1:1/
like "$status $err" '^1 .*tidemark-with-curl' 'but asks no host, and says who does'
run "$UNPACKED/tools/tidemark-with-curl" doctor http://127.0.0.1:1/
like "$status $out" '^1 .*nobody answers' 'which it does'

done_testing
