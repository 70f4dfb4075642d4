# Three switches in a row, as their sFlow agents would tell of it: a capture on standard output.
#
#	port 1 [10.0.0.1] port 24 -- port 1 [10.0.0.2] port 24 -- port 1 [10.0.0.3] port 5
#
# In each of the minutes 20,000 small flows of 100 frames of 1000 bytes go between 256 blocks on the
# left (10.7.0.0/16) and 256 on the right (198.18.0.0/16), half of them each way; each switch samples
# 1 frame in 1000.  Arguments: first second, minutes, seed.
use strict;
use warnings;

my ($start, $minutes, $seed) = @ARGV;
my ($rate, $flows, $frames) = (1000, 20000, 100);
srand($seed);
binmode STDOUT;
print pack('NnnNNNN', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101); # raw IP

my (%seq, %samples);
sub udp {
	my ($time, $payload) = @_;
	my $len = 28 + length $payload;
	my $ip = pack('CCnnnCCnNN', 0x45, 0, $len, 0, 0, 64, 17, 0, 0x7f000001, 0x7f000001) . pack('nnnn', 6343, 6343, $len - 20, 0);
	print pack('NNNN', int($time), ($time - int($time)) * 1e6, $len, $len), $ip, $payload;
}
sub sample {
	my ($agent, $in, $out, $flow) = @_;
	my $l2 = pack('H12H12n', $flow->{tomac}, $flow->{frommac}, 0x0800);
	my $l3 = pack('CCnnnCCnNN', 0x45, 0, 986, 0, 0, 64, 6, 0, $flow->{from}, $flow->{to});
	my $head = $l2 . $l3 . pack('nnNNCCnnn', $flow->{sport}, $flow->{dport}, 0, 0, 0x50, 0x10, 0, 0, 0);
	my $record = pack('NNNN', 1, 1004, 4, length $head) . $head . "\0" x (-length($head) % 4);
	$samples{$agent}++;
	my $body = pack('NNNNNNNN', $samples{$agent}, $in, $rate, $samples{$agent} * $rate, 0, $in, $out, 1) . pack('NN', 1, length $record) . $record;
	return pack('NN', 1, length $body) . $body;
}
my %waiting;
sub flush {
	my ($time, $agent) = @_;
	my @s = @{ $waiting{$agent} || [] } or return;
	udp($time, pack('NNNNNNN', 5, 1, 0x0a000000 + $agent, 0, ++$seq{$agent}, int($time * 1000) & 0xffffffff, scalar @s) . join('', @s));
	$waiting{$agent} = [];
}
# Frames until the next one that is sampled, one chance in $rate for each.
sub skip { return int(log(1 - rand) / log(1 - 1 / $rate)); }

for my $minute (0 .. $minutes - 1) {
	my @next = map { skip() } 1 .. 3;
	for my $n (0 .. $flows - 1) {
		my $time = $start + 60 * $minute + 59 * $n / $flows;
		my ($left, $right) = (0x0a070000 + int(rand 65536), 0xc6120000 + int(rand 65536));
		my $there = $n & 1;
		my %flow = (sport => 1024 + int(rand 60000), dport => 443, frommac => '020000000001', tomac => '020000000002');
		@flow{qw(from to)} = $there ? ($left, $right) : ($right, $left);
		@flow{qw(frommac tomac)} = @flow{qw(tomac frommac)} unless $there;
		for my $hop (1 .. 3) {
			my ($in, $out) = ($hop == 1 ? 1 : 1, $hop == 3 ? 5 : 24);
			($in, $out) = ($out, $in) unless $there;
			while ($next[$hop - 1] < $frames) {
				push @{ $waiting{$hop} }, sample($hop, $in, $out, \%flow);
				$next[$hop - 1] += 1 + skip();
				flush($time, $hop) if @{ $waiting{$hop} } == 8;
			}
			$next[$hop - 1] -= $frames;
		}
	}
	flush($start + 60 * $minute + 59.5, $_) for 1 .. 3;
}
