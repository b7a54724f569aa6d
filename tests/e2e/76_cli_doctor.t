#!/usr/bin/env bash
# tidemark doctor finds what a host does to us, and names what to change.
# shellcheck disable=SC2016,SC2034,SC2317 # wait_until evaluates its text
. tests/e2e/lib.sh
. tests/e2e/cli.sh

STATE=$TMP/state
mkdir -p "$STATE/jobs"
put "$STATE/jobs/a.json" '{"n":1}'
start_watcher "$STATE"
start_fcgi "$STATE"
start_lighttpd /
wait_until 'curl -sf "${URL}api/v1/main/jobs/a" >"$TMP/a"'
# lighttpd does not end well while somebody waits.
descriptors()
{
	find "/proc/$LIGHTTPD/fd" -mindepth 1 | wc -l
}
quiet=$(descriptors)
spawn host node tests/e2e/host.js "$URL"
HOST=$SPAWNED
wait_until '[ -s "$TMP/host.log" ]' || bail_out 'no host'
read -r port safe_port <"$TMP/host.log"

# examine FAULTS SERVER [OPTIONS]: sets what run does
examine()
{
	run "$BIN/tidemark" doctor --json --idle 0 --waits 0 "${@:3}" \
		"http://127.0.0.1:$port/$1/$2/"
}

# counts: warnings and problems; how well a busy machine feels is its own affair
counts()
{
	local findings

	findings=$(grep -v '^{"check":"health"' <<<"$out")
	echo "$(grep -c '"level":"warning"' <<<"$findings")" \
		"$(grep -c '"level":"problem"' <<<"$findings")"
}

# level CHECK: its verdicts of the last examination, but for the last line
level()
{
	json "d.filter(v => v.check === '$1').map(v => v.level).join(' ')" \
		<<<"[$(sed '$d' <<<"$out" | paste -sd,)]"
}

# finds CHECK LEVEL WHAT CURE: regular expressions of the two texts
finds()
{
	local found

	found=$(grep "^{\"check\":\"$1\"" <<<"$out")
	like "$found" '"level":"'"$2"'","what":"[^"]*'"$3"'.*"cure":.*'"$4" \
		"$1: $2"
}

# --- what is good, and on the good side of a limit --------------------------------

run "$BIN/tidemark" doctor --idle 1 --waits 3 "$URL"
is "$status" 0 'a good host'
like "$out" "^ok +address +Tidemark answers below /
ok +server +lighttpd.*, HTTP/1\.1, an answer in [0-9.]+ ms
.*ok +interface +daemon: .*
ok +page .*
ok +slashes .*
ok +headers .*
ok +304 .*
ok +compression .*
ok +caching .*
ok +clock .*
ok +buffering +none: the first of 4 events after .*
ok +silence +an answer may be silent for [12]\.[0-9] s
ok +waits +3 of 3 may wait at the same time; others .*
[0-9]+ warnings?, 0 problems\$" 'each finding a line'
examine 'cut=9000,one=9,clock=3' Apache --idle 1 --waits 3
is "$status $(counts)" '0 0 0' \
	'a host that is patient, has room, and a clock that is nearly right'
is "$(sed '$d' <<<"$out" | grep -v -e '"level":"ok".*"cure":null}$' \
	-e '^{"check":"health"')" '' \
	'what is well needs no cure'
run "$BIN/tidemark" doctor --json --idle 0 --waits 0 \
	"${URL}api/v1/main/jobs?match=a"
is "$status $(level address)" '0 ok' 'an address of the API is good, too'
unlike "$out" 'silence|waits' '0: not at all'

# --- each of them otherwise ---------------------------------------------------------

examine strip,tagless,press,control,slash,nopage,clock=7 Apache
is "$status $(counts)" '0 10 0' \
	'warnings are no failure'
finds page warning 'status 403' 'www/'
finds slashes warning 'status 404' 'AllowEncodedSlashes NoDecode'
is "$(level headers)" 'warning warning warning' \
	'each header that is lost'
like "$out" 'Authorization does not arrive","cure":"CGIPassAuth On' \
	'Authorization, with its cure'
for header in Last-Event-ID Accept-Encoding; do
	like "$out" "$header does not arrive" "$header"
done
finds 304 warning 'no ETag' 'SetEnv no-gzip 1'
finds compression warning gzip 'SetEnv no-gzip 1'
finds caching warning 'is max-age=600' 'ExpiresActive Off'
finds clock warning '[67] s ahead of ours' 'NTP'
finds buffering warning gzip 'SetEnv no-gzip 1'

examine gather,rename,clock=-90 lighttpd
finds buffering warning 'arrive together after' 'server.stream-response-body = 2'
finds 304 warning 'status 200, ETag .*-host' deflate.mimetypes
finds clock warning '(89|9.) s behind ours' NTP
examine old,strip,forget nginx
finds caching warning '17 s old' 'fastcgi_cache off'
finds 304 warning 'If-None-Match does not arrive' fastcgi_pass_request_headers
finds headers warning 'Authorization does' 'proxy_set_header Authorization'

examine keep strange
is "$status" 1 'a problem is a failure'
finds caching problem 'the same answer twice' 'CDN'
examine cut=300 nginx --idle 1
finds silence problem 'cut off after 0\.[3-9] s \(status 504\)' fastcgi_read_timeout
examine hang=300 Apache --idle 1
finds silence problem 'cut off after 0\.[3-9] s' 'timeout=90'
examine one=2 Apache --waits 4
finds waits problem '2 that wait hold up everybody else' MaxRequestWorkers

# --- who is not there ------------------------------------------------------------------

examine stranger Apache
is "$status" 1 'somebody else'
finds address problem 'not Tidemark \(status 200, text/html' AllowOverride
examine stranger nginx
finds address problem 'not Tidemark' 'conf/nginx'
examine moved x
finds address problem 'sends on to https://elsewhere.example/' 'that address'
examine ask x
finds address problem 'who you are' 'name:password@'
examine force Apache
finds compression problem 'do not take it' 'SetEnv no-gzip 1'
run "$BIN/tidemark" doctor --json http://127.0.0.1:1/
is "$status" 1 'nobody'
finds address problem 'nobody answers: ' 'name and its port'
examine x x -p other
is "$status" 1 'a project that is not there'
finds project problem 'no project other .*status 404' '-p NAME'
is "$(level buffering)" ok 'what needs none is looked at all the same'

# --- HTTPS -------------------------------------------------------------------------------

run "$BIN/tidemark" doctor --json "https://127.0.0.1:$safe_port/x/x/"
is "$status" 1 'a certificate that nobody has signed'
finds address problem 'certificate' '--insecure'
run "$BIN/tidemark" doctor --json --idle 0 --waits 0 --insecure \
	"https://127.0.0.1:$safe_port/x/x/"
is "$status $(level address) $(level buffering)" '0 ok ok' \
	'is good enough with --insecure'

# --- usage -----------------------------------------------------------------------------------

run "$BIN/tidemark" doctor
is "$status" 2 'an address is needed'
run "$BIN/tidemark" doctor ftp://127.0.0.1/
is "$status" 2 'of HTTP or HTTPS'
run "$BIN/tidemark" doctor --idle 56 "$URL"
is "$status $err" "2 tidemark: --idle takes a number up to 55, not \"56\"" \
	'--idle has a limit'
run "$BIN/tidemark" doctor --waits 33 "$URL"
is "$status" 2 'so has --waits'
run "$BIN/tidemark" doctor --idle 0 --waits 32 "$URL"
like "$out" '32 of 32 may wait' 'which may be reached'
run "$BIN/tidemark" doctor --color always --idle 0 --waits 0 \
	"http://127.0.0.1:$port/odd,old/x/"
like "$out" $'\033\[32mok\033\[0m .*x\\\\x9b31m.*\033\[33mwarning\033' \
	'colours, but none that come from the host'

stop "$HOST"
stop "$FCGI"
wait_until '[ "$(descriptors)" -le "$quiet" ]'
is $? 0 'nobody waits any more'
done_testing
