# Every capture that others recorded goes through `weir import`: it is read to its end, and what
# was decoded agrees with the reference totals beside the captures (index.json), which
# independent decoders confirm.
[ -w /dev/shm ] && export TMPDIR=/dev/shm # two hundred small stores' fsyncs prove nothing here
. tests/lib.sh
case $BUILD in /*) WEIR=$BUILD/weir ;; esac
export WEIR_CONFIG=/dev/null

captures=$SHARED/captures
if [ ! -r "$captures/index.json" ]; then
	skip "captures" "there is no $captures"
	done_testing
fi

# FILE lines of the index, then one import each.  Status and JSON are kept for the comparison.
mkdir "$SCRATCH/out"
perl -MJSON::PP -e 'local $/; print "$_->{file}\n" for @{decode_json(<>)}' "$captures/index.json" >"$SCRATCH/files"
while read -r file; do
	out=$SCRATCH/out/${file//\//=}
	"$WEIR" import --json --store "$SCRATCH/store" "$captures/$file" >"$out.json" 2>"$out.err"
	echo $? >"$out.status"
done <"$SCRATCH/files"

# Prints TAP lines; the last line of all is the number of tests.
perl -MJSON::PP - "$captures/index.json" "$SCRATCH/out" >"$SCRATCH/tap" 2>"$SCRATCH/count" <<'PERL'
use strict;
use warnings;
my ($index, $out) = @ARGV;
my ($tests, $bad) = (0, 0);

# Where we differ from the reference on purpose: file => field => [ours, why, with the section].
my %exception = (
);

sub slurp { my ($path) = @_; local $/; open my $f, '<', $path or return ''; my $text = <$f>; $text // '' }
sub say_test {
	my ($ok, $name, @why) = @_;
	$tests++;
	$bad++ if !$ok;
	print $ok ? '' : 'not ', "ok $tests - $name\n", map { "# $_\n" } @why;
}

sub wanted {
	my ($e) = @_;
	my $t = $e->{totals};
	my %s = %{ $t->{sums} || {} };
	my $samples = ($t->{sflow_flow_samples} || 0) + ($t->{sflow_expanded_flow_samples} || 0);
	return {
		datagrams       => $e->{datagrams},
		flow_records    => $t->{flow_records} || 0,
		option_records  => $t->{option_records} || 0,
		templates       => ($t->{templates} || 0) + ($t->{option_templates} || 0),
		flow_samples    => $samples,
		counter_samples => ($t->{sflow_counter_samples} || 0) + ($t->{sflow_expanded_counter_samples} || 0),
		drop_samples    => $t->{sflow_drop_samples} || 0,
		bytes           => ($s{octetDelta} || 0) + ($s{frame_length} || 0),
		frames          => ($s{packetDelta} || 0) + $samples,
	};
}

my %used;
for my $e (@{ decode_json(slurp($index)) }) {
	my $file = $e->{file};
	my $base = "$out/" . $file =~ s{/}{=}gr;
	my ($status, $err, $text) = map { slurp("$base.$_") } qw(status err json);
	chomp $status;
	my $got = eval { decode_json($text)->{total} };
	if ($status ne '0' || !$got) {
		say_test(0, "$file is read to its end", "status $status", split /\n/, $err);
		next;
	}
	my $want = $file =~ m{^headers/} ? {} : wanted($e); # headers: packets, no exports
	my @why;
	for my $field (sort keys %$want) {
		my ($is, $should) = ($got->{$field}, $want->{$field});
		if (my $x = ($exception{$file} || {})->{$field}) {
			$used{$file} = 1;
			$should = $x->[0];
		}
		push @why, "$field is $is, the reference has $should" if $is != $should;
	}
	my $refused = $got->{rejects}{version_unsupported} || 0;
	push @why, "version_unsupported is $refused"
		if $refused && $file !~ m{^headers/}; # any UDP packet may begin like an export
	push @why, map { "refused: $_ $got->{rejects}{$_}" } sort keys %{ $got->{rejects} } if @why;
	say_test(!@why, $file, @why);
}
say_test($used{$_}, "the exception for $_ is needed") for sort keys %exception;
print STDERR "$tests $bad\n";
PERL
if [ $? -ne 0 ]; then fail "the comparison ran" "$(tail -5 "$SCRATCH/tap")"; fi
cat "$SCRATCH/tap"
read -r tests tap_fail <"$SCRATCH/count"
[ "$tap_fail" = 0 ] || tap_fail=1
ok "the store of all captures is sound" "$WEIR" store check --store "$SCRATCH/store"
done_testing
