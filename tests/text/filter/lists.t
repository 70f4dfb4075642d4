# Lists: any of for "=", none of for "!=", and what is wrong with them.
ipsource=192.0.2.1,192.0.2.2,198.51.100.0/24
ipsource=192.0.2.2
match

ipsource=192.0.2.1 , 192.0.2.2 ,198.51.100.0/24
ipsource=198.51.100.9
match
prints ipsource=192.0.2.1,192.0.2.2,198.51.100.0/24

ipsource=192.0.2.1,192.0.2.2
ipsource=192.0.2.3
no match

ipsource!=192.0.2.1,192.0.2.2
ipsource=192.0.2.3
match
prints ipsource!=192.0.2.1,192.0.2.2

ipsource!=192.0.2.1,192.0.2.2
ipsource=192.0.2.2
no match

ipsource in 192.0.2.1,192.0.2.2
ipsource=192.0.2.2
match
prints ipsource=192.0.2.1,192.0.2.2

ipsource not in 192.0.2.1,192.0.2.2
ipsource=192.0.2.2
no match
prints ipsource!=192.0.2.1,192.0.2.2

ifname ~ ^Gi,^Te
ifcounters: ifname=Te1/0/1
match
prints ifname~"^Gi","^Te"

ifname !~ ^Gi,^Te
ifcounters: ifname=Te1/0/1
no match

# a script that found no interface says "interface=" + []
interface=
-
error at 11: a list of values is empty

(interface=)
-
error at 12: a list of values is empty

interface= & bytes>0
-
error at 12: a list of values is empty

interface=|bytes>0
-
error at 11: a list of values is empty

interface=,10.0.0.1>5
-
error at 11: a list of values is empty

interface=10.0.0.1>5,
-
error at 22: a value is missing after ","

interface=10.0.0.1>5,,10.0.0.1>6
-
error at 22: a value is missing after ","

interface = 10.0.0.1>5, & bytes>0
-
error at 25: a value is missing after ","

bytes>1M,2M
-
error at 10: ">" takes one value
