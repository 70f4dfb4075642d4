# ---- CSV
id,name,parent,element,agent,ifName,ifIndex,address,bits,from,to
r7,Reseller Seven,,cidr,,,,192.0.2.0,24,,
1001,"InMon, ""the"" Corp.",r7,port,10.0.0.1,ethernet5,,,,2026-01-01,2026-07-01
1001,,,port,10.0.0.1,,17
1001,,,mac,,,,02:00:5e:10:00:01
1001,,,cidr,,,,192.0.2.0,25,,
1001,,,cidr,10.0.0.1,ethernet6,,192.168.1.0,24,,

1002,Empty
----
customer r7 "Reseller Seven"
  cidr 192.0.2.0/24
customer 1001 "InMon, "the" Corp." parent r7
  port 10.0.0.1>ethernet5 2026-01-01T00:00:00+00:00 .. 2026-07-01T00:00:00+00:00
  port 10.0.0.1>17
  mac 02:00:5e:10:00:01
  cidr 192.0.2.0/25
  cidr 192.168.1.0/24 10.0.0.1>ethernet6
customer 1002 "Empty"
====
# a customer's lines may lie apart; semicolons; any order of columns
element; address ; bits;id
cidr;192.0.2.0;25;a
cidr;198.51.100.0;24;b
cidr;192.0.2.128;25;a
----
customer a ""
  cidr 192.0.2.0/25
  cidr 192.0.2.128/25
customer b ""
  cidr 198.51.100.0/24
====
id,element,address,bits
a,cidr,192.0.2.1,24
b,host,192.0.2.1
c,mac,nonsense
d,,192.0.2.0,24
,cidr,192.0.2.0,24
e,cidr,"192.0.2.0"x,24
----
5:4: address without an element: port, mac or cidr
7:19: something follows the closing quote
====
id,element,address,bits
a,cidr,192.0.2.1,24
b,host,192.0.2.1
c,mac,nonsense
----
2:1: host bits set: 192.0.2.1/24 should be 192.0.2.0/24
3:1: unknown element "host" in customer: wanted port, mac, cidr
4:7: "nonsense" is not a MAC address: wanted 02:00:5e:10:00:01
====
id,name,nmae
1,a
----
1:9: unknown column "nmae": there are id, name, parent, privacy, privacyBelow, element, agent, ifName, ifIndex, address, bits, from, to
====
!name x.csv
name,element
----
1:1: the first line names the columns, and id must be among them
====
id,name,id
----
1:9: this column is there twice
====
id,name
1,One
1,Two
----
3:3: name of customer "1" is another one in line 2
====
id,name
1,One,more
----
2:7: more fields than the first line has columns
====
id,name
1,"One
----
2:3: this quote has no end
====
!name empty.csv

----
1:1: unknown column "": there are id, name, parent, privacy, privacyBelow, element, agent, ifName, ifIndex, address, bits, from, to
====
# ---- YAML
customers:
  - id: r7
    name: Reseller Seven
    cidr: [ { address: 192.0.2.0, bits: 24 } ]
  - id: 1001
    name: "InMon Corp."
    parent: r7
    port:
      - { agent: 10.0.0.1, ifName: ethernet5, from: 2026-01-01, to: "2026-07-01T12:00:00Z" }
      - agent: 10.0.0.1
        ifIndex: 17
    mac: { address: "02:00:5e:10:00:01" }
    cidr:
      - { address: 192.168.1.0, bits: 24, agent: 10.0.0.1, ifName: ethernet6 }
  - id: "1002"
    name:
----
customer r7 "Reseller Seven"
  cidr 192.0.2.0/24
customer 1001 "InMon Corp." parent r7
  port 10.0.0.1>ethernet5 2026-01-01T00:00:00+00:00 .. 2026-07-01T12:00:00+00:00
  port 10.0.0.1>17
  mac 02:00:5e:10:00:01
  cidr 192.168.1.0/24 10.0.0.1>ethernet6
customer 1002 ""
====
customers:
  - id: a
    cidrs: [ { address: 192.0.2.0, bits: 24 } ]
    nmae: x
  - id: b
    port: 10.0.0.1>5
    cidr: [ 192.0.2.0/24 ]
clients: []
----
4:11: unknown attribute "nmae" of customer, which takes id, name, parent, privacy, privacyBelow
3:14: unknown element "cidrs" in customer: wanted port, mac, cidr
6:11: unknown attribute "port" of customer, which takes id, name, parent, privacy, privacyBelow
7:13: cidr is written { name: value, ... }
8:1: unknown name "clients": wanted customers
====
customers: &all
  - id: a
----
1:12: anchors are not taken
====
!name t.yaml
customers: *all
----
1:12: aliases are not taken
====
customers:
  - id: a
    id: b
----
3:5: this name is here already
====
customers: [ { id: a }
----
2:1: did not find expected ',' or ']'
====
customers: []
---
customers: []
----
2:1: a second document follows
====
!name t.yml

----
1:1: there is nothing in it
====
# ---- JSON
{"customers": [
  {"id": "1001", "name": "Gr\u00fc\u00dfe \ud83d\ude00", "parent": null,
   "port": [{"agent": "10.0.0.1", "ifIndex": 17}],
   "cidr": {"address": "2001:db8::", "bits": 32}}
]}
----
customer 1001 "Grüße 😀"
  port 10.0.0.1>17
  cidr 2001:db8::/32
====
{"customers": [ {"id": "a", "frob": 1, "port": [{"agent": "10.0.0.1", "ifindex": 2}]} ]}
----
1:37: unknown attribute "frob" of customer, which takes id, name, parent, privacy, privacyBelow
1:82: unknown attribute "ifindex" of port: it is written ifIndex
====
{"customers": [ {"id": "a",} ]}
----
1:28: a name in quotes is wanted here
====
{"customers": [ {"id": "a" "name": "b"} ]}
----
1:28: a comma or } is wanted here
====
{"customers": [ {"id": "a", "id": "b"} ]}
----
1:29: "id" is in this object already
====
{"customers": [] } x
----
1:20: something follows the end
====
{"customers": [ {"id": "\ud83dx"} ]}
----
1:33: half of a surrogate pair in a text
====
{"customers": [ {"id": "a\u0000b"} ]}
----
1:32: a zero character in a text
====
{"customers": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
----
1:46: nested too deep
====
{"customers": "all"}
----
1:15: customers is a list
====
[]
----
1:1: wanted customers: and a list of them
====
{}
----
1:1: wanted customers: and a list of them
====
{"customers": [ {"id": nul} ]}
----
1:24: a value is wanted here
====
# ---- IX-F
!switch sw1 10.0.0.1
!switch 12 10.0.0.2
{"version": "1.0", "ixp_list": [{"ixp_id": 1, "switch": [{"id": 11, "name": "sw1", "city": "Zurich"}, {"id": 12, "name": "sw2"}]}],
 "member_list": [
  {"asnum": 64500, "name": "Example One", "url": "x", "connection_list": [
    {"ixp_id": 1, "state": "active", "if_list": [{"switch_id": 11, "if": "ethernet5", "if_speed": 10000}, {"switch_id": 12, "if_name": "ethernet6"}],
     "vlan_list": [{"vlan_id": 2, "ipv4": {"address": "192.0.2.10", "mac_addresses": ["02:00:5e:10:00:01"]},
                    "ipv6": {"address": "2001:db8::10", "mac_addresses": ["02:00:5e:10:00:01"]}}]},
    {"state": "inactive", "vlan_list": [{"ipv4": {"address": "192.0.2.99"}}]}]},
  {"asnum": 64501, "name": "Two", "connection_list": []},
  {"asnum": 64500, "name": "Example One, Geneva", "connection_list": [{"vlan_list": [{"ipv4": {"address": "192.0.2.11"}}]}]}]}
----
customer 64500 "Example One"
  port 10.0.0.1>ethernet5
  port 10.0.0.2>ethernet6
  mac 02:00:5e:10:00:01
  cidr 192.0.2.10/32
  cidr 2001:db8::10/128
  cidr 192.0.2.11/32
customer 64501 "Two"
====
# without a table of switches there are no ports
{"member_list": [{"asnum": 64500, "connection_list": [{"if_list": [{"switch_id": 11, "if": "ethernet5"}]}]}]}
----
customer 64500 ""
====
# a switch that is no agent: once, and the rest holds
!switch sw9 10.0.0.1
{"ixp_list": [{"switch": [{"id": 9, "name": "sw9"}]}], "member_list": [{"asnum": 64500, "connection_list": [
  {"if_list": [{"switch_id": 11, "if": "e5"}, {"switch_id": 11, "if": "e6"}, {"switch_id": 9, "if": "e7"}],
   "vlan_list": [{"ipv4": {"address": "192.0.2.10"}}]}]}]}
----
2:30: orphan: switch "11" has no agent in the table of switches: its ports are nobody's
customer 64500 ""
  port 10.0.0.1>e7
  cidr 192.0.2.10/32
====
!strict
!switch sw9 10.0.0.1
{"member_list": [{"asnum": 64500, "connection_list": [{"if_list": [{"switch_id": 11, "if": "ethernet5"}],
  "vlan_list": [{"ipv4": {"address": "192.0.2.300", "mac_addresses": ["02:00"]}}]}]},
 {"name": "no number"}]}
----
1:82: orphan: switch "11" has no agent in the table of switches: its ports are nobody's
3:2: a member without asnum
2:71: "02:00" is not a MAC address: wanted 02:00:5e:10:00:01
2:38: "192.0.2.300" is not an address: wanted 192.0.2.0 or 2001:db8::
====
# ---- NetBox
{"tenants": {"count": 2, "results": [{"id": 1, "name": "Tenant One", "slug": "one"}, {"id": 2, "name": "Tenant Two", "slug": "two"}]},
 "interfaces": [
  {"id": 7, "name": "ethernet5", "device": {"name": "sw1", "primary_ip": {"address": "10.0.0.1/24"}}, "custom_fields": {"tenant": {"slug": "one"}}},
  {"id": 8, "name": "ethernet6", "device": {"name": "sw1", "primary_ip4": {"address": "10.0.0.1/24"}, "tenant": {"slug": "two"}}},
  {"id": 9, "name": "uplink", "device": {"name": "sw1", "primary_ip": null}}],
 "prefixes": [{"prefix": "192.0.2.0/24", "tenant": {"slug": "one", "name": "Tenant One"}}, {"prefix": "198.51.100.0/24", "tenant": null}],
 "ip-addresses": [{"address": "203.0.113.9/24", "tenant": {"slug": "two"}}],
 "mac-addresses": [{"mac_address": "02:00:5E:10:00:01", "assigned_object_type": "dcim.interface", "assigned_object": {"id": 7, "name": "ethernet5"}}]}
----
customer one "Tenant One"
  port 10.0.0.1>ethernet5
  mac 02:00:5e:10:00:01
  cidr 192.0.2.0/24
customer two "Tenant Two"
  port 10.0.0.1>ethernet6
  cidr 203.0.113.9/32
====
# an interface that says it is assigned to itself
{"tenants": [{"slug": "one"}],
 "interfaces": [{"id": 7, "name": "e1", "device": {"name": "sw1", "primary_ip": {"address": "10.0.0.1/24"}}, "assigned_object": {"id": 7}}],
 "mac-addresses": [{"mac_address": "02:00:5E:10:00:01", "assigned_object": {"id": 7, "tenant": {"slug": "one"}}}]}
----
customer one ""
  mac 02:00:5e:10:00:01
====
# devices without an address: each once; what hangs on their interfaces is still its tenant's
{"tenants": [{"slug": "one"}],
 "interfaces": [{"id": 1, "name": "e1", "device": {"name": "planned", "tenant": {"slug": "one"}}},
  {"id": 2, "name": "e2", "device": {"name": "planned", "primary_ip": null, "tenant": {"slug": "one"}}},
  {"id": 3, "name": "e3", "device": {"name": "sw1", "primary_ip": {"address": "10.0.0.1/24"}}, "tenant": {"slug": "one"}},
  {"id": 4, "name": "e4", "tenant": {"slug": "one"}},
  {"id": 5, "name": "e5", "device": {"name": "nobody's"}}],
 "mac-addresses": [{"mac_address": "02:00:5E:10:00:01", "assigned_object": {"id": 1}}]}
----
2:17: orphan: device "planned" has no primary_ip: its interfaces are nobody's
5:3: orphan: device "" has no primary_ip: its interfaces are nobody's
customer one ""
  port 10.0.0.1>e3
  mac 02:00:5e:10:00:01
====
!strict
{"tenants": [{"slug": "one"}, {"id": 3}],
 "interfaces": [{"name": "e1", "device": {"name": "sw1"}, "tenant": {"slug": "one"}}],
 "prefixes": [{"prefix": "192.0.2.7/24", "tenant": {"slug": "one"}}]}
----
1:31: a tenant without slug
2:17: orphan: device "sw1" has no primary_ip: its interfaces are nobody's
3:15: host bits set: 192.0.2.7/24 should be 192.0.2.0/24
