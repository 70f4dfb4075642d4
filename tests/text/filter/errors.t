# Everything else the grammar refuses.  Each points at the character.
ipsource
-
error at 9: expected an operator (=, !=, ~, !~, <, <=, > or >=)

ipsource 192.0.2.1
-
error at 10: expected an operator (=, !=, ~, !~, <, <=, > or >=)

ipsource not 192.0.2.1
-
error at 10: expected an operator (=, !=, ~, !~, <, <=, > or >=)

(ipsource=192.0.2.1
-
error at 20: ")" missing for the "(" at 1

protocol=TCP & (ipsource=192.0.2.1 & (ttl=5)
-
error at 45: ")" missing for the "(" at 16

(ipsource=192.0.2.1 protocol=TCP)
-
error at 21: expected "&", "|" or ")"

ipsource=192.0.2.1)
-
error at 19: ")" without a "("

# what the tutorial's hole would need; alone it is only a mistake
1.1.1.1)|(ipsource=0.0.0.0/0
-
error at 1: expected a field name, found "1.1.1.1)" (a list is written field=a,b)

ipsource=192.0.2.1 protocol=TCP
-
error at 20: expected "&" or "|"

ipsource=192.0.2.1|192.0.2.2
-
error at 20: expected a field name, found "192.0.2.2" (a list is written field=a,b)

()
-
error at 2: a test is missing before ")"

(
-
error at 2: a test is missing at the end

protocol=TCP &
-
error at 15: a test is missing at the end

protocol=TCP |
-
error at 15: a test is missing at the end

& protocol=TCP
-
error at 1: a test is missing before "&"

protocol=TCP && ttl=5
-
error at 15: a test is missing before "&"

protocol=TCP || ttl=5
-
error at 15: a test is missing before "|"

protocol=TCP & (ttl=5 |)
-
error at 24: a test is missing before ")"

"protocol"=TCP
-
error at 1: expected a field name, found ""protocol"=TCP" (a list is written field=a,b)

=5
-
error at 1: expected a field name, found "=5" (a list is written field=a,b)

# an operator and the type of a field, one refusal for each pair that has no row
ifname<5
ifcounters: -
error at 7: "<" is not possible for ifname (text); possible: =, !=, ~, !~

tcpflags>=S
-
error at 9: ">=" is not possible for tcpflags (TCP flags); possible: =, !=, ~, !~

icmptype<8
-
error at 9: "<" is not possible for icmptype (ICMP type); possible: =, !=, ~, !~

exporttype<sflow
-
error at 11: "<" is not possible for exporttype (export type); possible: =, !=, ~, !~

direction>ingress
-
error at 10: ">" is not possible for direction (direction); possible: =, !=, ~, !~

ifdirection>in
ifcounters: -
error at 12: ">" is not possible for ifdirection (duplex); possible: =, !=, ~, !~

ethertype~08
-
error at 10: "~" is not possible for ethertype (hexadecimal); possible: =, !=, <, <=, >, >=

ifinutilization~5
ifcounters: -
error at 16: "~" is not possible for ifinutilization (number); possible: =, !=, <, <=, >, >=

# 64 brackets are enough for anyone, 65 are refused
((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((ttl=5))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))
ttl=5
match
prints ttl=5

(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((ttl=5)))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))
-
error at 65: brackets and "not" are nested deeper than 64

!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!ttl=5
-
error at 65: brackets and "not" are nested deeper than 64
