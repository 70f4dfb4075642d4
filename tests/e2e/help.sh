# weir help prints the rows of the tables, all of them.
. tests/lib.sh
names() { sed -nE "$1" "$2"; }
is 'views' "$("$WEIR" help views | awk '{ print $1 }')" "$(names 's/^VIEW\([a-z]+, "([a-z]+)".*/\1/p' src/flow/views.def)"
is 'functions' "$("$WEIR" help functions | sed 's/(.*//')" "$(names 's/^FUNCTION\(([a-z]+),.*/\1/p' src/query/functions.def)"
is 'intervals' "$("$WEIR" help intervals | awk '{ print $1 }')" "$(names 's/^(NAMED|ROLLING)\("([a-z]+)".*/\2/p' src/query/intervals.def)"
is 'privacy levels' "$("$WEIR" help privacy | awk '{ print $1 }')" "$(names 's/^PRIVACY\([A-Z]+, "([a-z]+)".*/\1/p' src/model/privacy.def)"
is 'fields of all views' "$("$WEIR" help fields | awk '/^  / { print $1 }' | sort -u)" \
	"$(names '/DETAIL/d; s/^(TRAFFIC|IFCOUNTERS|IFEXTRA|HOST|VM|SERVICES|APPLICATION|DROPS|EVENTS|HOSTS)(_RARE|_DERIVED)?\(([a-z0-9_]+),.*/\3/p' src/flow/fields.def | sort -u)"
is 'each has a role' "$("$WEIR" help fields | awk '/^  / { print $2 }' | sort -u | tr '\n' ' ')" 'key level value '
is 'each filter row has what it takes' "$("$WEIR" help filters | awk 'NF < 4')" ''
has 'of every type' "$("$WEIR" help filters)" 'ICMP type'
status 'no topic: wrong usage' 2 "$WEIR" help nothing
status 'two topics: wrong usage' 2 "$WEIR" help views fields
for command in $("$WEIR" --help | awk '/^  / { print $1 }'); do
	ok "$command: help" "$WEIR" "$command" --help
	case $command in completion | help) continue ;; esac
	status "$command: an option that is none" 2 "$WEIR" "$command" --frob
	is "$command: says so" "$(cat "$SCRATCH/.out")" "weir: $command: unrecognized option '--frob'
Try 'weir $command --help'."
done
for command in user token; do has "$command: no verb" "$("$WEIR" $command 2>&1)" 'a verb is wanted'; done
has 'reconcile: two intervals' "$("$WEIR" reconcile today yesterday 2>&1)" 'it takes one interval'
done_testing
