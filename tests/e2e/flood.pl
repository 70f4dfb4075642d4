# A flood of strangers, for tests: flood.pl PORT SCALE sends to 127.0.0.1:PORT, from addresses of 127/8,
# everything that a sender can make a collector remember.  SCALE 1 fills no ceiling, 100 all of them.
# Each kind is a line of output: its name and how many datagrams.
use strict;
use warnings;
use Socket;
my ($port, $scale) = @ARGV;
my $to = pack_sockaddr_in($port, inet_aton('127.0.0.1'));
my ($sent, $kind, %socket) = (0);

# A socket of the n-th sender; a few hundred stay open.
sub from {
	my ($n) = @_;
	return $socket{$n} if $socket{$n};
	%socket = () if keys %socket > 400;
	socket(my $s, PF_INET, SOCK_DGRAM, 0) or die "socket: $!\n";
	bind($s, pack_sockaddr_in(0, pack('CCCC', 127, 1 + $n / 62500, $n / 250 % 250, 1 + $n % 250))) or die "bind: $!\n";
	return $socket{$n} = $s;
}
sub out {
	my ($from, $bytes) = @_;
	send(from($from), $bytes, 0, $to);
	select undef, undef, undef, 0.002 if ++$sent % 64 == 0; # the receiver is one core away, and may be a slow build
}
sub kind { my ($name) = @_; print "$kind $sent\n" if $kind; ($kind, $sent) = ($name, 0) }

sub v9 { my ($domain, $sequence, @sets) = @_; return pack('nnNNNN', 9, scalar @sets, 1000, time, $sequence, $domain) . join '', @sets }
sub set { my ($id, $body) = @_; return pack('nn', $id, 4 + length $body) . $body }
sub template { my ($id, $fields) = @_; return pack('nn', $id, $fields) . pack('nn', 8, 4) x $fields }
sub sflow { my ($sub, $sequence, @samples) = @_; return pack('NNNNNNN', 5, 1, 0x0a000001, $sub, $sequence, 1000, scalar @samples) . join '', @samples }
sub flow_sample {
	my ($source, $sequence) = @_;
	my $frame = ("\2" x 12) . "\x08\0" . pack('CCnnnCCnNN', 0x45, 0, 46, 0, 0, 64, 17, 0, 0x0a000001, 0x0a000002) . "\0" x 26;
	my $header = pack('NNNN', 1, 64, 4, length $frame) . $frame;
	my $body = pack('NNNNNNNN', $sequence, $source, 100, 100 * $sequence, 0, $source & 0xffffff, 2, 1) . pack('NN', 1, length $header) . $header;
	return pack('NN', 1, length $body) . $body;
}
sub name_sample { # of a port
	my ($source) = @_;
	my $name = sprintf 'a port with a rather long name, so that it takes room: %08d', $source;
	my $port = pack('N', length $name) . $name . "\0" x (-length($name) % 4);
	my $body = pack('NNN', 1, $source, 1) . pack('NN', 1005, length $port) . $port;
	return pack('NN', 2, length $body) . $body;
}

kind('exporters'); # one template and one set of data each
my $flow = pack 'n*', 256, 4, 8, 4, 12, 4, 1, 4, 2, 4;
out($_, v9(1, 0, set(0, $flow), set(256, pack 'N*', $_, 1, 100, 1))) for 1 .. 400 * $scale;
kind('domains');
out(1, v9($_, 0, set(0, template(256, 4)))) for 1 .. 60 * $scale;
kind('domains of many');
for my $e (2 .. 20) { out($e, v9($_, 0, set(0, template(256, 1)))) for 1 .. 40 * $scale }
kind('templates');
for my $d (1 .. 6) { out(30, v9($d, 0, set(0, join '', map { template(256 + $_, 20) } $_ * 50 .. $_ * 50 + 49))) for 0 .. $scale }
kind('large templates');
out(31 + $_ % 7, v9($_ % 5, 0, set(0, join '', map { template($_, 1000) } 1000 + 14 * $_ .. 1013 + 14 * $_))) for 0 .. 6 * $scale;
kind('samplers'); # an options template of interface and rate, then rates of many interfaces
out(40, v9(1, 0, set(1, pack('nnnnnnn', 300, 4, 4, 2, 4, 34, 4)), set(300, join '', map { pack 'NN', $_, 100 } 100 * $_ .. 100 * $_ + 99))) for 0 .. $scale;
kind('held sets'); # data whose template never comes
for my $e (50 .. 220) { out($e, v9(1, $_, set(400 + $_ % 100, "\1" x 16000))) for 1 .. 1 + 0.68 * $scale }
kind('sub-agents');
out(300, sflow($_, 1, flow_sample(1, 1))) for 1 .. 60 * $scale;
kind('sources');
out(301, sflow(0, $_, map { flow_sample($_, 1) } 5 * $_ .. 5 * $_ + 4)) for 1 .. 40 * $scale;
kind('interface names');
out(302, sflow(0, $_, map { name_sample($_) } 10 * $_ .. 10 * $_ + 9)) for 1 .. 200 * $scale;
kind('garbage');
out(303, join '', map { chr rand 256 } 1 .. 200) for 1 .. 50 * $scale;
out(304, substr v9(1, 0, set(0, template(256, 40))), 0, 1 + rand 100) for 1 .. 50 * $scale;
kind('end');
