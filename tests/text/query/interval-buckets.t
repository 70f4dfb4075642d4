# interval: buckets
@zone Europe/Zurich
@now 2026-11-25T14:05:30+01:00

# left out: by the length of the interval
bucket  of lasthour
60 s x 61: 2026-11-25T13:05:00+01:00 .. 2026-11-25T14:06:00+01:00

bucket  of last6hours
120 s x 181: 2026-11-25T08:04:00+01:00 .. 2026-11-25T14:06:00+01:00

bucket  of last12hours
300 s x 145: 2026-11-25T02:05:00+01:00 .. 2026-11-25T14:10:00+01:00

bucket  of yesterday
900 s x 96: 2026-11-24T00:00:00+01:00 .. 2026-11-25T00:00:00+01:00

bucket  of lastweek
3600 s x 168: 2026-11-16T00:00:00+01:00 .. 2026-11-23T00:00:00+01:00

bucket  of lastmonth
day x 31: 2026-10-01T00:00:00+02:00 .. 2026-11-01T00:00:00+01:00

bucket  of lastyear
day x 365: 2025-01-01T00:00:00+01:00 .. 2026-01-01T00:00:00+01:00

# a number is seconds
bucket 60 of yesterday
60 s x 1440: 2026-11-24T00:00:00+01:00 .. 2026-11-25T00:00:00+01:00

bucket 3600 of last2hours
3600 s x 3: 2026-11-25T12:00:00+01:00 .. 2026-11-25T15:00:00+01:00

bucket minute of lasthour
60 s x 61: 2026-11-25T13:05:00+01:00 .. 2026-11-25T14:06:00+01:00

bucket 5 minutes of lasthour
300 s x 13: 2026-11-25T13:05:00+01:00 .. 2026-11-25T14:10:00+01:00

bucket 5minutes of lasthour
300 s x 13: 2026-11-25T13:05:00+01:00 .. 2026-11-25T14:10:00+01:00

bucket hour of today
3600 s x 15: 2026-11-25T00:00:00+01:00 .. 2026-11-25T15:00:00+01:00

bucket 2 hours of today
7200 s x 8: 2026-11-25T00:00:00+01:00 .. 2026-11-25T16:00:00+01:00

bucket Day of thisweek
day x 3: 2026-11-23T00:00:00+01:00 .. 2026-11-26T00:00:00+01:00

bucket 1 day of yesterday
day x 1: 2026-11-24T00:00:00+01:00 .. 2026-11-25T00:00:00+01:00

bucket week of thismonth
week x 5: 2026-10-26T00:00:00+01:00 .. 2026-11-30T00:00:00+01:00

bucket month of lastyear
month x 12: 2025-01-01T00:00:00+01:00 .. 2026-01-01T00:00:00+01:00

# a length that does not fill a day: multiples since 1970 in local time
bucket 7 of 20261125 00:00:01, 20261125 00:00:20
7 s x 3: 2026-11-24T23:59:59+01:00 .. 2026-11-25T00:00:20+01:00

# an interval that has only begun has no bucket
@now 2026-11-25T00:00:00+01:00
bucket hour of today
3600 s x 0: 2026-11-25T00:00:00+01:00 .. 2026-11-25T00:00:00+01:00

# a second for each second of eleven days is about a million
bucket 1 of 20261101,20261112 13:46:40
1 s x 1000000: 2026-11-01T00:00:00+01:00 .. 2026-11-12T13:46:40+01:00

bucket 1 of 20261101,20261112 13:46:41
limit reached

# refused
bucket 0 of today,tomorrow
error at 1: a bucket is 1 second to 366 days

bucket 9000 hours of today,tomorrow
error at 1: a bucket is 1 second to 366 days

bucket 18446744073709551617 of today,tomorrow
error at 1: a bucket is 1 second to 366 days

bucket 2 days of today,tomorrow
error at 1: calendar buckets are one day, one week or one month

bucket year of today,tomorrow
error at 1: calendar buckets are one day, one week or one month

bucket banana of today,tomorrow
error at 1: a bucket is a number of seconds, or minute, 5 minutes, hour, day, week, month

bucket 5 bananas of today,tomorrow
error at 3: unexpected "bananas" after the bucket

bucket -5 of today,tomorrow
error at 1: a bucket is a number of seconds, or minute, 5 minutes, hour, day, week, month

bucket hour hour of today,tomorrow
error at 6: unexpected "hour" after the bucket
