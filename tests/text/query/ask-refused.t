# ask: what a request is refused for: its argument, the place, and what would be right
@now 2026-11-23T14:05:00+00:00

top traffic | ipsource,bytes
a plan

# -- view

top flows | bytes
view: unknown view "flows", there are traffic, iftraffic, ifcounters, ifextra, host, vm, services, application, drops, events, hosts

trend hosts | hosts
view: hosts is what is known now, it has no trend

# -- select

top traffic |   
select: error at 1: nothing is selected

top traffic | bytes,ipsorce
select: error at 7: unknown field "ipsorce", did you mean "ipsource"?

top traffic | top(bytes)
select: error at 1: unknown function "top", there are sum, rate, min, max, mean, sdev, percentile, share, error, count, first, last, mask, prefix, suffix, domain, hour, weekday, extract, asn, asname, country, name, map

top traffic | ipsource,
select: error at 10: a field or a function is missing

top traffic | bytes frames
select: error at 7: a comma is expected here

top traffic | rate(ipsource)
select: error at 6: rate takes a value, "ipsource" is a key

top traffic | count(bytes)
select: error at 7: count takes a key, "bytes" is a value

top traffic | rate(
select: error at 6: rate is written rate(field)

top traffic | rate(bytes
select: error at 11: rate is written rate(field)

top traffic | percentile(bytes)
select: error at 17: percentile is written percentile(field,number)

top traffic | percentile(bytes,101)
select: error at 18: percentile must be 1..100, not "101"

top traffic | p0(bytes)
select: error at 2: percentile must be 1..100, not "0"

top traffic | mask(ipsource,129)
select: error at 15: mask must be 0..128, not "129"

top traffic | bytes,mask(protocol,8)
select: error at 7: mask takes an address

top traffic | domain(protocol,2)
select: error at 1: domain takes a name

top traffic | hour(ipsource)
select: error at 1: hour takes the time

top hosts | hour(lastseen)
select: error at 1: hour takes the time

top traffic | prefix(time,4)
select: error at 1: prefix does not take the time

top traffic | first(time)
select: error at 1: first(time) is not possible

top traffic | extract(url,"(a")
select: error at 13: pattern, character 2: missing closing parenthesis

top traffic | extract(url,"")
select: error at 13: a pattern has 1..4096 bytes

top traffic | extract(url,"a)
select: error at 13: the quote has no end

top traffic | extract(url)
select: error at 12: extract is written extract(field,pattern)

top traffic | map(ipsource,nets)
select: error at 14: there is no table "nets": `tables` of the configuration names them

top traffic | map(ipsource)
select: error at 13: map is written map(field,table)

top traffic | interface,count(interface)
select: error at 11: interface has two sides: select inputinterface or outputinterface here

top traffic | count(customer)
select: error at 1: customer has two sides: select sourcecustomer or destinationcustomer here

top traffic | error(flows)
select: error at 1: flows is counted and not estimated: it has no error

top ifcounters | rate(ifinutilization)
select: error at 1: ifinutilization is a share: it has min, max and mean, but no rate

top host | sum(mem_free)
select: error at 1: mem_free is a level: it has min, max and mean, but no sum

rows ifcounters | ifinutilization
select: error at 1: ifinutilization needs two readings: raw rows do not have it

rows traffic | sum(bytes)
select: error at 1: raw rows have no functions

top traffic | time,agent,ipsource,ipdestination,protocol,sourceport,destinationport,tos,ttl,tcpflags,icmptype,vlansource,vlandestination,priority,sourceas,destinationas,nexthop
select: error at 156: more than 16 keys

top traffic | bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes,bytes
select: error at 385: more than 64 columns

# -- filter: tests/text/filter has its grammar

top traffic | bytes | ipsource=192.0.2.0/33
filter: error at 20: prefix length must be 0..32

top traffic | bytes | ipsource=$target | today | $target=10.0.0.3)|(ipsource=0.0.0.0/0
filter: error at 10: "10.0.0.3)|(ipsource=0.0.0.0/0" does not fit ipsource, which takes an address, a CIDR block 192.0.2.0/24 or a range 192.0.2.1-192.0.2.9

top ifcounters | ifinoctets | ifname=ge-1&ifinoctets>5
filter: error at 13: ifinoctets grows from reading to reading and cannot be tested

top traffic | bytes | sourcename=www.example.org
filter: error at 1: sourcename is asked of the DNS where it is shown and cannot be tested

# -- interval

top traffic | bytes |  | someday
interval: error at 1: unknown interval "someday": expected today, lasthour, last7days ..., or START,END

top traffic | bytes |  | 2026-11-23,2026-11-22
interval: error at 12: the end, 2026-11-22T00:00:00+00:00, is not after the start, 2026-11-23T00:00:00+00:00

top traffic | bytes |  | 2026-13-01,now
interval: error at 1: a month is 1..12

top traffic | bytes |  | 12:30:5x,now
interval: error at 1: expected a time HH:MM:SS, found "12:30:5x"

# -- sort, n, bucket, tz

top traffic | ipsource,bytes |  | today | sort=ipdestination
sort: error at 1: "ipdestination" is not selected

top traffic | ipsource,bytes |  | today | sort=frames
a plan

top traffic | ipsource,bytes |  | today | sort=byts
sort: error at 1: unknown field "byts", did you mean "bytes"?

top traffic | ipsource,bytes |  | today | sort=bytes,frames
sort: error at 6: one column is expected

top traffic | ipsource,first(ipdestination) |  | today | sort=first(ipdestination)
sort: error at 1: rows are not sorted by first(ipdestination)

top traffic | bytes |  | today | n=1000000000
n: must be 1..1000000, not 1000000000

top traffic | bytes |  | today | n=-1
n: must be 1..1000000, not -1

top traffic | bytes |  | today | bucket=hour
bucket: only a trend has buckets

trend traffic | bytes |  | lastyear | bucket=1
bucket: the interval has more than a million of them

trend traffic | bytes |  | today | bucket=fortnight
bucket: error at 1: a bucket is a number of seconds, or minute, 5 minutes, hour, day, week, month

trend traffic | bytes |  | today | bucket=0
bucket: error at 1: a bucket is 1 second to 366 days

top traffic | bytes |  | today | tz=Mars/Base
tz: unknown time zone "Mars/Base"

# -- a customer: what it may not see does not exist, and nothing is suggested
@customer

top traffic | agent,bytes
select: error at 1: unknown field "agent" in view traffic

top traffic | agemt,bytes
select: error at 1: unknown field "agemt" in view traffic

top traffic | name(ipsource)
select: error at 1: name is for operators

# ... whatever tables there are
top traffic | map(ipsource,nets)
select: error at 1: map is for operators

top traffic | bytes | agent=10.0.0.1
filter: error at 1: unknown field "agent"

top traffic | bytes |  | today | sort=samplingrate
sort: error at 1: unknown field "samplingrate" in view traffic
