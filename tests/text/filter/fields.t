# Which fields there are: of the view, and for whom.
ipsorce=192.0.2.1
-
error at 1: unknown field "ipsorce", did you mean "ipsource"?

bytes>5 & ipsorce=192.0.2.1
-
error at 11: unknown field "ipsorce", did you mean "ipsource"?

somethingelse=5
-
error at 1: unknown field "somethingelse"

# a field of another view
ifinoctets>5
-
error at 1: unknown field "ifinoctets"

ipsource=192.0.2.1
ifcounters: -
error at 1: unknown field "ipsource"

# kept for the program's own use
duration>5
-
error at 1: unknown field "duration", did you mean "direction"?

uptime>5
ifcounters: -
error at 1: unknown field "uptime", did you mean "time"?

# staff see the inside of the network
agent=10.0.0.1 & samplingrate>=512
agent=10.0.0.1 samplingrate=512
match

agnt=10.0.0.1
-
error at 1: unknown field "agnt", did you mean "agent"?

# to a customer these do not exist, and are not suggested
@customer
agent=10.0.0.1
-
error at 1: unknown field "agent"

agnt=10.0.0.1
-
error at 1: unknown field "agnt"

samplingrate=512
-
error at 1: unknown field "samplingrate"

samplingrat=512
-
error at 1: unknown field "samplingrat"

ipsource=192.0.2.1 & nexthop=10.0.0.1
-
error at 22: unknown field "nexthop"

ipsource=192.0.2.1
ipsource=192.0.2.1
match
