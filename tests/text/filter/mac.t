# MAC addresses in all three notations; addresses of the highest layer known.
macsource=02:00:5e:10:00:01
macsource=02:00:5e:10:00:01
match
prints macsource=02:00:5e:10:00:01

macsource=02-00-5E-10-00-01,0200.5e10.0002
macsource=02:00:5e:10:00:02
match
prints macsource=02:00:5e:10:00:01,02:00:5e:10:00:02

macsource!=02005e100001
macsource=02:00:5e:10:00:01
no match

macdestination~^02:00:5e:
macdestination=02:00:5e:ff:ff:ff
match

macsource=02:00:5e:10:00
-
error at 11: "02:00:5e:10:00" does not fit macsource, which takes a MAC address, 02:00:5e:10:00:01

macsource=192.0.2.1
-
error at 11: "192.0.2.1" does not fit macsource, which takes a MAC address, 02:00:5e:10:00:01

macsource<02:00:5e:10:00:01
-
error at 10: "<" is not possible for macsource (MAC); possible: =, !=, ~, !~

# sourceaddress is text in a row, yet blocks and MACs mean in it what they mean elsewhere
sourceaddress=192.0.2.0/24
sourceaddress=192.0.2.9
match
prints sourceaddress=192.0.2.0/24

sourceaddress=192.0.2.0/24
sourceaddress=02:00:5e:10:00:01
no match

sourceaddress=0200.5E10.0001
sourceaddress=02:00:5e:10:00:01
match
prints sourceaddress=02:00:5e:10:00:01

sourceaddress!=2001:db8::/32
sourceaddress=2001:db8::1
no match

sourceaddress=2001:DB8:0::1
sourceaddress=2001:db8::1
match

destinationaddress~^192\.0\.2\.
destinationaddress=192.0.2.9
match

sourceaddress=gateway
-
error at 15: "gateway" does not fit sourceaddress, which takes an address, a CIDR block, a range of addresses or a MAC

sourceaddress=192.0.2.0/99
-
error at 25: prefix length must be 0..32
