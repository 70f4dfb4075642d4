# Regular expressions: anywhere in the text of a value; exact case; bounded.
ifname~0/1
ifcounters: ifname=Gi0/1
match
prints ifname~"0/1"

ifname~^0/1
ifcounters: ifname=Gi0/1
no match

ifalias ~ research.*
ifcounters: ifalias="dept. of research"
match

ifname~gi
ifcounters: ifname=Gi0/1
no match

ifname~(?i)gi
ifcounters: -
error at 11: pattern, character 4: missing closing parenthesis (a pattern with , | & ) or a blank is quoted)

ifname~"(?i)gi"
ifcounters: ifname=Gi0/1
match

# a backslash belongs to the pattern, quoted or not
ifname~Gi\d/1$
ifcounters: ifname=Gi0/1
match
prints ifname~"Gi\d/1$"

ifname~"Gi\d/1$"
ifcounters: ifname=Gix/1
no match

ifname~a\|b
ifcounters: ifname=a|b
match
prints ifname~"a\|b"

ifname~"a|b"
ifcounters: ifname=b
match

ifname~"say \"hi\""
ifcounters: ifname=x
no match
prints ifname~"say \"hi\""

ifname!~^Gi
ifcounters: ifname=Te1/1
match
prints ifname!~"^Gi"

ifname!~^Gi
ifcounters: ifname=Gi1/1
no match

# addresses, ports and the rest as tables print them
ipsource~^192\.0\.2\.
ipsource=192.0.2.77
match

agent~\.1$
agent=10.0.0.1
match

# one character, not one byte
ifalias~^M.ller$
ifcounters: ifalias=Müller
match

ifname~
ifcounters: -
error at 8: a list of values is empty

ifname~""
ifcounters: -
error at 8: an empty pattern matches everything: leave the test out

ifname~"(unclosed"
ifcounters: -
error at 18: pattern, character 10: missing closing parenthesis

ifname~"a(?x"
ifcounters: -
error at 13: pattern, character 5: missing closing parenthesis

ifname~[a-
ifcounters: -
error at 11: pattern, character 4: missing terminating ] for character class

ifname~*
ifcounters: -
error at 8: pattern, character 1: quantifier does not follow a repeatable item

ifname~"a\C"
ifcounters: -
error at 12: pattern, character 4: using \C is disabled by the application

ifname~"\\\"
ifcounters: -
error at 8: the closing quote is missing


# nothing known: found by no pattern, whatever the field's type; "" and :: ask for it
sourceaddress~"^$"
sourceaddress=""
no match

sourceaddress!~"^$"
sourceaddress=""
match

ipsource~"^$"
bytes=1
no match

ipsource!~".*"
bytes=1
match

macsource~"^$"
bytes=1
no match

destinationport~"^$"
destinationport=0:0
no match

ifname~"^$"
ifcounters: -
no match

ifname~".*"
ifcounters: ifname=""
no match

ifname!~.
ifcounters: ifname=""
match

ifname=""
ifcounters: -
match

ifname!=""
ifcounters: -
no match

sourcezone~"^$"
bytes=1
no match

sourcezone=""
bytes=1
match

sourcecountry!~.
bytes=1
match
