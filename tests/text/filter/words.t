# and, or, not, in: any case, as whole words; field names are lower case.
ipsource=192.0.2.1 and protocol=TCP or protocol=UDP
protocol=UDP
match
prints ipsource=192.0.2.1 & protocol=TCP | protocol=UDP

ipsource=192.0.2.1 AND (protocol=TCP OR protocol=UDP)
protocol=UDP
no match
prints ipsource=192.0.2.1 & (protocol=TCP | protocol=UDP)

NOT protocol=TCP
protocol=UDP
match
prints !protocol=TCP

not(protocol=TCP)And(vlansource In 5)
protocol=UDP vlansource=5
match
prints !protocol=TCP & vlansource=5

vlansource NOT IN 5,6
vlansource=7
match

# a value that is one of these words is quoted
ifalias="and"
ifcounters: ifalias=and
match
prints ifalias="and"

ifalias=\or
ifcounters: ifalias=or
match
prints ifalias="or"

ifalias='NOT','In'
ifcounters: ifalias=In
match
prints ifalias="NOT","In"

# longer words that begin with one are plain
ifalias=android,norway,into
ifcounters: ifalias=into
match

ifalias=and
ifcounters: -
error at 9: a value is missing before "and" (quote it if it is one)

interface= and bytes>0
-
error at 12: a value is missing before "and" (quote it if it is one)

ifalias=a,not
ifcounters: -
error at 11: a value is missing before "not" (quote it if it is one)

and protocol=TCP
-
error at 1: a test is missing before "and"

protocol=TCP and or protocol=UDP
-
error at 18: a test is missing before "or"

protocol=TCP and
-
error at 17: a test is missing at the end

protocol=TCP andprotocol=UDP
-
error at 14: expected "&" or "|"

Protocol=TCP
-
error at 1: unknown field "Protocol", did you mean "protocol"?

IPSOURCE=192.0.2.1
-
error at 1: unknown field "IPSOURCE", did you mean "ipsource"?
