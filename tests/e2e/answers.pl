# Asks random questions of weir, SQLite, nfdump and others; see answers.sh.
# Arguments: WEIR STORE DB NFDUMP-FOLDER QUESTIONS SEED ["NAME COMMAND..."]...
use strict;
use warnings;
use IPC::Open2;

my ($weir, $store, $db, $nf, $questions, $seed, @sides) = @ARGV;
srand($seed);
my $first = 1795435200; # 2026-11-23 12:00 UTC
sub pick { return $_[int rand @_] }
sub lines { my ($cmd) = @_; open my $p, '-|', @$cmd or die "$cmd->[0]: $!\n"; my @l = <$p>; close $p or die "failed: @$cmd\n"; chomp @l; return @l }
my $sql = sub { return lines(['sqlite3', '-csv', $db, $_[0]]) };

# Sides of bench-query (tests/bench/query_serve.h): a line of SQL in, rows with tabs and "= times" out.
my (%side, @children);
END { local $?; kill 'TERM', @children if @children; waitpid $_, 0 for @children }
sub peer {
	my ($name, $question) = @_;
	my ($in, $out, @rows) = (@{ $side{$name} });
	print $in "$question\n";
	while (<$out>) {
		chomp;
		return @rows if /^= /;
		die "$name: $_\nasked: $question\n" if /^! /;
		push @rows, tr/\t/,/r;
	}
	die "$name went away\nasked: $question\n";
}
# The table of a dialect, as weir export --schema printed it, on one line.
sub schema { my ($dialect) = @_; open my $f, '<', "$dialect.sql" or die "$dialect.sql: $!\n"; local $/; my $t = <$f>; $t =~ s/;?\s*\z//; return $t =~ tr/\n\t/  /r }
my %load = (
	duckdb => [schema('duckdb'), "COPY iftraffic FROM 'f.csv' (HEADER false)"],
	chdb => [schema('clickhouse'), "INSERT INTO iftraffic SELECT parseDateTime64BestEffort(c1, 3, 'UTC'), * EXCEPT c1 FROM file('f.csv', CSV, '"
		. join(', ', map { "c$_ String" } 1 .. 13) . "')"],
);
# How each says the seconds since 1970 of a row, and the number of a port such as TCP:443.
my %seconds = (SQLite => "CAST(strftime('%s', time) AS INTEGER)", duckdb => 'CAST(floor(epoch(time)) AS BIGINT)', chdb => 'toUnixTimestamp(time)');
my %port = (SQLite => sub { "CAST(substr($_[0], 5) AS INTEGER)" }, duckdb => sub { "TRY_CAST(substr($_[0], 5) AS INTEGER)" },
	    chdb => sub { "toInt64OrNull(substring($_[0], 5))" });
for (@sides) {
	my ($name, @command) = split;
	push @children, open2(my $out, my $in, @command);
	defined(my $hello = <$out>) or die "$name does not start\n";
	$side{$name} = [$in, $out];
	peer($name, $_) for @{ $load{$name} };
}

# What there is to ask for.
my @hosts = map { s/"//gr } $sql->("SELECT DISTINCT ipsource FROM iftraffic WHERE ipsource NOT LIKE '%:%' ORDER BY 1 LIMIT 400");
my @ports = $sql->("SELECT DISTINCT CAST(substr(destinationport, 5) AS INTEGER) FROM iftraffic WHERE protocol IN ('TCP', 'UDP') ORDER BY 1 LIMIT 60");
my @as = $sql->('SELECT DISTINCT sourceas FROM iftraffic ORDER BY 1 LIMIT 50');

my %name = (6 => 'TCP', 17 => 'UDP');
# Each test: weir's words, SQL's, nfdump's (undef: it cannot say it).
my @tests = (
	sub { my $h = pick(@hosts); my $e = pick('source', 'destination'); return ("ip$e=$h", "ip$e = '$h'", ($e eq 'source' ? 'src' : 'dst') . " ip $h") },
	sub { my $h = pick(@hosts); my ($n) = $h =~ /^(\d+\.\d+\.\d+)\./; my $e = pick('source', 'destination');
	      return ("ip$e=$n.0/24", "ip$e LIKE '$n.%'", ($e eq 'source' ? 'src' : 'dst') . " net $n.0/24") },
	sub { my $p = pick(6, 17); my $n = pick(@ports); return ("destinationport=$name{$p}:$n", "destinationport = '$name{$p}:$n'", "(proto " . lc($name{$p}) . " and dst port $n)") },
	sub { my ($a, $b) = sort { $a <=> $b } int rand 3000, int rand 65536; return ("(destinationport=$a-$b & protocol=TCP,UDP)", "PORT(destinationport) BETWEEN $a AND $b AND protocol IN ('TCP', 'UDP')", undef) },
	sub { my $p = pick(6, 17); return ("protocol=$name{$p}", "protocol = '$name{$p}'", 'proto ' . lc $name{$p}) },
	sub { my $i = 1 + int rand 24; return ("inputinterface=10.0.0.1>$i", "inputinterface = '10.0.0.1>$i'", "in if $i") },
	sub { my $i = 1 + int rand 24; return ("interface=10.0.0.1>$i", "inputinterface = '10.0.0.1>$i' OR outputinterface = '10.0.0.1>$i'", "(in if $i or out if $i)") },
	sub { my $n = int rand 60000; return ("bytes>$n", "bytes > $n", "bytes > $n") },
	sub { my $n = 1 + int rand 60; return ("frames<=$n", "frames <= $n", undef) },
	sub { my $n = pick(@as); return ("sourceas=$n", "sourceas = $n", undef) },
	sub { my @h = map { pick(@hosts) } 1 .. 5; return ('ipsource=' . join(',', @h), 'ipsource IN (' . join(',', map { "'$_'" } @h) . ')', undef) },
);
sub filter {
	my ($depth) = @_;
	my $shape = $depth ? int rand 5 : 0;
	if ($shape < 2) { my ($w, $s, $n) = pick(@tests)->(); return ($w, "($s)", $n) }
	if ($shape == 2) { my ($w, $s, $n) = filter($depth - 1); return ("!($w)", "NOT $s", defined $n ? "not ($n)" : undef) }
	my ($w1, $s1, $n1) = filter($depth - 1);
	my ($w2, $s2, $n2) = filter($depth - 1);
	my ($w, $s) = $shape == 3 ? ('&', 'AND') : ('|', 'OR');
	return ("($w1)$w($w2)", "($s1 $s $s2)", defined $n1 && defined $n2 ? "($n1) " . lc($s) . " ($n2)" : undef);
}
my @of_ports = qw(destinationport sourceport protocol); # of TCP and UDP alone: nfdump gives other protocols ports too
my @keys = (qw(ipsource ipdestination inputinterface outputinterface sourceas destinationas tos), @of_ports);
my %of_ports = map { $_ => 1 } @of_ports;

my ($rows, $peers) = (0, 0);
my @peers = sort keys %side;
for my $q (1 .. $questions) {
	my ($w, $s, $n) = rand() < 0.2 ? ('', '1', 'any') : filter(2);
	my %seen;
	my @k = grep { !$seen{$_}++ } map { pick(@keys) } 1 .. 1 + int rand 3;
	my $ports = grep { $of_ports{$_} } @k;
	if ($ports) { $w = $w eq '' ? 'protocol=TCP,UDP' : "($w)&protocol=TCP,UDP"; $s = "($s) AND protocol IN ('TCP', 'UDP')"; undef $n }
	my ($from, $to) = ($first + int rand 3600, 0);
	$to = $from + 1 + int rand 3600;
	my $whole = rand() < 0.3;
	($from, $to) = ($first - 60, $first + 3660) if $whole;
	my $select = join ',', @k, 'bytes', 'frames', 'flows';
	my @got = lines([$weir, 'top', '--store', $store, '--csv', '-n', '1000000', 'iftraffic', $select, $w, "$from,$to"]);
	shift @got;
	my $cols = join ', ', @k;
	my $question = "SELECT $cols, sum(bytes), sum(frames), count(*) FROM iftraffic WHERE ($s) AND SECONDS >= $from AND SECONDS < $to GROUP BY $cols";
	@got = sort map { s/"//gr } @got;
	for my $name ('SQLite', @peers) {
		my $asked = $question =~ s/SECONDS/$seconds{$name}/gr =~ s/PORT\((\w+)\)/$port{$name}->($1)/ger;
		my @want = sort map { s/"//gr } $name eq 'SQLite' ? $sql->($asked) : peer($name, $asked);
		die "question $q: $select | $w | $from,$to\nweir: " . @got . " rows, $name: " . @want . "\n" . first_difference($name, \@got, \@want) if "@got" ne "@want";
	}
	$rows += @got;
	next if !$whole || !defined $n;
	# nfdump: the totals of what passes.
	my ($b, $p, $f) = (0, 0, 0);
	for (@got) { my @c = split /,/; $b += $c[-3]; $p += $c[-2]; $f += $c[-1] }
	my ($flows, $packets, $bytes) = (0, 0, 0);
	for (lines(['nfdump', '-R', $nf, '-q', '-N', '-o', 'fmt:%pkt,%byt', $n])) { my @c = split /,/; next if @c < 2; $flows++; $packets += $c[0]; $bytes += $c[1] }
	die "question $q: $w\nweir $f flows $p packets $b bytes, nfdump '$n' $flows $packets $bytes\n" if $f != $flows || $p != $packets || $b != $bytes;
	$peers++;
}
print "$questions questions, $rows rows equal to those of ", join(', ', 'SQLite', @peers), "; $peers totals equal to nfdump's\n";

sub first_difference {
	my ($name, $got, $want) = @_;
	for my $i (0 .. $#$got > $#$want ? $#$got : $#$want) {
		my ($g, $w) = ($got->[$i] // '(none)', $want->[$i] // '(none)');
		return "weir: $g\n$name: $w\n" if $g ne $w;
	}
	return '';
}
