# "!" and "not".
!ipsource=192.0.2.1
ipsource=192.0.2.1
no match
prints !ipsource=192.0.2.1

! ( ipsource=192.0.2.1 | ipdestination=192.0.2.1 )
ipdestination=192.0.2.1
no match
prints !(ipsource=192.0.2.1 | ipdestination=192.0.2.1)

!(protocol=TCP & destinationport=80)
protocol=TCP destinationport=TCP:81
match
prints !(protocol=TCP & destinationport=80)

!!protocol=TCP
protocol=TCP
match
prints !!protocol=TCP

not not protocol=TCP
protocol=UDP
no match

!protocol=TCP & vlansource=5
protocol=UDP vlansource=5
match
prints !protocol=TCP & vlansource=5

!protocol!=TCP
protocol=TCP
match

# a name that is not known equals nothing
!ifalias=Newco
ifcounters: ifindex=1
match

!
-
error at 2: a test is missing at the end

!=5
-
error at 2: expected a field name, found "=5" (a list is written field=a,b)

!|protocol=TCP
-
error at 2: a test is missing before "|"
