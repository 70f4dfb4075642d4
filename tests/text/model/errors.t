# ---- the shape of the document
<clients/>
----
1:1: the outermost element is "clients": it must be customers
====
<customers>
  <client id="1"/>
  <customer id="1"><ports/></customer>
  <customer id="2"><port agent="10.0.0.1" ifName="a"><mac/></port></customer>
</customers>
----
2:3: unknown element "client" in customers: wanted customer
3:20: unknown element "ports" in customer: wanted port, mac, cidr
4:54: unknown element "mac": nothing may stand inside port
====
# what stands inside an unknown element is not said again
<customers><group><customer id="1" frob="x"><zap/></customer> words </group></customers>
----
1:12: unknown element "group" in customers: wanted customer
====
<customers>
  <customer id="1" nmae="x" Name="y">words
    <port agent="10.0.0.1" ifname="e1"/>
  </customer>
</customers>
----
2:20: unknown attribute "nmae" of customer, which takes id, name, parent, privacy, privacyBelow
2:29: unknown attribute "Name" of customer: it is written name
2:38: text is not wanted here: values stand in attributes
3:28: unknown attribute "ifname" of port: it is written ifName
====
<customers><customer id="1"/>
----
1:30: not well-formed XML: the file ends before its elements do
====
<customers>
<customer id="1">
</customers>
----
3:13: not well-formed XML: Opening and ending tag mismatch: customer line 2 and customers
====
<customers><customer id="1" id="2"/></customers>
----
1:35: not well-formed XML: Attribute id redefined
====
<customers xmlns="http://example.org/" xmlns:a="urn:a"><a:customer id="1"/></customers>
----
1:12: unknown attribute "xmlns": names here have no namespace
1:40: unknown attribute "xmlns:a": names here have no namespace
====

----
1:1: the file is empty: wanted <customers> ... </customers>
====
no xml at all
----
1:1: not well-formed XML: wanted <customers> ... </customers>
====
# ---- a stranger's XML
<!DOCTYPE customers [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<customers><customer id="&b;"/></customers>
----
1:1: DOCTYPE "customers" is not allowed: remove it; only the entities &amp; &lt; &gt; &apos; &quot; are known
====
<?xml version="1.0"?>
<!-- a comment -->
<!DOCTYPE customers SYSTEM "file:///etc/passwd">
<customers/>
----
3:1: DOCTYPE "customers" is not allowed: remove it; only the entities &amp; &lt; &gt; &apos; &quot; are known
====
<customers>
 <customer id="1" name="&who;"/>
</customers>
----
2:30: not well-formed XML: Entity 'who' not defined
====
<?xml version="1.0" encoding="klingon"?><customers/>
----
1:1: unknown encoding "klingon": save the file as UTF-8
====
# ---- ids
<customers>
  <customer name="no id"/>
  <customer id=""/>
  <customer id="."/>
  <customer id=".."/>
  <customer id="a/b"/>
  <customer id="tab&#9;"/>
  <customer id="same"/>
  <customer id="same"/>
</customers>
----
2:3: customer has no id: it takes id, name, parent, privacy, privacyBelow
3:13: id "" must not be empty
4:13: id "." must not be "." or "..": it names a folder
5:13: id ".." must not be "." or "..": it names a folder
6:13: id "a/b" must not have "/" or control characters: it names a folder
7:13: id "tab?" must not have "/" or control characters: it names a folder
9:3: id "same" is taken by the customer in line 8
====
# ---- parents
<customers>
  <customer id="1" parent="9"/>
  <customer id="2" parent=""/>
</customers>
----
3:20: parent must be the id of another customer, or be left out
2:3: parent "9" of customer "1" is no customer's id
====
<customers>
  <customer id="a" parent="b"/>
  <customer id="b" parent="c"/>
  <customer id="c" parent="a"/>
  <customer id="d" parent="a"/>
  <customer id="self" parent="self"/>
</customers>
----
2:3: customer "a" is its own parent, directly or through others
6:3: customer "self" is its own parent, directly or through others
====
# ---- ports and MACs
<customers><customer id="1">
  <port ifName="e1"/>
  <port agent="" ifName="e1"/>
  <port agent="switch" ifName="e1"/>
  <port agent="::" ifName="e1"/>
  <port agent="10.0.0.1"/>
  <port agent="10.0.0.1" ifName=""/>
  <port agent="10.0.0.1" ifIndex="0"/>
  <port agent="10.0.0.1" ifIndex="4294967296"/>
  <port agent="10.0.0.1" ifIndex="-1"/>
  <port agent="10.0.0.1" ifName="e1" ifIndex="1"/>
  <mac/>
  <mac address="02:00:5e:10:00"/>
  <mac address="00:00:00:00:00:00"/>
</customer></customers>
----
2:3: port has no agent: it takes agent, ifName or ifIndex, from, to
3:9: agent "" is not an address: wanted the switch's, like 10.0.0.1
4:9: agent "switch" is not an address: wanted the switch's, like 10.0.0.1
5:9: agent "::" is not an address: wanted the switch's, like 10.0.0.1
6:3: an agent is named without ifName or ifIndex: which port of it?
7:26: ifName must not be empty or have control characters
8:26: ifIndex "0" must be 1..4294967295
9:26: ifIndex "4294967296" must be 1..4294967295
10:26: ifIndex "-1" must be 1..4294967295
11:3: ifName and ifIndex: only one of them, the other could disagree
12:3: mac has no address: it takes address, from, to
13:8: "02:00:5e:10:00" is not a MAC address: wanted 02:00:5e:10:00:01
14:8: "00:00:00:00:00:00" is not a MAC address: wanted 02:00:5e:10:00:01
====
# ---- blocks
<customers><customer id="1">
  <cidr address="192.0.2.0"/>
  <cidr bits="24"/>
  <cidr address="192.0.2.0/24" bits="24"/>
  <cidr address="192.0.2.256" bits="24"/>
  <cidr address="192.0.2.0" bits="33"/>
  <cidr address="192.0.2.0" bits="-1"/>
  <cidr address="192.0.2.0" bits=""/>
  <cidr address="192.0.2.1" bits="24"/>
  <cidr address="2001:db8::1" bits="64"/>
  <cidr address="2001:db8::" bits="129"/>
  <cidr address="::" bits="0"/>
  <cidr address="192.168.1.0" bits="24" ifName="e1"/>
  <cidr address="192.168.1.0" bits="24" agent="10.0.0.1"/>
</customer></customers>
----
2:3: cidr has no bits: it takes address, bits, agent, ifName or ifIndex, from, to
3:3: cidr has no address: it takes address, bits, agent, ifName or ifIndex, from, to
4:9: "192.0.2.0/24" is not an address: wanted 192.0.2.0 or 2001:db8::, its length in bits="24"
5:9: "192.0.2.256" is not an address: wanted 192.0.2.0 or 2001:db8::
6:29: bits 33 must be 0..32
7:29: bits "-1" must be 0..32, or 0..128 for IPv6
8:29: bits "" must be 0..32, or 0..128 for IPv6
9:3: host bits set: 192.0.2.1/24 should be 192.0.2.0/24
10:3: host bits set: 2001:db8::1/64 should be 2001:db8::/64
11:30: bits "129" must be 0..32, or 0..128 for IPv6
12:3: ::/0 would hold every IPv4 address too: use 2000::/3 for all of IPv6
13:3: a port is named without its agent: agent="10.0.0.1"
14:3: an agent is named without ifName or ifIndex: which port of it?
====
# ---- dates
<customers><customer id="1">
  <mac address="02:00:00:00:00:01" from="yesterday"/>
  <mac address="02:00:00:00:00:02" from="2026-13-01"/>
  <mac address="02:00:00:00:00:03" from="2026-02-29"/>
  <mac address="02:00:00:00:00:04" from="2026-01-01T24:00"/>
  <mac address="02:00:00:00:00:05" from="2026-01-01T6:00"/>
  <mac address="02:00:00:00:00:06" from="2026-01-01T06:00+25:00"/>
  <mac address="02:00:00:00:00:07" from="2026-01-01x"/>
  <mac address="02:00:00:00:00:08" from="1969-12-31"/>
  <mac address="02:00:00:00:00:09" from="2026-01-02" to="2026-01-01"/>
  <mac address="02:00:00:00:00:0a" from="2026-01-01" to="2026-01-01"/>
  <mac address="02:00:00:00:00:0b" from="2026-1-1"/>
  <mac address="02:00:00:00:00:0c" from="2026-01-01T06:00:00."/>
</customer></customers>
----
2:36: "yesterday" is no date: wanted 2026-01-31, 2026-01-31T06:30 or 2026-01-31T06:30+01:00
3:36: "2026-13-01" has no such month: 01..12
4:36: "2026-02-29" has no such day in that month
5:36: "2026-01-01T24:00" has no such time of day: 00:00:00..23:59:59
6:36: "2026-01-01T6:00" has no time behind the date: wanted 06:30 or 06:30:00
7:36: "2026-01-01T06:00+25:00" has no such offset: wanted +01:00
8:36: "2026-01-01x" has something behind it
9:36: "1969-12-31" must be 1970 or later
10:54: from must be before to (to itself is no longer inside)
11:54: from must be before to (to itself is no longer inside)
12:36: "2026-1-1" is no date: wanted 2026-01-31, 2026-01-31T06:30 or 2026-01-31T06:30+01:00
13:36: "2026-01-01T06:00:00." has no digits behind the point
====
# ---- the column counts characters, and a tag may run over lines
<customers>
  <customer id="1" name="Zoë Ärmel"><mac address="x"/></customer>
  <customer
      id="2"
      what="ever"
  />
</customers>
----
2:42: "x" is not a MAC address: wanted 02:00:5e:10:00:01
5:7: unknown attribute "what" of customer, which takes id, name, parent, privacy, privacyBelow
