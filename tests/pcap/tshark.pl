# Sums by host, port and protocol of flow records and sampled headers, as tshark decodes them (PDML on standard
# input), beside weir's of the same capture.  Arguments: WEIR STORE.  See tshark.sh.
use strict;
use warnings;

my ($weir, $store) = @ARGV;
my @by = qw(ipsource ipdestination protocol sourceport destinationport);
my (%want, %rec, $records, %of);

# What tshark calls things; of headers inside headers the outermost counts.
my %field = (
	'cflow.srcaddr' => 'ipsource', 'cflow.srcaddrv6' => 'ipsource', 'cflow.dstaddr' => 'ipdestination', 'cflow.dstaddrv6' => 'ipdestination',
	'cflow.srcport' => 'sourceport', 'cflow.dstport' => 'destinationport', 'cflow.protocol' => 'protocol', 'cflow.octets' => 'bytes', 'cflow.packets' => 'frames',
	'ip.src' => 'ipsource', 'ipv6.src' => 'ipsource', 'ip.dst' => 'ipdestination', 'ipv6.dst' => 'ipdestination', 'ip.proto' => 'protocol',
	'tcp.srcport' => 'sourceport', 'udp.srcport' => 'sourceport', 'tcp.dstport' => 'destinationport', 'udp.dstport' => 'destinationport',
	'sflow_245.header.frame_length' => 'bytes',
);

sub flush {
	my %r = %rec;
	%rec = ();
	return if !$r{begun} || !defined $r{bytes} || $r{scope};
	my $p = $r{protocol} //= 0;
	my $proto = { 6 => 'TCP', 17 => 'UDP' }->{$p};
	for (qw(sourceport destinationport)) { $r{$_} = $proto ? "$proto:" . ($r{$_} // 0) : undef }
	for (qw(ipsource ipdestination)) { $r{$_} = '' if ($r{$_} // '') eq '::' }
	$records++;
	for my $by (@by) {
		next if $by =~ /port/ && !defined $r{$by};
		my $sum = $want{$by}{ $r{$by} // '' } //= [0, 0, 0];
		$sum->[0]++;
		$sum->[1] += $r{frames} // 1;
		$sum->[2] += $r{bytes};
	}
}
while (<STDIN>) {
	if (/<field name="" show="(?:Flow \d|pdu \d|Flow sample|Expanded flow sample)/) { flush(); %rec = (begun => 1); %of = () }
	elsif (/<field name="" show="(?:FlowSet|Counters sample|Expanded counters)|<\/packet>/) { flush() }
	# Not looked behind: Cisco FabricPath, and a version that is not what the Ethernet type says.
	elsif (/<proto name="(?:cfp"|ip" showname="[^,"]*")/) { $of{hidden} = 1 }
	elsif (/<proto name="(?:ip|ipv6)"/) { $of{inner} = 1 if $of{ip}++ }
	elsif ($rec{begun} && /<field name="([\w.]+)".*? show="([^"]*)"/) {
		my ($key, $value) = ($1, $2);
		$rec{scope} = 1 if $key =~ /^cflow\.scope/;
		# The last next header of a chain of IPv6 headers is the protocol.
		$rec{protocol} = $value if $key =~ /^ipv6(?:\.\w+)?\.nxt$/ && !$of{v4} && !$of{inner} && !$of{hidden};
		my $what = $field{$key} or next;
		$of{v4} = 1 if $key eq 'ip.src';
		next if defined $rec{$what};
		next if ($of{inner} || $of{hidden}) && $key !~ /^(?:cflow|sflow)/;
		$rec{$what} = $value;
	}
}
sub number { # of a protocol's name
	my ($name) = @_;
	return $name if $name =~ /^\d/;
	return { IPIP => 4, ICMPv6 => 58 }->{$name} // getprotobyname($name) // getprotobyname(lc $name) // $name;
}
my ($bad, $compared) = (0, 0);
for my $by (@by) {
	my %got;
	my @command = ($weir, 'top', '--store', $store, '--csv', '-n', '1000000', 'iftraffic', "$by,samplingrate,flows,frames,bytes",
		$by =~ /port/ ? 'protocol=TCP,UDP' : '', '1970-01-01T00:00:00Z,2099-01-01T00:00:00Z');
	open my $w, '-|', @command or die "$weir: $!\n";
	<$w>;
	while (<$w>) {
		chomp;
		my ($key, $rate, $flows, $frames, $bytes) = split /,/;
		$key = number($key) if $by eq 'protocol';
		my $sum = $got{$key} //= [0, 0, 0];
		$rate ||= 1;
		$sum->[0] += $flows; $sum->[1] += $frames / $rate; $sum->[2] += $bytes / $rate;
	}
	close $w or die "weir top: status $?\n";
	my %all = (%got, %{ $want{$by} || {} });
	for my $key (sort keys %all) {
		my ($g, $t) = map { $_ ? "@$_" : 'nothing' } $got{$key}, $want{$by}{$key};
		$compared++;
		next if $g eq $t;
		print "$by $key: weir has $g (flows, frames, bytes), tshark $t\n" if $bad++ < 8;
	}
}
print "no records\n" if !$records;
print $records // 0, " records, $compared sums\n";
exit($bad || !$records ? 1 : 0);
