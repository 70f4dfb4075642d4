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
my %load = (
	duckdb => "CREATE TABLE f AS SELECT * FROM read_csv('f.csv', header = false, columns = {'sa': 'VARCHAR', 'da': 'VARCHAR', "
		. join(', ', map { "'$_': 'BIGINT'" } qw(sp dp pr inif outif sas das tos pkt byt t)) . '})',
	chdb => "CREATE TABLE f ENGINE = Memory AS SELECT * FROM file('f.csv', CSV, 'sa String, da String, "
		. join(', ', map { "$_ Int64" } qw(sp dp pr inif outif sas das tos pkt byt t)) . "')",
);
for (@sides) {
	my ($name, @command) = split;
	push @children, open2(my $out, my $in, @command);
	defined(my $hello = <$out>) or die "$name does not start\n";
	$side{$name} = [$in, $out];
	peer($name, $load{$name});
}

# What there is to ask for.
my @hosts = map { s/"//gr } $sql->("SELECT DISTINCT sa FROM f WHERE sa NOT LIKE '%:%' ORDER BY sa LIMIT 400");
my @ports = $sql->('SELECT DISTINCT dp FROM f WHERE pr IN (6, 17) ORDER BY dp LIMIT 60');
my @as = $sql->('SELECT DISTINCT sas FROM f ORDER BY sas LIMIT 50');

my %name = (6 => 'TCP', 17 => 'UDP');
# Each test: weir's words, SQL's, nfdump's (undef: it cannot say it).
my @tests = (
	sub { my $h = pick(@hosts); my $e = pick('source', 'destination'); my $s = $e eq 'source' ? 'sa' : 'da';
	      return ("ip$e=$h", "$s = '$h'", ($e eq 'source' ? 'src' : 'dst') . " ip $h") },
	sub { my $h = pick(@hosts); my ($n) = $h =~ /^(\d+\.\d+\.\d+)\./; my $e = pick('source', 'destination'); my $s = $e eq 'source' ? 'sa' : 'da';
	      return ("ip$e=$n.0/24", "$s LIKE '$n.%'", ($e eq 'source' ? 'src' : 'dst') . " net $n.0/24") },
	sub { my $p = pick(6, 17); my $n = pick(@ports); return ("destinationport=$name{$p}:$n", "pr = $p AND dp = $n", "(proto " . lc($name{$p}) . " and dst port $n)") },
	sub { my ($a, $b) = sort { $a <=> $b } int rand 3000, int rand 65536; return ("(destinationport=$a-$b & protocol=TCP,UDP)", "dp BETWEEN $a AND $b AND pr IN (6, 17)", undef) },
	sub { my $p = pick(6, 17); return ("protocol=$name{$p}", "pr = $p", 'proto ' . lc $name{$p}) },
	sub { my $i = 1 + int rand 24; return ("inputinterface=10.0.0.1>$i", "inif = $i", "in if $i") },
	sub { my $i = 1 + int rand 24; return ("interface=10.0.0.1>$i", "inif = $i OR outif = $i", "(in if $i or out if $i)") },
	sub { my $n = int rand 60000; return ("bytes>$n", "byt > $n", "bytes > $n") },
	sub { my $n = 1 + int rand 60; return ("frames<=$n", "pkt <= $n", undef) },
	sub { my $n = pick(@as); return ("sourceas=$n", "sas = $n", undef) },
	sub { my @h = map { pick(@hosts) } 1 .. 5; return ('ipsource=' . join(',', @h), 'sa IN (' . join(',', map { "'$_'" } @h) . ')', undef) },
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
my $proto = "CASE pr WHEN 6 THEN 'TCP' WHEN 17 THEN 'UDP' END";
my @keys = (['ipsource', 'sa'], ['ipdestination', 'da'], ['inputinterface', "'10.0.0.1>' || inif"], ['outputinterface', "'10.0.0.1>' || outif"],
	    ['sourceas', 'sas'], ['destinationas', 'das'], ['tos', 'tos'],
	    ['destinationport', "$proto || ':' || dp", 1], ['sourceport', "$proto || ':' || sp", 1], ['protocol', $proto, 1]);

my ($rows, $peers) = (0, 0);
my @peers = sort keys %side;
for my $q (1 .. $questions) {
	my ($w, $s, $n) = rand() < 0.2 ? ('', '1', 'any') : filter(2);
	my %seen;
	my @k = grep { !$seen{ $_->[0] }++ } map { pick(@keys) } 1 .. 1 + int rand 3;
	my $ports = grep { $_->[2] } @k;
	if ($ports) { $w = $w eq '' ? 'protocol=TCP,UDP' : "($w)&protocol=TCP,UDP"; $s = "($s) AND pr IN (6, 17)"; undef $n }
	my ($from, $to) = ($first + int rand 3600, 0);
	$to = $from + 1 + int rand 3600;
	my $whole = rand() < 0.3;
	($from, $to) = ($first - 60, $first + 3660) if $whole;
	my $select = join ',', (map { $_->[0] } @k), 'bytes', 'frames', 'flows';
	my @got = lines([$weir, 'top', '--store', $store, '--csv', '-n', '1000000', 'iftraffic', $select, $w, "$from,$to"]);
	shift @got;
	my $cols = join ', ', map { $_->[1] } @k;
	my $question = "SELECT $cols, sum(byt), sum(pkt), count(*) FROM f WHERE ($s) AND t >= $from AND t < $to GROUP BY $cols";
	@got = sort map { s/"//gr } @got;
	for my $name ('SQLite', @peers) {
		my @want = sort map { s/"//gr } $name eq 'SQLite' ? $sql->($question) : peer($name, $question);
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
