# ---- said of a customer, of its reseller, of nobody
<customers>
  <customer id="r" privacy="mask" privacyBelow="1M"/>
  <customer id="a" parent="r"/>
  <customer id="b" parent="r" privacy="hide"/>
  <customer id="c" parent="b" privacyBelow="0"/>
  <customer id="d" parent="r" privacy="none"/>
  <customer id="e"/>
</customers>
----
customer r "" privacy mask /24 /48 below 1000000 bytes a day
customer a "" parent r privacy mask /24 /48 below 1000000 bytes a day
customer b "" parent r privacy hide below 1000000 bytes a day
customer c "" parent b privacy hide
customer d "" parent r
customer e ""
====
# ---- where the mapping is silent the configuration holds
!privacy hide
<customers><customer id="a"/><customer id="b" privacy="none"/></customers>
----
customer a "" privacy hide
customer b ""
====
!name m.csv
id,name,privacy,privacyBelow,element,address,bits
1001,InMon Corp.,mask,2K,cidr,192.0.2.0,24
1001,,,,cidr,198.51.100.0,24
1001,,hide,,,,
----
4:7: privacy of customer "1001" is another one in line 2
====
!name m.csv
id,privacy,privacyBelow
1001,mask,2K
----
customer 1001 "" privacy mask /24 /48 below 2000 bytes a day
====
!name m.yaml
customers:
  - { id: a, privacy: hide, privacyBelow: 5 }
----
customer a "" privacy hide below 5 bytes a day
====
!name m.json
{ "customers": [ { "id": "a", "privacy": "mask" } ] }
----
customer a "" privacy mask /24 /48
====
# ---- what is misspelt is refused: it must not fall back to showing everything
<customers>
  <customer id="a" privacy="masked"/>
  <customer id="b" privacy=""/>
  <customer id="c" privacybelow="1"/>
  <customer id="d" privacy="MASK"/>
  <customer id="e" privacyBelow="-1"/>
  <customer id="f" privacyBelow="18446744073709551615"/>
  <customer id="g"><port privacy="mask" agent="10.0.0.1" ifIndex="1"/></customer>
</customers>
----
2:20: privacy "masked" is none of none, mask, hide
3:20: privacy "" is none of none, mask, hide
4:20: unknown attribute "privacybelow" of customer: it is written privacyBelow
5:20: privacy "MASK" is none of none, mask, hide
6:20: privacyBelow "-1" must be a number of bytes: 1000000 or 1M
7:20: privacyBelow "18446744073709551615" must be a number of bytes: 1000000 or 1M
8:26: unknown attribute "privacy" of port, which takes agent, ifName or ifIndex, from, to
====
