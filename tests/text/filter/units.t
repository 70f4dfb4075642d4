# Numbers: units, ranges, order; reals; what does not fit.
bytes>1M
bytes=1000001
match
prints bytes>1000000

bytes>1M
bytes=1000000
no match

bytes>=1.5G
bytes=1500000000
match

bytes<1Ki
bytes=1023
match
prints bytes<1024

bytes<=64k
bytes=64000
match

bytes=0
ipsource=192.0.2.1
match

vlansource=10-20
vlansource=20
match
prints vlansource=10-20

vlansource!=10-20,30
vlansource=30
no match

vlansource=0x0a
vlansource=10
match
prints vlansource=10

dscp=46 & tos>=184
dscp=46 tos=184
match

sourceas=64512-65534
sourceas=65000
match

bytes = 1 000
-
error at 11: expected "&" or "|"

bytes>-5
-
error at 7: "-5" does not fit bytes, which takes a number, such as 1500, 10M, 0x0800, or a range 10-20

bytes>1Q
-
error at 7: "1Q" does not fit bytes, which takes a number, such as 1500, 10M, 0x0800, or a range 10-20

bytes>1.5
bytes=2
no match
prints bytes>2

bytes>99999999999999999999
-
error at 7: "99999999999999999999" does not fit bytes, which takes a number, such as 1500, 10M, 0x0800, or a range 10-20

bytes>1k-2k
-
error at 7: ">" takes one value, not a range

vlansource=20-10
-
error at 12: the range ends before it begins

vlansource=70000
-
error at 12: vlansource is at most 65535

priority=8-300
-
error at 10: priority is at most 255

# a bound may lie beyond it
tos<256
tos=255
match

bytes ~ 5
-
error at 7: "~" is not possible for bytes (number); possible: =, !=, <, <=, >, >=

# shares of the speed
ifinutilization>80
ifcounters: ifinutilization=80.5
match
prints ifinutilization>80

ifinutilization>80%
ifcounters: ifinutilization=79.9
no match

ifinutilization<=0.25
ifcounters: ifinutilization=0.25
match
prints ifinutilization<=0.25

ifinutilization>1e1
ifcounters: ifinutilization=10.01
match

ifinutilization>high
ifcounters: -
error at 17: "high" does not fit ifinutilization, which takes a number, such as 12.5

ifinutilization>inf
ifcounters: -
error at 17: "inf" does not fit ifinutilization, which takes a number, such as 12.5

ifinutilization>0x10
ifcounters: -
error at 17: "0x10" does not fit ifinutilization, which takes a number, such as 12.5

ifspeed>=10G
ifcounters: ifspeed=10000000000
match
