#!/usr/bin/env bash
# What cannot be served is a problem with a reason, and harms nothing else.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

mkdir "$STATE/jobs" "$TMP/outside"
printf '{"secret":1}' >"$TMP/outside/secret.json"
mkdir "$STATE/jobs/sub"
put "$STATE/jobs/sub/in.json" '{"in":1}'

ln -s "$TMP/outside/secret.json" "$STATE/jobs/out.json"
ln -s ../../outside/secret.json "$STATE/jobs/up.json"
ln -s sub/in.json "$STATE/jobs/link.json"
ln -s nothing.json "$STATE/jobs/dangling.json"
ln -s "$TMP/outside" "$STATE/jobs/tree"
mkfifo "$STATE/jobs/pipe.json"
python='import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])'
command -v python3 >/dev/null && python3 -c "$python" "$STATE/jobs/sock.json"
name=$(printf 'bad\377')
printf '{}' >"$STATE/jobs/$name.json"
printf '{}' >"$STATE/jobs/"$'line\nfeed.json'
printf '{' >"$STATE/jobs/x\" level=info msg=\"forged.json"
put "$STATE/jobs/good.json" '{"good":1}'
# 63 and 64 levels of arrays in one more are as deep as may be, and deeper.
deep=$(printf '[%.0s' $(seq 64))$(printf ']%.0s' $(seq 64))
printf '%s' "$deep" >"$STATE/jobs/deep.json"
printf '[%s]' "$deep" >"$STATE/jobs/deeper.json"

start_watcher "$STATE"
becomes 'body jobs good' '{"good":1}' 'the good file is served'
becomes_like 'problem jobs out' 'symbolic link that leads out' \
	'an absolute link out of the directory'
becomes_like 'problem jobs up' 'symbolic link that leads out' \
	'a relative link out of the directory'
becomes 'body jobs link' '{"in":1}' 'a link inside is followed'
becomes_like 'problem jobs dangling' 'link to nothing' 'a link to nothing'
becomes_like 'problem jobs pipe' 'no regular file' 'a FIFO, without waiting'
[ ! -S "$STATE/jobs/sock.json" ] ||
	becomes_like 'problem jobs sock' 'no regular file' 'a socket'
becomes_like 'problem jobs "bad\\xff"' 'UTF-8' 'a name that is not UTF-8'
becomes_like 'problem jobs "line\\x0afeed"' 'control character' \
	'a name with a line feed'
becomes 'body jobs deep' "$deep" '64 levels are served'
becomes_like 'problem jobs deeper' '64' '65 levels: the limit is named'
wait_until "grep -q forged '$TMP/watcher.log'"
like "$(cat "$TMP/watcher.log")" \
	' level=warning .*collection=jobs id="x\\" level=info msg=\\"forged" reason=' \
	'a name in the log stays a value'
text='"([^"\]|\\.)*"'
is "$(grep -vE "^time=[0-9T:.-]+Z level=[a-z]+ program=tidemark-watcher \
pid=$WATCHER msg=$text( [a-z_]+=([^ \"=]+|$text))*\$" "$TMP/watcher.log")" \
	'' 'every line of the log is logfmt'
is "$(ids jobs)" 'deep good link sub/in' 'nothing else is served'
is "$(sql "SELECT count(*) FROM entity WHERE body LIKE '%secret%'")" 0 \
	'nothing from outside is anywhere'

put "$STATE/jobs/sub/in.json" '{"in":2}'
becomes 'body jobs link' '{"in":2}' 'the target of a link changes'
rm "$STATE/jobs/pipe.json"
becomes 'problem jobs pipe' '' 'a removed FIFO is no problem any more'
rm "$STATE/jobs/up.json"
put "$STATE/jobs/up.json" '{"up":1}'
becomes 'body jobs up' '{"up":1}' 'a file in place of a link is served'
becomes 'problem jobs up' '' 'and no problem any more'
done_testing
