# Small UDP flows for collect_row.sh, to port 9 of addresses that are all on one machine.
#
#	listen                                      takes what comes to port 9, so that no ICMP answers it
#	send FROM TO FLOWS FRAMES PER-SECOND SEED   from random addresses of FROM.0.0/16 and ports to random
#	                                            ones of TO.0.0/16; prints how many frames went out
use strict;
use warnings;
use Socket;
use Time::HiRes qw(time sleep);

my ($what, $from, $to, $flows, $frames, $pace, $seed) = @ARGV;
if ($what eq 'listen') {
	socket(my $s, PF_INET, SOCK_DGRAM, 0) or die "socket: $!\n";
	bind($s, sockaddr_in(9, INADDR_ANY)) or die "port 9: $!\n";
	sleep 3600 while 1; # what its buffer does not take is dropped in silence
}
srand($seed);
my ($start, $sent, $data) = (time, 0, 'x' x 60);
for (1 .. $flows) {
	socket(my $s, PF_INET, SOCK_DGRAM, 0) or die "socket: $!\n";
	bind($s, sockaddr_in(1024 + int rand 60000, inet_aton("$from." . int(rand 256) . '.' . (1 + int rand 254)))) or next; # that port is taken
	my $there = sockaddr_in(9, inet_aton("$to." . int(rand 256) . '.' . (1 + int rand 254)));
	for (1 .. $frames) { $sent++ if send($s, $data, 0, $there) }
	my $early = $start + $sent / $pace - time;
	sleep $early if $early > 0.0005;
}
print "$sent\n";
