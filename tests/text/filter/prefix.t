# Addresses, CIDR blocks, ranges: ipsource, ipdestination, agent.
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

