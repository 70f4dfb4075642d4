# Where a value ends, and how to write one with blanks and signs in it.
ifalias="Newco Inc."
ifcounters: ifalias="Newco Inc."
match
prints ifalias="Newco Inc."

ifalias=Newco\ Inc.
ifcounters: ifalias="Newco Inc."
match
prints ifalias="Newco Inc."

ifalias='A & B, (C) | D'
ifcounters: ifalias="A & B, (C) | D"
match
prints ifalias="A & B, (C) | D"

ifalias=A\,B\|C\&D\)
ifcounters: ifalias=A,B|C&D)
match
prints ifalias="A,B|C&D)"

# signs that end nothing
ifname=Gi0/1(x)
ifcounters: -
error at 15: ")" without a "("

ifname="Gi0/1(x)"
ifcounters: ifname=Gi0/1(x)
match

ifname=a(b
ifcounters: ifname=a(b
match
prints ifname="a(b"

ifname=a=b
ifcounters: ifname=a=b
match
prints ifname="a=b"

ifname=it's
ifcounters: ifname=it's
match
prints ifname="it's"

ifname='say "hi"'
ifcounters: -
no match
prints ifname="say \"hi\""

ifname="back\\slash"
ifcounters: ifname=back\slash
match
prints ifname="back\\slash"

ifname=back\\slash
ifcounters: ifname=back\slash
match

ifname="it\'s"
ifcounters: ifname=it's
match

# EXTERNAL is a name as any other; so is text in other scripts
ifalias=EXTERNAL
ifcounters: ifalias=EXTERNAL
match
prints ifalias=EXTERNAL

ifalias=Müller
ifcounters: ifalias=Müller
match
prints ifalias="Müller"

# names are exact
ifalias=external
ifcounters: ifalias=EXTERNAL
no match

# no text at all
ifname=""
ifcounters: ifindex=5
match
prints ifname=""

ifname!=""
ifcounters: ifindex=5
no match

ifname=x
ifcounters: ifindex=5
no match

ifname!=x
ifcounters: ifindex=5
match

# quoted values of other types
ipsource="192.0.2.0/24" & destinationport='TCP:80'
ipsource=192.0.2.1 destinationport=TCP:80
match

ipsource=""
-
error at 10: "" does not fit ipsource, which takes an address, a CIDR block 192.0.2.0/24 or a range 192.0.2.1-192.0.2.9

# what stands quoted cannot leave its value
ipsource="1.1.1.1)|(ipsource=0.0.0.0/0"
-
error at 10: "1.1.1.1)|(ipsource=0.0.0.0/0" does not fit ipsource, which takes an address, a CIDR block 192.0.2.0/24 or a range 192.0.2.1-192.0.2.9

ifalias="Newco
ifcounters: -
error at 9: the closing quote is missing

ifalias='Newco"
ifcounters: -
error at 9: the closing quote is missing

ifalias="Newco\"
ifcounters: -
error at 9: the closing quote is missing

ifalias="New"co
ifcounters: -
error at 14: only , | & ) or a blank may follow a closing quote

ifalias=Newco\
ifcounters: -
error at 14: a character is missing after "\"

# a habit from other languages
protocol==TCP
-
error at 10: the operator is one "="; a value that begins with it is quoted

ifname="=x"
ifcounters: ifname="=x"
match
prints ifname="=x"

# positions count characters, not bytes
ifalias=Müller & agent=192.0.2.0/33
ifcounters: -
error at 34: prefix length must be 0..32
