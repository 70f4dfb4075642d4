# Times of records: seconds since 1970, or ISO 8601 with its offset.
time>=1700000000
time=1700000000
match
prints time>=1700000000

time<2023-11-14T22:13:20Z
time=1699999999
match
prints time<1700000000

time<2023-11-14T22:13:20Z
time=1700000000
no match

time>=2023-11-14T23:13:20+01:00 & time<2023-11-14T23:14:20+0100
time=1700000059
match
prints time>=1700000000 & time<1700000060

time="2023-11-14 17:13:20-05"
time=1700000000
match
prints time=1700000000

time=1700000000
time=1700000001
no match

time>2024-02-29T00:00Z
time=1709164801
match
prints time>1709164800

# a time is a whole second: what = holds for, <= and >= hold for, and < and > do not
time=1700000000
time=1700000000.999
match

time<=1700000000
time=1700000000.999
match
prints time<=1700000000

time<=1700000000
time=1700000001
no match

time>=1700000000
time=1700000000
match

time>1700000000
time=1700000000.999
no match
prints time>1700000000

time>1700000000
time=1700000001
match

time<1700000000
time=1700000000
no match

# the zone of the asker is not known here
time>=2023-11-14T22:13:20
-
error at 7: "2023-11-14T22:13:20" does not fit time, which takes seconds since 1970, or a time with its offset: 2026-11-23T14:05:00Z, 2026-11-23T14:05:00+01:00

time>=2023-11-14
-
error at 7: "2023-11-14" does not fit time, which takes seconds since 1970, or a time with its offset: 2026-11-23T14:05:00Z, 2026-11-23T14:05:00+01:00

time>=yesterday
-
error at 7: "yesterday" does not fit time, which takes seconds since 1970, or a time with its offset: 2026-11-23T14:05:00Z, 2026-11-23T14:05:00+01:00

time>=2023-02-29T00:00Z
-
error at 7: "2023-02-29T00:00Z" does not fit time, which takes seconds since 1970, or a time with its offset: 2026-11-23T14:05:00Z, 2026-11-23T14:05:00+01:00

time>=1969-12-31T23:00Z
-
error at 7: "1969-12-31T23:00Z" does not fit time, which takes seconds since 1970, or a time with its offset: 2026-11-23T14:05:00Z, 2026-11-23T14:05:00+01:00

time>=99999999999999999
-
error at 7: "99999999999999999" does not fit time, which takes seconds since 1970, or a time with its offset: 2026-11-23T14:05:00Z, 2026-11-23T14:05:00+01:00

time~5
-
error at 5: "~" is not possible for time (time); possible: =, !=, <, <=, >, >=
