#!/usr/bin/env bash
# Whatever is done to a tree, in the end the store has what is in the files:
# with hints, without, and after a kill in the middle.  SEED=n repeats a run.
. tests/e2e/lib.sh
. tests/e2e/watch.sh

STORE=$TMP/main.db
seed=${SEED:-$RANDOM}
diag "SEED=$seed"
cat >"$TMP/hinted.json" <<-JSON
	{"projects": {"main": {"store": "main.db", "collections": {
	  "jobs": {"dir": "state", "interval_ms": 200}
	}}}}
JSON
sed 's/"main.db",/"main.db", "inotify": false,/' "$TMP/hinted.json" \
	>"$TMP/blind.json"

cat >"$TMP/stir" <<'PERL'
# stir DIR SEED STEPS: files and folders come, change, move and go
use strict;
use warnings;
my ($top, $seed, $steps) = @ARGV;
srand $seed;
my $n = 0;
sub dir { "$top/" . join '/', map { 'd' . int rand 4 } 1 .. 1 + int rand 3 }
sub file { dir() . '/f' . int(rand 6) . '.json' }
sub mkdirs
{
	my $path = '';
	for (split m{/}, shift) { $path .= "$_/"; mkdir $path }
}
sub text { sprintf '{"seed":%d,"n":%d}', $seed, ++$n }
sub spill
{
	my ($path, $text) = @_;
	open my $out, '>', $path or return;
	print $out $text;
	close $out;
}
my @does = (
	sub { my $f = file(); mkdirs($f =~ s{/[^/]*$}{}r); spill($f, text()) },
	sub { my $f = file(); spill("$f.tmp", text()); rename "$f.tmp", $f },
	sub { spill(file(), text()) },
	sub { my $f = file(); open my $o, '+<', $f or return; print $o text() },
	sub { rename file(), file() },
	sub { unlink file() },
	sub { rename dir(), dir() },
	sub { system 'rm', '-rf', dir() if rand() < 0.2 },
	sub { my $f = file(); link $f, file() },
	sub { spill(file(), '{"half":') },
);
$does[rand @does]->() for 1 .. $steps;
# In the end all is whole.
for my $f (split /\n/, `find $top -name '*.json'`) {
	open my $in, '<', $f or next;
	my $text = <$in> // '';
	spill($f, text()) unless $text =~ /^\{"seed":\d+,"n":\d+\}$/;
}
PERL

# What is in the files, and what is in the store.
in_files()
{
	find "$STATE" -name '*.json' -printf '%P\n' | sort | while read -r f; do
		printf '%s|%s\n' "${f%.json}" "$(cat "$STATE/$f")"
	done
}
in_store()
{
	sql 'SELECT id, body FROM entity WHERE body IS NOT NULL' | sort
}
agree()
{
	local want

	want=$(in_files | sort)
	[ -n "$want" ] || diag 'nothing is left to compare'
	wait_until "[ \"\$(in_store)\" = '$want' ]" || true
	is "$(in_store)" "$want" "$1"
	is "$(sql 'SELECT count(*) FROM problem')" 0 'and no problem is left'
}

for conf in hinted blind; do
	start_watcher -c "$TMP/$conf.json"
	for round in 1 2 3; do
		perl "$TMP/stir" "$STATE" $((seed + round)) 1500
		agree "$conf, round $round: the store has what is in the files"
	done
	perl "$TMP/stir" "$STATE" $((seed + 4)) 3000 &
	stirring=$!
	sleep 0.1
	stop "$WATCHER" KILL
	start_watcher -c "$TMP/$conf.json"
	wait $stirring
	agree "$conf, killed: the store has what is in the files"
	stop "$WATCHER"
done

# The log tells the same: each change follows the one before.
is "$(sql 'SELECT count(*) FROM change c LEFT JOIN change p ON p.seq = c.prev
    WHERE c.prev != 0 AND p.eid IS NOT c.eid')" 0 'the log is in order'
is "$(sql 'SELECT count(*) FROM change c JOIN change p ON p.seq = c.prev
    WHERE (c.op = 1) != (p.op = 4)')" 0 'what is created was not there'
done_testing
