# Captures of real exporters, decoded by tshark and by weir: sums by host, port and protocol are the same.
. tests/lib.sh
export WEIR_CONFIG=/dev/null TZ=UTC
PL=$PWD/tests/pcap/tshark.pl
captures=$SHARED/captures
[ -r "$captures/index.json" ] || { skip 'tshark' "there is no $captures"; done_testing; }
command -v tshark >/dev/null || { skip 'tshark' 'tshark is not installed'; done_testing; }

while read -r as port file; do
	rm -rf "$SCRATCH/store"
	"$WEIR" import --store "$SCRATCH/store" "$captures/$file" >"$SCRATCH/import" 2>&1 || { fail "$file is loaded" "$(cat "$SCRATCH/import")"; continue; }
	if out=$(tshark -n -r "$captures/$file" -d "udp.port==$port,$as" -T pdml 2>/dev/null | perl "$PL" "$WEIR" "$SCRATCH/store" 2>&1); then
		pass "$file: $out"
	else
		fail "$file" "$out"
	fi
done <<'END'
cflow 2055 netflow-v5/freebsd-ng-netflow.pcap
cflow 2055 netflow-v5/mikrotik.pcap
cflow 2055 load/softflowd-v9.pcap
cflow 2055 netflow-v9/nprobe-72-datagrams.pcap
cflow 2055 netflow-v9/cisco-1941.pcap
cflow 4739 ipfix/softflowd-ipfix.pcap
cflow 4739 ipfix/openbsd-pflow.pcap
sflow 6343 load/pmacctd-sflow.pcap
sflow 6343 sflow/akvorado-1140.pcap
sflow 6343 sflow/goflow2-expanded.pcap
sflow 6343 sflow/tcpdump-v6-agents.pcap
sflow 6343 sflow/ndpi-sflow.pcap
END
done_testing
