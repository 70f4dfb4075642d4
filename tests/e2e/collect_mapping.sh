# A mapping that is a URL: the collector, which may open no connections, keeps the copy itself, so that segments are
# attributed and rolled up though no other command ever read the mapping; `switches:` count there, too.
. tests/lib.sh
case $BUILD in /*) WEIR=$BUILD/weir ;; esac
. tests/e2e/collect.inc
export WEIR_CONFIG=$SCRATCH/weir.yaml TZ=UTC
cd "$SCRATCH"
echo 'time_zone: UTC' >weir.yaml
hour() { date -u -d "@$(($(date +%s) - $1 * 3600))" +%Y-%m-%dT%H:00:00Z; }
cleanup() { [ -z "${server:-}" ] || kill "$server" 2>/dev/null; [ -z "$PID" ] || kill -9 "$PID" 2>/dev/null; }

"$WEIR" generate --protocol sflow --records 20000 --from "$(hour 4)" --to "$(hour 3)" --pcap g.pcap --names-file names >/dev/null
ok 'an hour of old' "$WEIR" import --store store --names names g.pcap
agent=$(sed -n 's/^\([0-9.]*\),\([0-9]*\),\([^,]*\).*/\1/p' names | head -1)
port=$(sed -n "s/^$agent,[0-9]*,\([^,]*\).*/\1/p" names | head -1)

# Serves ./document, until ./gone is there; counts what is asked for in ./asked.
cat >serve.pl <<'PERL'
use strict; use warnings; use IO::Socket::INET;
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5, ReuseAddr => 1) or die;
open my $o, '>', 'port'; print $o $s->sockport; close $o; rename 'port', 'port.ready';
while (my $c = $s->accept) {
	my $known = '';
	while (my $l = <$c>) { last if $l =~ /^\r?\n$/; $known = $1 if $l =~ /^If-None-Match: (\S+)/i }
	open my $f, '<', 'document'; local $/; my $d = <$f>;
	my $tag = '"' . length($d) . '"';
	my $same = $known eq $tag;
	open my $a, '>>', 'asked'; print $a $same ? "same\n" : "whole\n"; close $a;
	print $c -e 'gone' ? "HTTP/1.1 503 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
		: $same ? "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
		: "HTTP/1.1 200 OK\r\nETag: $tag\r\nContent-Length: " . length($d) . "\r\nConnection: close\r\n\r\n$d";
	close $c;
}
PERL
member() { echo "{\"member_list\": [{\"asnum\": $1, \"name\": \"One\", \"connection_list\": [{\"if_list\": [{\"switch_id\": \"sw1\", \"if\": \"$port\"}]}]}]}"; }
member 64500 >document
perl serve.pl & server=$!
for _ in $(seq 50); do [ -f port.ready ] && break; sleep 0.1; done
cat >weir.yaml <<EOF
time_zone: UTC
store: $SCRATCH/store
customers: http://127.0.0.1:$(cat port.ready)/members.json
switches: [ { name: sw1, agent: $agent } ]
EOF
copies() { find store/model -name 'mapping-*.copy' | wc -l; }
owned() { find store -name '*.own' | wc -l; }
until_true() { local i; for i in $(seq 100); do "$@" && return 0; sleep 0.1; done; return 1; }
has_copy() { [ "$(copies)" = 1 ]; }
is_owned() { [ "$(owned)" -gt 0 ]; }
is 'nobody has read the mapping yet' "$(copies)" 0
start_collector '' --listen 127.0.0.1:0
ok 'the collector keeps a copy of what the URL says' until_true has_copy
kill -HUP "$PID"
ok 'and attributes what is in the store' until_true is_owned
before=$(find store -name '*.own')
is 'a customer of it is answered' "$("$WEIR" top --csv --customer 64500 iftraffic flows "" "$(hour 5),$(hour 2)" 2>&1 | tail -1 | grep -c '^[0-9]')" 1

member 645001 >document
kill -HUP "$PID"
has_new() { grep -q 645001 store/model/mapping-*.copy; }
ok 'another document becomes the copy' until_true has_new
kill -HUP "$PID"
is_other() { [ "$(owned)" -gt 0 ] && [ "$(find store -name '*.own')" != "$before" ]; }
ok 'under which everything is attributed anew' until_true is_other
kill -HUP "$PID"
asked_same() { grep -q same asked; }
ok 'what has not changed is not fetched again' until_true asked_same
echo '{ "member_list": [ { "asnum": "' >document
kill -HUP "$PID"
ok 'what has an error is told' wait_for 'asked again each minute' collect.err
ok 'and the last good copy stays' has_new
touch gone; kill -HUP "$PID"
ok 'a server that is away is told' wait_for '503' collect.err
ok 'and the last good copy stays' has_new
fetcher=$(pgrep -P "$PID" -x weir-fetch)
ok 'the fetcher is a process of its own' test -n "$fetcher"
stop_collector
is 'stopped with status 0' "$STATUS" 0
over() { ! kill -0 "$fetcher" 2>/dev/null; }
ok 'and the fetcher with it' until_true over
done_testing
