# Ports, with and without protocol; protocols; ICMP types; TCP flags; Ethernet types.
destinationport=TCP:80
destinationport=TCP:80
match
prints destinationport=TCP:80

destinationport=TCP:80
destinationport=UDP:80
no match

# a bare port is that port of any protocol
destinationport=80
destinationport=UDP:80
match
prints destinationport=80

destinationport=80
destinationport=TCP:8080
no match

destinationport=tcp:8080-8088
destinationport=TCP:8088
match
prints destinationport=TCP:8080-8088

destinationport=TCP:8080-8088
destinationport=TCP:8089
no match

destinationport=TCP:8080-8088
destinationport=UDP:8080
no match

destinationport=1-1023
destinationport=SCTP:1023
match

serverport = TCP:80,TCP:81,TCP:8080-8088
serverport=TCP:8081
match
prints serverport=TCP:80,TCP:81,TCP:8080-8088

serverport=17:53
serverport=UDP:53
match
prints serverport=UDP:53

destinationport<1024
destinationport=TCP:443
match

destinationport<1024
destinationport=TCP:1024
no match

destinationport>=TCP:1024
destinationport=TCP:1024
match
prints destinationport>=TCP:1024

destinationport>=TCP:1024
destinationport=UDP:1024
no match

destinationport ~ ^TCP:
destinationport=TCP:1024
match

destinationport=TCP
-
error at 17: "TCP" does not fit destinationport, which takes a port, TCP:443, 443, or a range TCP:8080-8088

destinationport=TCP:
-
error at 17: "TCP:" does not fit destinationport, which takes a port, TCP:443, 443, or a range TCP:8080-8088

destinationport=XYZ:80
-
error at 17: "XYZ:80" does not fit destinationport, which takes a port, TCP:443, 443, or a range TCP:8080-8088

# a protocol that is 0 (HOPOPT, or not known) is one protocol as others: what is shown can be typed
destinationport=0:53
destinationport=0:53
match
prints destinationport=0:53

destinationport=0:53
destinationport=UDP:53
no match

destinationport=53
destinationport=0:53
match

destinationport>=0:53
destinationport=TCP:80
no match

destinationport=:80
-
error at 17: ":80" does not fit destinationport, which takes a port, TCP:443, 443, or a range TCP:8080-8088

destinationport=TCP:65536
-
error at 17: a port is 0..65535

destinationport=TCP:80-65536
-
error at 17: a port is 0..65535

destinationport=TCP:90-80
-
error at 17: the range ends before it begins

destinationport<80-90
-
error at 17: "<" takes one value, not a range

destinationport=80-
-
error at 17: "80-" does not fit destinationport, which takes a port, TCP:443, 443, or a range TCP:8080-8088

# protocols
protocol=tcp
protocol=6
match
prints protocol=TCP

protocol=6,17
protocol=UDP
match
prints protocol=TCP,UDP

protocol=ICMP
protocol=TCP
no match

protocol=253
protocol=253
match
prints protocol=253

protocol~^(TCP|UDP)$
-
error at 15: pattern, character 6: missing closing parenthesis (a pattern with , | & ) or a blank is quoted)

protocol~"^(TCP|UDP)$"
protocol=UDP
match

protocol=TCPP
-
error at 10: "TCPP" does not fit protocol, which takes a protocol, by name (TCP) or number (6)

protocol=256
-
error at 10: "256" does not fit protocol, which takes a protocol, by name (TCP) or number (6)

protocol<6
-
error at 9: "<" is not possible for protocol (protocol); possible: =, !=, ~, !~

# ICMP: a type means all its codes
icmptype=3
icmptype=3.13
match
prints icmptype=3

icmptype=3.1
icmptype=3.13
no match

icmptype=3.1
icmptype=3.1
match
prints icmptype=3.1

icmptype=8.0
icmptype=8.0
match
prints icmptype=8.0

icmptype=256
-
error at 10: "256" does not fit icmptype, which takes an ICMP type or type.code, 8 or 3.1

icmptype=3.
-
error at 10: "3." does not fit icmptype, which takes an ICMP type or type.code, 8 or 3.1

icmptype=3.300
-
error at 10: "3.300" does not fit icmptype, which takes an ICMP type or type.code, 8 or 3.1

# flags: "=" is exactly these, "~" asks for one of them
tcpflags=SA
tcpflags=SA
match
prints tcpflags=SA

tcpflags=AS
tcpflags=SA
match
prints tcpflags=SA

tcpflags=S
tcpflags=SA
no match

tcpflags~S
tcpflags=FSA
match

tcpflags~S & tcpflags!~A
tcpflags=SA
no match

tcpflags=0x12
tcpflags=SA
match
prints tcpflags=SA

tcpflags=0x100
tcpflags=SA
no match
prints tcpflags=0x100

tcpflags=0
bytes=1
match
prints tcpflags=0

tcpflags=SX
-
error at 10: "SX" does not fit tcpflags, which takes TCP flags, letters of FSRPAUEC (SA = SYN and ACK), or 0

# Ethernet types
ethertype=0x0806
ethertype=0x0806
match
prints ethertype=0x0806

ethertype=2054
ethertype=0x0806
match
prints ethertype=0x0806

ethertype=0x0800-0x0806
ethertype=2050
match
prints ethertype=0x0800-0x0806

ethertype=0x10000
-
error at 11: ethertype is at most 65535

exporttype=sflow,ipfix
exporttype=ipfix
match
prints exporttype=sflow,ipfix

exporttype=jflow
-
error at 12: "jflow" does not fit exporttype, which takes sflow, netflow1, netflow5, netflow7, netflow8, netflow9 or ipfix

direction=egress
direction=egress
match
prints direction=egress

direction=unknown
bytes=1
match
prints direction=unknown

direction=up
-
error at 11: "up" does not fit direction, which takes ingress, egress or unknown

ifdirection=full-duplex
ifcounters: ifdirection=full-duplex
match
prints ifdirection=full-duplex

ifdirection=full
ifcounters: -
error at 13: "full" does not fit ifdirection, which takes full-duplex, half-duplex, "in", out or unknown

# a direction that is called as an operator is quoted
ifdirection="in"
ifcounters: ifdirection=in
match
prints ifdirection="in"

ifdirection=in
ifcounters: -
error at 13: a value is missing before "in" (quote it if it is one)
