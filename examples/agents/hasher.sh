#!/bin/sh
# An agent at work: it walks a directory tree, hashes what it finds and says
# all the time how far it is, as any job can:
#
#	examples/agents/hasher.sh STATE ID DIRECTORY
#
#	STATE/ID/state.json  phase, progress, counts; renamed into place
#	STATE/ID/log.txt     what it did, one line a step
#
# When it is done it rests for a minute and looks again.  Files that changed
# in between are counted.
set -u
usage='usage: hasher.sh STATE ID DIRECTORY'
state=${1:?$usage}/${2:?$usage}
id=$2
tree=$(cd "${3:?$usage}" && pwd) || exit 1
BATCH=25 FILES_MOST=2000 LOG_BYTES_MOST=65536 REST_SECONDS=60
mkdir -p "$state" || exit 1
cd "$state" || exit 1
run_number=0

# A JSON string; what is not printable ASCII becomes "?".
text()
{
	printf '"%s"' "$(printf '%s' "$1" | LC_ALL=C tr -c ' -~' '?' |
		sed 's/[\\"]/\\&/g')"
}

now()
{
	date -u +%Y-%m-%dT%H:%M:%SZ
}

log()
{
	printf '%s %s\n' "$(date -u +%H:%M:%S)" "$*" >>log.txt
}

# report STATUS PHASE
report()
{
	progress=0.00
	[ "$total" -eq 0 ] || progress=$(printf '%d.%02d' \
		$((done / total)) $((done * 100 / total % 100)))
	cat >.state.json.tmp <<-JSON
		{
		  "status": "$1",
		  "phase": "$2",
		  "progress": $progress,
		  "total": $total,
		  "hashed": $done,
		  "changed": $changed,
		  "task": $(text "hash $tree"),
		  "last": $(text "$last"),
		  "started": "$started",
		  "updated": "$(now)"
		}
	JSON
	mv .state.json.tmp state.json
}

# Files of the tree, as they come, without what is hidden or generated.
list()
{
	find "$tree" \( -name '.?*' -o -name node_modules -o -name build \) \
		-prune -o -type f -print 2>/dev/null | head -n $FILES_MOST
}

# Hash one batch (paths on stdin) into .hashes.new.
hash_batch()
{
	tr '\n' '\0' | xargs -0 -r sha256sum -- 2>/dev/null >>.hashes.new
}

work()
{
	run_number=$((run_number + 1))
	started=$(now)
	total=0 done=0 changed=0 unreadable=0 last=
	report running listing
	list >.files
	total=$(wc -l <.files)
	log "run $run_number: $total files in $tree"
	: >.hashes.new
	while [ "$done" -lt "$total" ]; do
		sed -n "$((done + 1)),$((done + BATCH))p" .files >.batch
		hash_batch <.batch
		done=$((done + $(wc -l <.batch)))
		last=$(tail -n 1 .batch)
		last=${last#"$tree"/}
		unreadable=$((done - $(wc -l <.hashes.new)))
		log "hashed $done of $total, last $last"
		report running hashing
		sleep 0.5 # the machine has other things to do
	done
	report running comparing
	sort .hashes.new >.hashes.sorted
	[ ! -f .hashes ] || changed=$(comm -13 .hashes .hashes.sorted | wc -l)
	mv .hashes.sorted .hashes
	log "run $run_number: done, $changed changed, $unreadable unreadable"
	report "done" resting
}

log "agent $id begins"
while :; do
	[ "$(wc -c <log.txt)" -lt $LOG_BYTES_MOST ] || : >log.txt
	work
	sleep $REST_SECONDS
done
