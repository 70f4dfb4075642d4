# weir hosts, weir reconcile, weir completion, map() and names on the command line.
. tests/lib.sh
PL=$PWD/tests/e2e/dedup.pl
cd "$SCRATCH" || exit 1
export WEIR_CONFIG=$SCRATCH/weir.yaml TZ=UTC
cat >zones.yaml <<'END'
zones:
  - {name: Left, cidrs: [10.7.0.0/16], agents: [10.0.0.1]}
END
printf '10.7.0.0/16,CH\n198.18.0.0/15,ZZ\n' >countries.csv
printf '10.7.0.0/16,64500,"Left, Inc."\n' >asn.csv
printf '# protocol,kind\nTCP,streams\n"UDP","data""grams"\n' >kinds.csv
cat >weir.yaml <<END
time_zone: UTC
zones: $SCRATCH/zones.yaml
countries: $SCRATCH/countries.csv
asnames: $SCRATCH/asn.csv
tables: [kinds=$SCRATCH/kinds.csv]
END
ok 'a network with counters' "$WEIR" generate --pcap net.pcap --records 40000 --hours 1 --to 2026-11-23T13:00:00Z
ok 'is loaded' "$WEIR" import --store net net.pcap
out=$("$WEIR" reconcile --store net --csv 2026-11-23T12:00:00Z,2026-11-23T13:00:00Z)
is 'reconcile: a row for each port and way' "$(sed 1d <<<"$out" | wc -l)" 192
is 'reconcile: flows and counters agree' "$(sed 1d <<<"$out" | cut -d, -f8 | sort -u)" ok
status 'reconcile: a wrong interval is a usage error' 2 "$WEIR" reconcile --store net 'someday'

if command -v perl >/dev/null; then
	perl "$PL" 1795000020 2 7 >row.pcap
	ok 'a row of switches' "$WEIR" import --store row row.pcap
	SPAN=1795000020,1795000140
	has 'zones as keys' "$("$WEIR" top --store row --csv iftraffic sourcezone,frames '' $SPAN)" 'Left,'
	has 'EXTERNAL' "$("$WEIR" top --store row --csv iftraffic sourcezone,frames sourcezone=EXTERNAL $SPAN)" 'EXTERNAL,'
	has 'countries' "$("$WEIR" top --store row --csv iftraffic sourcecountry,frames sourcecountry=CH $SPAN)" 'CH,'
	has 'AS names' "$("$WEIR" top --store row --csv iftraffic 'asn(ipsource),asname(ipsource),frames' sourcezone=Left $SPAN)" '64500,"Left, Inc.",'
	has 'map()' "$("$WEIR" top --store row --csv iftraffic 'map(protocol,kinds),frames' '' $SPAN)" 'streams,'
	has 'map(): no such table' "$("$WEIR" top --store row iftraffic 'map(protocol,colours),frames' '' $SPAN 2>&1)" 'there is no table "colours"'
	has 'hosts: by MAC' "$("$WEIR" hosts --store row --csv)" '02:00:00:00:00:01'
	is 'hosts: asked by MAC' "$("$WEIR" hosts --store row --csv 02:00:00:00:00:01 | grep -vc 02:00:00:00:00:01)" 1
	status 'hosts: what is no port' 2 "$WEIR" hosts --store row '10.0.0.1>x'
	status 'hosts: what is no address' 2 "$WEIR" hosts --store row house
fi
# A host that was seen more than once, behind a port that is handed over: before, after, and in between.
"$WEIR" generate --pcap few.pcap --records 600 --hours 1 --to 2026-06-03T00:00:00Z >/dev/null
ok 'a small network' "$WEIR" import --store few few.pcap
IFS=, read -r host _ port _ _ first last < <("$WEIR" hosts --store few --csv | awk -F, '$3 ~ />/ && $6 != $7' | head -1)
has 'hosts: asked by port' "$("$WEIR" hosts --store few --csv "$port")" "$host,"
hosts_from() { # FROM: what the owner since then is told of that host
	printf '<customers><customer id="new" name="New"><port agent="%s" ifIndex="%s" from="%s"/></customer></customers>' \
		"${port%>*}" "${port#*>}" "$1" >handed.xml
	"$WEIR" hosts --store few --csv --customers handed.xml --customer new "$host" | sed 1d | cut -d, -f1,6,7
}
is 'hosts: who had the port all the time sees it' "$(hosts_from 2000-01-01T00:00:00Z)" "$host,$first,$last"
is 'hosts: who has it since then learns nothing of before' "$(hosts_from 2026-06-04T00:00:00Z)" ''
is 'hosts: nor since when it was there' "$(hosts_from "$(date -u -d "$first + 1 second" +%Y-%m-%dT%H:%M:%SZ)")" "$host,,$last"
ok 'completion is a script' bash -n -c "$("$WEIR" completion bash)"
complete() { bash -c "$("$WEIR" completion bash)"'
	COMP_WORDS=(weir "$@"); COMP_CWORD=$#; _weir; echo ${COMPREPLY[*]}' - "$@"; }
is 'completion: commands' "$(complete rec)" reconcile
is 'completion: views' "$(complete top ift)" iftraffic
is 'completion: fields behind a comma' "$(complete top traffic ipsource,byt)" ipsource,bytes
is 'completion: functions' "$(complete top traffic perc)" 'percentile('
is 'completion: intervals' "$(complete top traffic bytes '' yest)" yesterday
status 'completion: another shell' 2 "$WEIR" completion fish

printf 'zones: %s/none.yaml\n' "$SCRATCH" >wrong.yaml
has 'zones that cannot be read are said' "$("$WEIR" top -c wrong.yaml --store net traffic bytes 2>&1)" 'none.yaml: No such file'
printf 'zones:\n- {name: A, cidrs: [10.0.0.0/99]}\n' >bad.yaml
printf 'zones: %s/bad.yaml\n' "$SCRATCH" >wrong.yaml
has 'zones that are wrong are said with their place' "$("$WEIR" import -c wrong.yaml --store new net.pcap 2>&1)" 'bad.yaml:2:21: block "10.0.0.0/99": prefix length must be 0..32'
printf 'tables: [kinds]\n' >wrong.yaml
has 'a table without a file' "$("$WEIR" top -c wrong.yaml --store net traffic bytes 2>&1)" 'NAME=FILE is wanted'
done_testing
