#!/usr/bin/env bash
# What may not be read is a problem, and keeps what is known of it.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

# Root may read everything, so the watcher is somebody else here.
as=()
if [ "$(id -u)" = 0 ]; then
	as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	chmod 755 "$TMP"
	"${as[@]}" test -x "$BIN/tidemark-watcher" 2>/dev/null ||
		skip_all 'root cannot be somebody else here'
fi

mkdir "$STATE/jobs" "$STATE/jobs/sub"
put "$STATE/jobs/a.json" '{"n":1}'
put "$STATE/jobs/sub/b.json" '{"n":2}'
put "$STATE/jobs/closed.json" '{"n":3}'
chmod 000 "$STATE/jobs/closed.json"
[ "$(id -u)" != 0 ] || chown -R 65534 "$STATE"
spawn watcher "${as[@]}" "$BIN/tidemark-watcher" "$STATE"
WATCHER=$SPAWNED
becomes 'ids jobs' 'a sub/b' 'what may be read is served'
becomes_like 'problem jobs closed' 'Permission denied' \
	'a file that may not be read'
chmod 644 "$STATE/jobs/closed.json"
becomes 'body jobs closed' '{"n":3}' 'it is read when it may be'
becomes 'problem jobs closed' '' 'and is no problem any more'

chmod 000 "$STATE/jobs/sub"
becomes_like 'problem jobs sub' 'Permission denied' \
	'a folder that may not be read'
settle
is "$(ids jobs)" 'a closed sub/b' 'what was in it stays'
stop "$WATCHER"
spawn watcher "${as[@]}" "$BIN/tidemark-watcher" "$STATE"
WATCHER=$SPAWNED
settle
is "$(ids jobs)" 'a closed sub/b' 'also after a restart'
chmod 755 "$STATE/jobs/sub"
becomes 'problem jobs sub' '' 'it may be read again'
put "$STATE/jobs/sub/b.json" '{"n":22}'
becomes 'body jobs sub/b' '{"n":22}' 'and is watched'

chmod 000 "$STATE/jobs"
becomes_like 'problem jobs ""' 'Permission denied' \
	'the directory itself may not be read'
settle
is "$(ids jobs)" 'a closed sub/b' 'its entities stay'
chmod 755 "$STATE/jobs"
becomes 'problem jobs ""' '' 'until it may be'
done_testing
