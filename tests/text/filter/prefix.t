# Addresses, CIDR blocks and ranges of them.
ipsource=192.0.2.0/24 & destinationport=TCP:443
ipsource=192.0.2.7 destinationport=TCP:443 bytes=1500
match

ipsource=192.0.2.0/33
-
error at 20: prefix length must be 0..32

# the tutorial's connections script, with its two blocks and one target
(ipsource=192.0.2.0/24,198.51.100.0/24|ipdestination=192.0.2.0/24,198.51.100.0/24)&(ipsource=1.2.3.4|ipdestination=1.2.3.4)
ipsource=198.51.100.20 ipdestination=1.2.3.4
match
prints (ipsource=192.0.2.0/24,198.51.100.0/24 | ipdestination=192.0.2.0/24,198.51.100.0/24) & (ipsource=1.2.3.4 | ipdestination=1.2.3.4)

(ipsource=192.0.2.0/24,198.51.100.0/24|ipdestination=192.0.2.0/24,198.51.100.0/24)&(ipsource=1.2.3.4|ipdestination=1.2.3.4)
ipsource=203.0.113.1 ipdestination=1.2.3.4
no match

ipsource=192.0.2.0/24
ipsource=192.0.2.255
match

ipsource=192.0.2.0/24
ipsource=192.0.3.0
no match

ipsource=192.0.2.0/24
ipsource=2001:db8::1
no match

ipsource=192.0.2.7
ipsource=192.0.2.7
match
prints ipsource=192.0.2.7

ipsource=192.0.2.7/32
ipsource=192.0.2.7
match
prints ipsource=192.0.2.7

ipsource=10.0.0.0/8
ipsource=10.255.255.255
match

# host bits mean the network, as people paste them from a router
ipsource=10.1.2.3/24
ipsource=10.1.2.200
match
prints ipsource=10.1.2.0/24

ipsource=10.1.2.3/24
ipsource=10.1.3.3
no match

ipsource=2001:db8::1:1/64
ipsource=2001:db8::ffff
match
prints ipsource=2001:db8::/64

ipsource=2001:db8::/32
ipsource=2001:db8:ffff::1
match

ipsource=2001:DB8::1
ipsource=2001:db8::1
match
prints ipsource=2001:db8::1

ip6source=2001:db8::/32
ipsource=2001:db8::1
match
prints ipsource=2001:db8::/32

# all of IPv4, all of IPv6: each leaves the other out, and rows without an address
ipsource=0.0.0.0/0
ipsource=203.0.113.9
match
prints ipsource=0.0.0.0/0

ipsource=0.0.0.0/0
ipsource=2001:db8::1
no match

ipsource=0.0.0.0/0
bytes=1
no match

ipsource=::/0
ipsource=2001:db8::1
match

ipsource=::/0
ipsource=203.0.113.9
no match

ipsource=::/0
bytes=1
no match

ipsource=::1
ipsource=::1
match

# "::" means: no address
ipsource=::
bytes=1
match
prints ipsource=::

ipsource=::
ipsource=192.0.2.1
no match

# ranges
ipsource=192.0.2.10-192.0.2.19
ipsource=192.0.2.19
match
prints ipsource=192.0.2.10-192.0.2.19

ipsource=192.0.2.10-192.0.2.19
ipsource=192.0.2.20
no match

ipsource=192.0.2.0-192.0.2.255
ipsource=192.0.2.1
match
prints ipsource=192.0.2.0/24

ipsource=2001:db8::1-2001:db8::f
ipsource=2001:db8::a
match

ipsource=192.0.2.19-192.0.2.10
-
error at 10: the range ends before it begins

ipsource=192.0.2.1-2001:db8::1
-
error at 10: a range goes from IPv4 to IPv4 or from IPv6 to IPv6

ipsource=192.0.2.1-9
-
error at 10: "192.0.2.1-9" does not fit ipsource, which takes an address, a CIDR block 192.0.2.0/24 or a range 192.0.2.1-192.0.2.9

ipsource=300.0.0.1
-
error at 10: "300.0.0.1" does not fit ipsource, which takes an address, a CIDR block 192.0.2.0/24 or a range 192.0.2.1-192.0.2.9

ipsource=10.0.0.0/
-
error at 19: prefix length must be 0..32

ipsource=10.0.0.0/8x
-
error at 19: prefix length must be 0..32

ipsource=2001:db8::/129
-
error at 21: prefix length must be 0..128

ipsource="192.0.2.0/33"
-
error at 21: prefix length must be 0..32

ipsource=300.0.0.1/24
-
error at 10: "300.0.0.1/24" does not fit ipsource, which takes an address, a CIDR block 192.0.2.0/24 or a range 192.0.2.1-192.0.2.9

ipsource=www.example.com
-
error at 10: "www.example.com" does not fit ipsource, which takes an address, a CIDR block 192.0.2.0/24 or a range 192.0.2.1-192.0.2.9

ipsource<10.0.0.0/8
-
error at 9: "<" is not possible for ipsource (address); possible: =, !=, ~, !~
