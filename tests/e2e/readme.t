#!/usr/bin/env bash
# readme: the console transcripts of README.md, or of $TRANSCRIPTS, do what they
# show.  A line that begins with "$ " is a command for one shell that lives
# through all of them; the lines below it are its output, where … stands for
# anything.
. tests/e2e/lib.sh

DOC=${TRANSCRIPTS:-README.md}
STATE=$TMP/state
mkdir -p "$STATE"
start_watcher "$STATE"
start_fcgi "$STATE"
start_lighttpd /
export STATE

# script: the commands, each followed by a mark; expected: their output.
perl - "$TMP" "$PORT" "$DOC" <<'PERL' || bail_out "$DOC has no transcripts"
use strict;
use warnings;
my ($tmp, $port, $doc) = @ARGV;
my ($in, $n) = (0, 0);
open(my $readme, '<', $doc) or die "$doc: $!";
open(my $script, '>', "$tmp/script") or die "script: $!";
open(my $expected, '>', "$tmp/expected") or die "expected: $!";
while (my $line = <$readme>) {
	if ($line =~ /^```/) { $in = $line =~ /^```console/; next }
	next unless $in;
	$line =~ s/127\.0\.0\.1:8080/127.0.0.1:$port/g;
	if ($line =~ s/^\$ //) {
		$n++;
		print $script $line, "echo; echo '=== $n'\n";
		chomp $line;
		print $expected "=== $n $line\n";
	} else {
		print $expected $line;
	}
}
exit($n == 0);
PERL
timeout 120 bash "$TMP/script" >"$TMP/actual" 2>"$TMP/script.log" </dev/null
is $? 0 'every command is run'

# One test a command.
perl - "$TMP" <<'PERL' >"$TMP/verdicts"
use strict;
use warnings;
use utf8;
binmode(STDOUT, ':utf8');
my ($tmp) = @ARGV;
sub blocks {
	my ($file, $mark_first) = @_;
	open(my $f, '<:utf8', $file) or die "$file: $!";
	my @got = ('');
	my @names;
	while (my $line = <$f>) {
		if ($line =~ /^=== \d+(?: (.*))?$/) { push @names, $1; push @got, ''; next }
		$got[-1] .= $line;
	}
	$mark_first ? shift @got : pop @got;
	s/\s+$// for @got;
	return (\@got, \@names);
}
my ($want, $names) = blocks("$tmp/expected", 1);
my ($got) = blocks("$tmp/actual", 0);
for my $i (0 .. $#$want) {
	my $pattern = join('.*', map { quotemeta } split(/…/, $want->[$i], -1));
	my $is = ($got->[$i] // 'nothing') =~ /\A$pattern\z/ ? 0 : 1;
	(my $shown = $got->[$i] // 'nothing') =~ s/\s+/ /g;
	print "$is\t$names->[$i]\t$shown\n";
}
PERL
while IFS=$'\t' read -r status name shown; do
	passed "$status" "\$ $name" || diag "it printed: $shown"
done <"$TMP/verdicts"
done_testing
