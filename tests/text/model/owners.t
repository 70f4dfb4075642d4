# ---- a port, a MAC, a block with two owners
<customers>
  <customer id="1"><port agent="10.0.0.1" ifName="e1"/><mac address="02:00:00:00:00:01"/><cidr address="192.0.2.0" bits="24"/></customer>
  <customer id="2"><port agent="10.0.0.1" ifName="e1"/><mac address="0200.0000.0001"/><cidr address="192.0.2.0" bits="24"/></customer>
</customers>
----
3:20: port 10.0.0.1>e1 is owned twice: here by "2" and in line 2 by "1"; end one (to=...) or make one the other's parent
3:56: MAC 02:00:00:00:00:01 is owned twice: here by "2" and in line 2 by "1"; end one (to=...) or make one the other's parent
3:87: 192.0.2.0/24 is owned twice: here by "2" and in line 2 by "1"; end one (to=...) or make one the other's parent
====
# ---- one inside the other, in either order, at any depth
<customers>
  <customer id="1"><cidr address="10.1.2.0" bits="24"/><cidr address="2001:db8:1::" bits="48"/></customer>
  <customer id="2"><cidr address="10.0.0.0" bits="8"/></customer>
  <customer id="3"><cidr address="10.1.2.3" bits="32"/><cidr address="2001:db8::" bits="32"/></customer>
</customers>
----
3:20: 10.1.2.0/24 (of 10.0.0.0/8) is owned twice: here by "2" and in line 2 by "1"; end one (to=...) or make one the other's parent
4:20: 10.1.2.3/32 (of 10.1.2.0/24) is owned twice: here by "3" and in line 2 by "1"; end one (to=...) or make one the other's parent
4:56: 2001:db8:1::/48 (of 2001:db8::/32) is owned twice: here by "3" and in line 2 by "1"; end one (to=...) or make one the other's parent
====
# ---- neighbours do not clash
<customers>
  <customer id="1"><cidr address="192.0.2.0" bits="25"/><port agent="10.0.0.1" ifName="e1"/><port agent="10.0.0.1" ifIndex="1"/></customer>
  <customer id="2"><cidr address="192.0.2.128" bits="25"/><port agent="10.0.0.2" ifName="e1"/><port agent="10.0.0.1" ifIndex="2"/></customer>
</customers>
----
customer 1 ""
  port 10.0.0.1>e1
  port 10.0.0.1>1
  cidr 192.0.2.0/25
customer 2 ""
  port 10.0.0.2>e1
  port 10.0.0.1>2
  cidr 192.0.2.128/25
====
# ---- one after the other: to is no longer inside
<customers>
  <customer id="1"><cidr address="192.0.2.0" bits="24" to="2026-01-01"/></customer>
  <customer id="2"><cidr address="192.0.2.0" bits="24" from="2026-01-01" to="2026-07-01"/></customer>
  <customer id="3"><cidr address="192.0.2.0" bits="25" from="2026-07-01"/></customer>
</customers>
----
customer 1 ""
  cidr 192.0.2.0/24  .. 2026-01-01T00:00:00+00:00
customer 2 ""
  cidr 192.0.2.0/24 2026-01-01T00:00:00+00:00 .. 2026-07-01T00:00:00+00:00
customer 3 ""
  cidr 192.0.2.0/25 2026-07-01T00:00:00+00:00 .. 
====
<customers>
  <customer id="1"><cidr address="192.0.2.0" bits="24" to="2026-01-02"/></customer>
  <customer id="2"><cidr address="192.0.2.0" bits="24" from="2026-01-01T12:00" to="2026-07-01"/></customer>
  <customer id="3"><port agent="10.0.0.1" ifName="e1" from="2026-01-01"/></customer>
  <customer id="4"><port agent="10.0.0.1" ifName="e1"/></customer>
</customers>
----
3:20: 192.0.2.0/24 is owned twice, from 2026-01-01T12:00:00+00:00 until 2026-01-02T00:00:00+00:00: here by "2" and in line 2 by "1"; end one (to=...) or make one the other's parent
5:20: port 10.0.0.1>e1 is owned twice, from 2026-01-01T00:00:00+00:00: here by "4" and in line 4 by "3"; end one (to=...) or make one the other's parent
====
# ---- a reseller owns what its customers own, up the chain, but brothers do not share
<customers>
  <customer id="r"><cidr address="10.0.0.0" bits="8"/></customer>
  <customer id="r7" parent="r"><cidr address="10.1.0.0" bits="16"/></customer>
  <customer id="a" parent="r7"><cidr address="10.1.1.0" bits="24"/></customer>
  <customer id="b" parent="r7"><cidr address="10.1.1.0" bits="25"/></customer>
</customers>
----
5:32: 10.1.1.0/25 (of 10.1.1.0/24) is owned twice: here by "b" and in line 4 by "a"; end one (to=...) or make one the other's parent
====
# ---- one customer's own: nested blocks are fine, the same line twice is a slip
<customers>
  <customer id="1">
    <cidr address="10.0.0.0" bits="8"/>
    <cidr address="10.1.0.0" bits="16"/>
    <cidr address="10.1.0.0" bits="16"/>
    <port agent="10.0.0.1" ifName="e1" to="2026-01-01"/>
    <port agent="10.0.0.1" ifName="e1" from="2026-01-01"/>
    <port agent="10.0.0.1" ifName="e1" from="2026-05-01"/>
  </customer>
</customers>
----
5:5: 10.1.0.0/16 is listed twice: it is in line 4 already
8:5: port 10.0.0.1>e1 is listed twice: it is in line 7 already
====
# ---- private space tied to ports and agents
<customers>
  <customer id="1"><cidr address="192.168.1.0" bits="24" agent="10.0.0.1" ifName="e1"/></customer>
  <customer id="2"><cidr address="192.168.1.0" bits="24" agent="10.0.0.1" ifName="e2"/></customer>
  <customer id="3"><cidr address="192.168.1.0" bits="24" agent="10.0.0.2" ifName="e1"/></customer>
  <customer id="4"><cidr address="192.168.1.0" bits="24" agent="10.0.0.1" ifIndex="3"/></customer>
</customers>
----
customer 1 ""
  cidr 192.168.1.0/24 10.0.0.1>e1
customer 2 ""
  cidr 192.168.1.0/24 10.0.0.1>e2
customer 3 ""
  cidr 192.168.1.0/24 10.0.0.2>e1
customer 4 ""
  cidr 192.168.1.0/24 10.0.0.1>3
====
# ---- tied blocks clash with the same port's and everybody's
<customers>
  <customer id="1"><cidr address="192.168.1.0" bits="24" agent="10.0.0.1" ifName="e1"/></customer>
  <customer id="2"><cidr address="192.168.0.0" bits="16" agent="10.0.0.1" ifName="e1"/></customer>
  <customer id="3"><cidr address="172.16.1.0" bits="24" agent="10.0.0.1" ifIndex="7"/></customer>
  <customer id="4"><cidr address="172.16.0.0" bits="12" agent="10.0.0.1" ifIndex="7"/></customer>
  <customer id="5"><cidr address="10.0.0.0" bits="8" agent="10.0.0.1" ifIndex="7"/></customer>
  <customer id="6"><cidr address="10.1.0.0" bits="16"/></customer>
  <customer id="7"><cidr address="100.64.0.0" bits="10"/></customer>
  <customer id="8"><cidr address="100.64.0.0" bits="10" agent="10.0.0.9" ifName="x"/></customer>
</customers>
----
3:20: 192.168.1.0/24 on 10.0.0.1>e1 (of 192.168.0.0/16 on 10.0.0.1>e1) is owned twice: here by "2" and in line 2 by "1"; end one (to=...) or make one the other's parent
5:20: 172.16.1.0/24 on 10.0.0.1>7 (of 172.16.0.0/12 on 10.0.0.1>7) is owned twice: here by "4" and in line 4 by "3"; end one (to=...) or make one the other's parent
7:20: 10.1.0.0/16 (of 10.0.0.0/8 on 10.0.0.1>7) is owned twice: here by "6" and in line 6 by "5"; end one (to=...) or make one the other's parent
9:20: 100.64.0.0/10 on 10.0.0.9>x (of 100.64.0.0/10) is owned twice: here by "8" and in line 8 by "7"; end one (to=...) or make one the other's parent
