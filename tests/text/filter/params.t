# $name: the caller's text as one value, whatever stands in it.
@param target=192.0.2.7
@param evil=1.1.1.1)|(ipsource=0.0.0.0/0
@param list=192.0.2.1,192.0.2.2
@param who=Newco "Inc." & Sons
@param word=and
@param empty=
@param pattern=^Gi(0|1)/
@param block=192.0.2.0/33
@param _x9=5

ipsource=$target
ipsource=192.0.2.7
match
prints ipsource=192.0.2.7

ipsource=$target|ipdestination=$target
ipdestination=192.0.2.7
match

ipsource=$target,198.51.100.1
ipsource=198.51.100.1
match

ifalias=$who
ifcounters: ifalias=x
no match
prints ifalias="Newco \"Inc.\" & Sons"

ifalias=$word
ifcounters: ifalias=and
match
prints ifalias="and"

ifalias=$empty
ifcounters: ifindex=1
match
prints ifalias=""

ifname~$pattern
ifcounters: ifname=Gi1/3
match
prints ifname~"^Gi(0|1)/"

vlansource=$_x9
vlansource=5
match

# text that begins with a dollar
ifalias="$target"
ifcounters: ifalias=$target
match
prints ifalias="$target"

ifalias=\$target
ifcounters: ifalias=$target
match

ipsource=$evil
-
error at 10: "1.1.1.1)|(ipsource=0.0.0.0/0" does not fit ipsource, which takes an address, a CIDR block 192.0.2.0/24 or a range 192.0.2.1-192.0.2.9

ipsource=$list
-
error at 10: "192.0.2.1,192.0.2.2" does not fit ipsource, which takes an address, a CIDR block 192.0.2.0/24 or a range 192.0.2.1-192.0.2.9

ipsource=$block
-
error at 10: prefix length must be 0..32

ipsource=$nothing
-
error at 10: no parameter "$nothing" was given

ipsource=$
-
error at 10: a parameter is $name; text that begins with "$" is quoted

ipsource=$a-b
-
error at 10: a parameter is $name; text that begins with "$" is quoted

ipsource=$empty
-
error at 10: "" does not fit ipsource, which takes an address, a CIDR block 192.0.2.0/24 or a range 192.0.2.1-192.0.2.9
