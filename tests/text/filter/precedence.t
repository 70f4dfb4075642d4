# "&" binds tighter than "|"; brackets; nested lists of one kind are flat.
protocol=TCP | protocol=UDP & destinationport=53
protocol=TCP
match
prints protocol=TCP | protocol=UDP & destinationport=53

(protocol=TCP | protocol=UDP) & destinationport=53
protocol=TCP
no match
prints (protocol=TCP | protocol=UDP) & destinationport=53

protocol=UDP & destinationport=53 | protocol=TCP
protocol=TCP
match

protocol=UDP&destinationport=53|protocol=TCP&destinationport=80
protocol=TCP destinationport=TCP:53
no match

((protocol=TCP))
protocol=TCP
match
prints protocol=TCP

(protocol=TCP | (protocol=UDP | protocol=GRE)) | protocol=ESP
protocol=GRE
match
prints protocol=TCP | protocol=UDP | protocol=GRE | protocol=ESP

(protocol=TCP & (tos=0 & ttl=1)) & bytes=5
protocol=TCP ttl=1 bytes=5
match
prints protocol=TCP & tos=0 & ttl=1 & bytes=5

# nothing is everything
-
ipsource=192.0.2.1
match
