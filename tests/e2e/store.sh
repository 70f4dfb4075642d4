# weir store, by hand: what its commands say of folders that they cannot use, for machines too; and killed at any
# moment they leave a store that is clean and answers as before.
. tests/lib.sh
cd "$SCRATCH" || exit 1
all='2026-01-10T10:00:00Z,2026-01-10T12:00:00Z'
writers="attribute rollup compact prune"
store() { # VERB FOLDER ...
	local verb=$1 at=$2 more=
	shift 2
	[ "$verb" = prune ] && more="--keep 90d --dry-run"
	"$WEIR" store "$verb" --store "$at" -c weir.yaml $more "$@"
}
"$WEIR" generate --records 19999 --agents 2 --ports 4 --customers 3 --seed 1 --from 2026-01-10T10:00:00Z --hours 2 \
	--pcap gen.pcap --customers-file customers.xml >/dev/null
printf 'store: %s\ncustomers: %s\n' "$SCRATCH/store" "$SCRATCH/customers.xml" >weir.yaml
"$WEIR" import --store store gen.pcap >/dev/null
answer() { "$WEIR" export --store "$1" traffic '' "$all" 2>&1 | sort | md5sum; }
has "there is something to ask for" "$("$WEIR" export --store store traffic '' "$all" | wc -l)" 20000

has "init, for machines" "$(store init new --json)" '"store": "new"'
is "an empty store is well" "$(store check new)" "new: all is well"
has "a store is not made twice" "$(store init new 2>&1)" "is a store already"

# -- folders that cannot be used
cp -r store broken
sed -i '1s/[0-9][0-9]*/99/' broken/STORE
for verb in info check $writers; do
	status "$verb: a damaged STORE" 1 store $verb broken
	has "$verb: says so" "$(cat .out)" "STORE: damaged"
done
mkdir plain && echo text >plain/file
for verb in $writers; do
	status "$verb: a folder that is no store" 1 store $verb plain
	has "$verb: says which" "$(cat .out)" "plain"
done
is "nothing was made there" "$(ls plain)" file

# -- for machines
has "attribute, for machines" "$(store attribute store --json)" '"made": '
store compact store --all --no-grace >/dev/null
has "rollup, for machines" "$(store rollup store --json)" '"rows_in": '

# -- killed
for verb in attribute rollup compact; do
	wrong=
	for n in 1 2 3 5 8 13; do
		rm -rf killed && cp -r fresh killed 2>/dev/null || { "$WEIR" import --store fresh gen.pcap >/dev/null; cp -r fresh killed; }
		[ "$verb" = rollup ] && store compact killed --all --no-grace >/dev/null
		(ulimit -c 0; store $verb killed >/dev/null 2>&1 & pid=$!; sleep "0.0$n"; kill -9 $pid; wait $pid) 2>/dev/null
		store check killed >said 2>&1 || wrong+="$verb after 0.0$n s: $(cat said)
"
		[ "$(answer killed)" = "$(answer store)" ] || wrong+="$verb after 0.0$n s: the answer is another
"
	done
	is "$verb, killed: the store is clean and answers as before" "$wrong" ''
done
done_testing
