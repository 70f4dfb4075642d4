#!/usr/bin/perl
# A web server for tests: serve.pl FOLDER [PORT]: files of one folder on 127.0.0.1, until it is killed.
# A file NAME.to holds where NAME sends its readers.
# Prints the port when it listens.
use strict;
use warnings;
use IO::Socket::INET;

my ($folder, $port) = (@ARGV, 0);
my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 20, ReuseAddr => 1)
	or die "127.0.0.1:$port: $@\n";
$| = 1;
print $listen->sockport, "\n";
while (my $client = $listen->accept) {
	my ($name) = (<$client> // '') =~ m{^GET /([\w.-]+) };
	while (defined(my $line = <$client>)) { last if $line =~ /^\r?$/ }
	my $body;
	if (defined $name && open my $file, '<', "$folder/$name.to") {
		chomp(my $to = <$file>);
		print $client "HTTP/1.1 302 Found\r\nLocation: $to\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
		close $client;
		next;
	}
	if (defined $name && open my $file, '<:raw', "$folder/$name") {
		local $/;
		$body = <$file>;
	}
	my $status = defined $body ? '200 OK' : '404 Not Found';
	$body //= '';
	print $client "HTTP/1.1 $status\r\nContent-Type: text/xml\r\nContent-Length: ", length $body, "\r\nConnection: close\r\n\r\n$body";
	close $client;
}
