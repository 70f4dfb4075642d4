# every error is said, with its place
boundary: [10.0.0.1, "x>5"]
zones:
  - name: A
    cidrs: [10.0.0.0/33, 10.0.0.1/8, house]
    agents: [10.0.0.9-10.0.0.1]
    colour: blue
  - cidrs: [10.0.0.0/8]
  - name: A
  - name: EXTERNAL
  - name: "a>b"
    groups: [{name: g}, {name: g}, 5]
----
1:12: boundary "10.0.0.1": agent>ifIndex or agent>ifName is wanted
1:22: boundary "x>5": agent>ifIndex or agent>ifName is wanted
4:13: block "10.0.0.0/33": prefix length must be 0..32
4:26: block "10.0.0.1/8": host bits set
4:38: block "house": not an address
5:14: agents "10.0.0.9-10.0.0.1": an address, a range 10.0.0.1-10.0.0.9 or a block is wanted
6:5: unknown key "colour": wanted are name, cidrs, agents, groups
7:5: a zone needs a name
8:11: zone "A" is here twice
9:11: zone: EXTERNAL is what is in no zone: take another name
10:11: zone: a name has 1..200 bytes, no ">" and no control characters, and begins and ends with no blank
11:36: a group needs a name
====
# a block belongs to one
zones:
  - {name: A, cidrs: [10.0.0.0/8]}
  - name: B
    cidrs: [192.0.2.0/24, 10.0.0.0/8]
----
4:27: block 10.0.0.0/8 is also in line 2
====
zones:
  - {name: A, agents: [10.0.0.1-10.0.0.9]}
  - {name: B, agents: [10.0.0.5]}
----
3:24: agent 10.0.0.5 is in two zones or groups
====
zones: 5
----
1:8: a list is wanted, each item with a name
====
zones: [
----
2:1: did not find expected node content
====
[1]
----
1:1: wanted are zones, boundary
====
zones: []
zones: []
----
2:1: "zones" is here twice
====
zones: []
---
zones: []
----
3:1: a second document: only one is read
====
<network>
  <zone name="A" colour="blue"><cidr address="10.0.0.0" bits="40"/></zone>
  <server/>
  <boundary agent="10.0.0.1"/>
  words
</network>
----
2:3: unknown attribute "colour" of <zone>: wanted name
2:32: block "10.0.0.0/40": prefix length must be 0..32
3:3: <server> is not known here
4:3: boundary "10.0.0.1>": agent>ifIndex or agent>ifName is wanted
4:3: text has no meaning here
====
<!DOCTYPE network [<!ENTITY a "b">]>
<network/>
----
1:1: a DOCTYPE is not read
====
<network><zone name="A"></network>
----
1:35: Opening and ending tag mismatch: zone line 1 and network
