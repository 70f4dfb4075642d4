# Interfaces: agent>ifIndex, agent>ifName; either-keys have two values.
@iface 10.0.0.1>Gi0/1=5
@iface 10.0.0.1>ethernet 5=6
@iface 2001:db8::1>ge-0/0/0=7

interface=10.0.0.1>5,10.0.0.1>6
interface=10.0.0.1>6
match
prints interface=10.0.0.1>5,10.0.0.1>6

interface=10.0.0.1>5
interface=10.0.0.2>5
no match

interface=10.0.0.1>5|interface=10.0.0.1>7
interface=10.0.0.1>7
match

# sFlow's data source notation
interface=10.0.0.1>0:17
interface=10.0.0.1>17
match
prints interface=10.0.0.1>17

inputinterface=2001:db8::1>5
inputinterface=2001:db8::1>5
match
prints inputinterface=2001:db8::1>5

# "interface" is either side: one is enough for "=", none may be for "!="
interface=10.0.0.1>6
interface=10.0.0.1>5 interface=10.0.0.1>6
match

interface!=10.0.0.1>6
interface=10.0.0.1>5 interface=10.0.0.1>6
no match

interface!=10.0.0.1>7
interface=10.0.0.1>5 interface=10.0.0.1>6
match

!interface=10.0.0.1>6
interface=10.0.0.1>5 interface=10.0.0.1>6
no match

# names are resolved when the filter is read
interface=10.0.0.1>Gi0/1
interface=10.0.0.1>5
match
prints interface=10.0.0.1>5

interface="10.0.0.1>ethernet 5"
interface=10.0.0.1>6
match
prints interface=10.0.0.1>6

interface=2001:db8::1>ge-0/0/0
interface=2001:db8::1>7
match

interface~^10\.0\.0\.1>
interface=10.0.0.1>5
match

interface=10.0.0.1>Gi0/2
-
error at 11: no interface "10.0.0.1>Gi0/2" is known

interface=10.9.9.9>Gi0/1
-
error at 11: no interface "10.9.9.9>Gi0/1" is known

interface=5
-
error at 11: "5" does not fit interface, which takes an interface, agent>ifIndex or agent>ifName

interface=router1>5
-
error at 11: "router1>5" does not fit interface, which takes an interface, agent>ifIndex or agent>ifName

interface=10.0.0.1>
-
error at 11: "10.0.0.1>" does not fit interface, which takes an interface, agent>ifIndex or agent>ifName

interface>10.0.0.1>5
-
error at 10: ">" is not possible for interface (interface); possible: =, !=, ~, !~

ifname=Gi0/1 & ifindex=5
ifcounters: ifname=Gi0/1 ifindex=5
match
