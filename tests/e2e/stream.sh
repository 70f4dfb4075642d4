# IPFIX over TCP and TLS, as people use it: what weir generate makes, cut at odd places, over each; an
# exporter nobody here wrote; certificates of both sides; a session that goes wrong beside one that does not.
. tests/lib.sh
case $BUILD in /*) WEIR=$BUILD/weir ;; esac
. tests/e2e/collect.inc
export WEIR_CONFIG=$SCRATCH/weir.yaml
cd "$SCRATCH"
RECORDS=3000

# -- a certificate authority, and certificates of it and of nobody ----------------------------------------
certificate() { # NAME [CA]
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1" 2>/dev/null &&
		openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 2 -out "$1.pem" 2>/dev/null
}
authority() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" -days 2 -subj "/CN=$1" 2>/dev/null; }
command -v openssl >/dev/null || { skip 'IPFIX over TLS' 'openssl is not installed'; done_testing; }
authority ca; authority stranger; certificate server ca; certificate exporter ca; certificate mallory stranger
cat >weir.yaml <<EOF
time_zone: UTC
collect:
  tls_certificate: $SCRATCH/server.pem
  tls_key: $SCRATCH/server.key
EOF
cp weir.yaml clients.yaml
echo "  tls_clients: $SCRATCH/ca.pem" >>clients.yaml

# -- senders -----------------------------------------------------------------------------------------------
# The messages of a capture, one behind the other, as a stream has them.
messages() { perl -e '
	open my $f, "<:raw", shift or die; local $/; my $d = <$f>; binmode STDOUT;
	for (my $o = 24; $o < length $d;) { my $n = (unpack "VVVV", substr $d, $o, 16)[2]; print substr $d, $o + 16 + 42, $n - 42; $o += 16 + $n }' "$1"; }
# To a TCP port, in pieces of 1 to 1733 bytes.
send_tcp() { perl -MIO::Socket::IP -MSocket=IPPROTO_TCP,TCP_NODELAY -e '
	my ($host, $port, $file) = @ARGV; open my $f, "<:raw", $file or die; local $/; my $d = <$f>;
	my $s = IO::Socket::IP->new(PeerHost => $host, PeerPort => $port) or die "$@"; $s->setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
	for (my ($at, $n) = (0, 1); $at < length $d; $n++) { my $len = 1 + $n * 7919 % 1733; syswrite $s, substr $d, $at, $len; $at += $len }' "$@"; }
# To a TLS port: PORT FILE OPTION...
send_tls() { local port=$1 file=$2; shift 2; timeout 20 openssl s_client -quiet -nocommands -no_ign_eof -connect "127.0.0.1:$port" "$@" <"$file" >tls.out 2>&1; }
# The place's number: port TCP, port TLS, of what the collector said.
port() { sed -n "s/.*$1 \([0-9]*\).*/\1/p" collect.err; }
counts() { pick "$1" flow_records option_records templates bytes frames estimated_bytes estimated_frames; }

"$WEIR" generate --pcap x.pcap --protocol ipfix --records $RECORDS --agents 1 --json >sent
messages x.pcap >x.ipfix
expected=$(counts sent)

# -- TCP and TLS, exactly ------------------------------------------------------------------------------------
one_way() { # NAME STORE COMMAND...: one connection
	local name=$1 store=$2
	shift 2
	ok "$name: sent" "$@"
	stop_collector
	is "$name: status 0" "$STATUS" 0
	is "$name: decoded is what was sent" "$(counts totals)" "$expected"
	is "$name: stored" "$(rows "$store")" $RECORDS
	is "$name: nothing dropped" "$(sum totals drops)" 0
	is "$name: nothing refused" "$(sum totals rejects)" 0
	is "$name: no gap" "$(lost totals)" 0
	is "$name: its numbers stay when it is over" "$(pick totals exporters.0.protocol exporters.0.records | paste -sd ' ')" \
		"ipfix $(pick sent flow_records option_records | awk '{ n += $1 } END { print n }')"
}
start_collector s-tcp --listen tcp:127.0.0.1:0
one_way TCP s-tcp send_tcp 127.0.0.1 "$(port TCP)" x.ipfix
start_collector s-tls --listen tls:127.0.0.1:0
one_way TLS s-tls send_tls "$(port TLS)" x.ipfix -CAfile ca.pem -verify_return_error
start_collector s-12 --listen tls:127.0.0.1:0
one_way 'TLS 1.2' s-12 send_tls "$(port TLS)" x.ipfix -tls1_2
if grep -q . /proc/net/if_inet6 2>/dev/null; then
	start_collector s-v6 --listen 'tcp:[::1]:0'
	one_way 'TCP over IPv6' s-v6 send_tcp ::1 "$(port TCP)" x.ipfix
else
	skip 'TCP over IPv6' 'this host has none'
fi
start_collector s-clients -c clients.yaml --listen tls:127.0.0.1:0
one_way 'a known exporter' s-clients send_tls "$(port TLS)" x.ipfix -cert exporter.pem -key exporter.key

# -- who may not -----------------------------------------------------------------------------------------------
start_collector s-not -c clients.yaml --listen tls:127.0.0.1:0 --listen tcp:127.0.0.1:0
tls=$(port TLS)
send_tls "$tls" x.ipfix
send_tls "$tls" x.ipfix -cert mallory.pem -key mallory.key
send_tls "$tls" x.ipfix -cert exporter.pem -key exporter.key -tls1_1 -cipher DEFAULT@SECLEVEL=0
send_tcp 127.0.0.1 "$tls" x.ipfix 2>/dev/null # without TLS
stop_collector
is 'no certificate, a stranger'"'"'s, TLS 1.1, no TLS: nothing of it is taken' "$(pick totals received)" 0
is 'each is counted' "$(pick totals drops.stream.tls)" 4

# -- side by side: UDP, TCP and one that goes wrong ----------------------------------------------------------
start_collector s-side --listen 127.0.0.1:0 --listen tcp:127.0.0.1:0
tcp=$(port TCP)
{ head -c 100000 x.ipfix; printf 'no message'; cat x.ipfix; } >wrong.ipfix
head -c 100001 x.ipfix >cut.ipfix
send_tcp 127.0.0.1 "$tcp" wrong.ipfix 2>/dev/null & wrong=$!
send_tcp 127.0.0.1 "$tcp" cut.ipfix & cut=$!
send_tcp 127.0.0.1 "$tcp" x.ipfix & good=$!
"$WEIR" generate --send "127.0.0.1:$PORT" --protocol sflow --records 5000 --per-second 20000 --json >sent-udp
wait $wrong $cut $good
stop_collector
is 'status 0' "$STATUS" 0
is 'UDP beside it is whole' "$(pick totals flow_samples)" 5000
ok 'the good stream is whole' test "$(pick totals flow_records)" -ge $RECORDS
is 'the wrong one was ended' "$(pick totals drops.stream.malformed)" 1
is 'the cut one is counted' "$(pick totals drops.stream.cut)" 1

# -- an exporter nobody here wrote -----------------------------------------------------------------------------
if command -v softflowd >/dev/null || [ -x /usr/sbin/softflowd ]; then
	"$WEIR" generate --pcap udp.pcap --protocol sflow --records 500 --agents 1 >/dev/null # any packets do
	start_collector s-udp --listen 127.0.0.1:0
	softflow() { env PATH="$PATH:/usr/sbin" timeout 20 softflowd -d -r udp.pcap -n "127.0.0.1:$1" -v 10 -A milli -p "$SCRATCH/pid" -c none -P "$2"; }
	ok 'softflowd exports by UDP' softflow "$PORT" udp
	sleep 0.3
	stop_collector
	is 'softflowd: its flows' "$(pick totals flow_records | awk '{ print ($1 > 0) }')" 1
	byudp=$(counts totals)
	start_collector s-softflowd --listen tcp:127.0.0.1:0
	ok 'softflowd exports by TCP' softflow "$(port TCP)" tcp
	stop_collector
	is 'softflowd: the same by TCP' "$(counts totals)" "$byudp"
	is 'softflowd: nothing dropped' "$(sum totals drops)" 0
	is 'softflowd: nothing refused' "$(sum totals rejects)" 0
else
	skip softflowd 'softflowd is not installed'
fi

# -- usage ------------------------------------------------------------------------------------------------------
echo 'time_zone: UTC' >plain.yaml
status 'TLS without a certificate: 1' 1 "$WEIR" collect -c plain.yaml --store s9 --listen tls:127.0.0.1:0
has 'says what is missing' "$(cat .out)" 'collect.tls_certificate'
printf 'collect:\n  tls_certificate: %s\n  tls_key: %s\n' "$SCRATCH/server.pem" "$SCRATCH/ca.key" >other.yaml
status 'a key of another certificate: 1' 1 "$WEIR" collect -c other.yaml --store s9 --listen tls:127.0.0.1:0
has 'says so' "$(cat .out)" 'is no key of that certificate'
status 'an unknown transport: 1' 1 "$WEIR" collect --store s9 --listen sctp:4739
has 'says so too' "$(cat .out)" '"sctp" is not an address'
done_testing
