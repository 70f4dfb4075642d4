# Whatever a query's text can be refused for has a case in tests/text: each format in the sources that read it
# is looked for among what those cases say.
. tests/lib.sh
command -v perl >/dev/null || { skip 'refusals' 'perl is not installed'; done_testing; }
out=$(perl -e '
	my (@formats, %from);
	for my $file (glob("src/filter/*.c"), map { "src/query/$_.c" } qw(select plan part interval instant bucket)) {
		open my $f, "<", $file or die "$file: $!\n";
		my $text = join "", <$f>;
		$text =~ s{/\*.*?\*/}{}gs;
		# What is said: a call that refuses, up to its end, and the texts in it that hold a blank.
		while ($text =~ /\b(problem_at|problem_set|refuse|when_refuse|bad)\(((?:[^;"]|"(?:[^"\\]|\\.)*")*);/g) {
			my ($call, $args) = ($1, $2);
			$args =~ s/"\s*"//g;
			$args =~ s/\bPRI\w+//g;
			while ($args =~ /"((?:[^"\\]|\\.)*)"/g) { push @formats, [$call, $1]; $from{$1} = $file }
		}
		while ($file =~ /part\.c/ && $text =~ /"((?:takes|does not take) [^"]*)"/g) { push @formats, ["part", $1]; $from{$1} = $file }
	}
	my $cases = "";
	for my $t (glob("tests/text/filter/*.t tests/text/query/*.t")) { open my $f, "<", $t or die "$t: $!\n"; local $/; $cases .= <$f> }
	# Limits that no file of cases should hold: what says them is in unit tests.
	for my $t (qw(filter/limits query/plan)) { open my $f, "<", "tests/unit/$t.c" or die "$t: $!\n"; local $/; $cases .= <$f> }
	# Of the machine and not of the text; and a name around what another says.
	my %other = map { $_ => 1 } ("out of memory", "%s", "%s: error at %zu: %s", "%s: %s", "bucket: %s");
	my ($n, $bad) = (0, 0);
	for (@formats) {
		my ($call, $format) = @$_;
		next if $other{$format} || $format !~ / / || $seen{$format}++;
		(my $plain = $format) =~ s/\\(.)/$1/g;
		my $re = join ".*", map { quotemeta } split /%(?:[-.*0-9]|ll|z|l|h)*[a-zA-Z%]/, $plain, -1;
		$n++;
		next if $cases =~ /$re/;
		$bad++;
		print "no case in tests/text: $from{$format}: \"$format\"\n";
	}
	print "$n refusals have a case\n" if !$bad;
	exit($bad || $n < 60);' 2>&1)
if [ $? = 0 ]; then pass "$out"; else fail 'every refusal has a case' "$out"; fi
done_testing
