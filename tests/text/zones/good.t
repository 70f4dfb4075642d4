# the smallest block that holds an address says where it is
!at 10.1.1.7
!at 10.1.2.7
!at 10.9.0.1
!at 192.0.2.1
!at 2001:db8:1::5
!agent 10.0.0.1
!agent 10.0.1.77
!agent 10.0.9.1
boundary: [10.0.0.1>24, "10.0.0.2>Te1/1"]
zones:
  - name: Inside
    cidrs: [10.0.0.0/8]
  - name: Zurich
    cidrs: [10.1.0.0/16, "2001:db8:1::/48"]
    agents: [10.0.0.1, 10.0.0.3-10.0.0.9]
    groups:
      - {name: servers, cidrs: [10.1.1.0/24, 10.1.255.0/24], agents: [10.0.1.0/24]}
----
10.0.0.0-10.0.255.255 Inside 10.0.0.0/8
10.1.0.0-10.1.0.255 Zurich 10.1.0.0/16
10.1.1.0-10.1.1.255 Zurich>servers 10.1.1.0/24
10.1.2.0-10.1.254.255 Zurich 10.1.0.0/16
10.1.255.0-10.1.255.255 Zurich>servers 10.1.255.0/24
10.2.0.0-10.255.255.255 Inside 10.0.0.0/8
2001:db8:1::-2001:db8:1:ffff:ffff:ffff:ffff:ffff Zurich 2001:db8:1::/48
boundary 10.0.0.1>24
boundary 10.0.0.2>Te1/1
at 10.1.1.7 Zurich>servers
at 10.1.2.7 Zurich
at 10.9.0.1 Inside
at 192.0.2.1 EXTERNAL
at 2001:db8:1::5 Zurich
agent 10.0.0.1 Zurich
agent 10.0.1.77 Zurich>servers
agent 10.0.9.1 EXTERNAL
====
# nothing is a good document: everything is EXTERNAL
!at 10.0.0.1
----
at 10.0.0.1 EXTERNAL
====
# the same as XML
!at 10.1.1.7
!at 255.255.255.255
!agent 10.0.0.1
<?xml version="1.0"?>
<network>
  <boundary agent="10.0.0.1" ifName="Te1/1"/>
  <boundary agent="10.0.0.1" ifIndex="24"/>
  <zone name="All">
    <cidr address="0.0.0.0" bits="0"/>
  </zone>
  <zone name="Zurich">
    <cidr address="10.1.0.0" bits="16"/> <agent address="10.0.0.1"/>
    <group name="servers"> <cidr address="10.1.1.0" bits="24"/> </group>
  </zone>
</network>
----
0.0.0.0-10.0.255.255 All 0.0.0.0/0
10.1.0.0-10.1.0.255 Zurich 10.1.0.0/16
10.1.1.0-10.1.1.255 Zurich>servers 10.1.1.0/24
10.1.2.0-10.1.255.255 Zurich 10.1.0.0/16
10.2.0.0-255.255.255.255 All 0.0.0.0/0
boundary 10.0.0.1>Te1/1
boundary 10.0.0.1>24
at 10.1.1.7 Zurich>servers
at 255.255.255.255 All
agent 10.0.0.1 Zurich
====
# blocks that end where the whole space ends
zones: [{name: six, cidrs: ["::/0", "ff00::/8", "ffff::/16"]}]
----
-feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff six ::/0
ff00::-fffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff six ff00::/8
ffff::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff six ffff::/16
