<customers>
  <customer name="InMon Corp." id="1001">
    <cidr address="192.0.2.0" bits="24" />
    <cidr address="198.51.100.0" bits="24" />
  </customer>
  <customer name="NewCo Inc." id="1002">
    <cidr address="203.0.113.0" bits="25" />
  </customer>
</customers>
----
customer 1001 "InMon Corp."
  cidr 192.0.2.0/24
  cidr 198.51.100.0/24
customer 1002 "NewCo Inc."
  cidr 203.0.113.0/25
====
<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<!-- all there is -->
<customers>
  <customer id="r7" name="Reseller &amp; &#x53;ons &lt;7&gt;"/>
  <customer id="1001" name='InMon "Corp."' parent="r7">
    <port agent="10.0.0.1" ifName="ethernet5" from="2026-01-01" to="2026-07-01"/>
    <port agent="2001:db8::1" ifIndex="17"/>
    <mac address="02:00:5e:10:00:01"/>
    <mac address="02-00-5E-10-00-02"/>
    <cidr address="2001:db8:7::" bits="48"/>
    <cidr address="192.168.1.0" bits="24" agent="10.0.0.1" ifName="ethernet6"/>
    <?keep this?><!-- and that -->
    <cidr address="0.0.0.0" bits="0" to="1999-12-31T23:59:59.5Z"></cidr>
  </customer>
</customers>
----
customer r7 "Reseller & Sons <7>"
customer 1001 "InMon "Corp."" parent r7
  port 10.0.0.1>ethernet5 2026-01-01T00:00:00+00:00 .. 2026-07-01T00:00:00+00:00
  port 2001:db8::1>17
  mac 02:00:5e:10:00:01
  mac 02:00:5e:10:00:02
  cidr 2001:db8:7::/48
  cidr 192.168.1.0/24 10.0.0.1>ethernet6
  cidr 0.0.0.0/0  .. 1999-12-31T23:59:59+00:00
====
<customers/>
----
====
# ---- local dates, and offsets that say so
!zone Europe/Zurich
<customers><customer id="1">
  <mac address="02:00:00:00:00:01" from="2026-01-01" to="2026-07-01"/>
  <mac address="02:00:00:00:00:02" from="2026-01-01T00:00Z" to="2026-01-01 12:30:15+05:30"/>
  <mac address="02:00:00:00:00:03" from="2026-03-29T02:30" to="2026-10-25T02:30"/>
  <mac address="02:00:00:00:00:04" from="2024-02-29T23:59:59.999-0800"/>
</customer></customers>
----
customer 1 ""
  mac 02:00:00:00:00:01 2025-12-31T23:00:00+00:00 .. 2026-06-30T22:00:00+00:00
  mac 02:00:00:00:00:02 2026-01-01T00:00:00+00:00 .. 2026-01-01T07:00:15+00:00
  mac 02:00:00:00:00:03 2026-03-29T01:30:00+00:00 .. 2026-10-25T00:30:00+00:00
  mac 02:00:00:00:00:04 2024-03-01T07:59:59+00:00 .. 
