# interval: single instants, as at(1) and RRDtool write them
@zone Europe/Zurich
@now 2026-11-25T14:05:30+01:00

instant now
2026-11-25T14:05:30+01:00

instant midnight
2026-11-25T00:00:00+01:00

instant noon
2026-11-25T12:00:00+01:00

instant teatime
2026-11-25T16:00:00+01:00

instant noon yesterday
2026-11-24T12:00:00+01:00

instant yesterday noon
2026-11-24T12:00:00+01:00

instant yesterday
2026-11-24T00:00:00+01:00

instant tomorrow
2026-11-26T00:00:00+01:00

instant lastweek
2026-11-16T00:00:00+01:00

instant last week + 2d
2026-11-18T00:00:00+01:00

instant 9am
2026-11-25T09:00:00+01:00

instant 9 pm
2026-11-25T21:00:00+01:00

instant 12am
2026-11-25T00:00:00+01:00

instant 12 PM
2026-11-25T12:00:00+01:00

instant 9:30pm yesterday
2026-11-24T21:30:00+01:00

instant 18:07:59
2026-11-25T18:07:59+01:00

instant 11/05/26
2026-11-05T00:00:00+01:00

instant 11/05/2026 8:00
2026-11-05T08:00:00+01:00

instant 01/01/71
1971-01-01T00:00:00+01:00

instant 5.11.2026
2026-11-05T00:00:00+01:00

instant 08:15 05.11.26
2026-11-05T08:15:00+01:00

instant 20261105
2026-11-05T00:00:00+01:00

instant 20261105 08:15
2026-11-05T08:15:00+01:00

instant 20261105 08:15:59
2026-11-05T08:15:59+01:00

instant 00:00 20261105
2026-11-05T00:00:00+01:00

# a day of the week is the latest one, today included; so is a date without a year
instant wednesday
2026-11-25T00:00:00+01:00

instant thursday
2026-11-19T00:00:00+01:00

instant 9am Mon
2026-11-23T09:00:00+01:00

instant sun noon
2026-11-22T12:00:00+01:00

instant Nov 5
2026-11-05T00:00:00+01:00

instant 5 november
2026-11-05T00:00:00+01:00

instant december 24
2025-12-24T00:00:00+01:00

instant Dec 24 2026
2026-12-24T00:00:00+01:00

instant Dec 24 20:26
2025-12-24T20:26:00+01:00

instant 24 dec 2026 20:26
2026-12-24T20:26:00+01:00

instant feb 29
2024-02-29T00:00:00+01:00

# shifts; a sign holds until the next one
instant now - 1d
2026-11-24T14:05:30+01:00

instant now-1d5h
2026-11-24T09:05:30+01:00

instant now - 1d + 5h
2026-11-24T19:05:30+01:00

instant now - 2 weeks 1 day
2026-11-10T14:05:30+01:00

instant now - 1m
2026-10-25T14:05:30+01:00

instant now - 1 mon
2026-10-25T14:05:30+01:00

instant now - 1min
2026-11-25T14:04:30+01:00

instant now - 30 s
2026-11-25T14:05:00+01:00

instant now - 1 year
2025-11-25T14:05:30+01:00

instant now+90sec
2026-11-25T14:07:00+01:00

instant today + 2 hours
2026-11-25T02:00:00+01:00

instant midnight-1h
2026-11-24T23:00:00+01:00

instant - 1 hour
2026-11-25T13:05:30+01:00

# ISO 8601
instant 2026-11-05
2026-11-05T00:00:00+01:00

instant 2026-11-05T08:15
2026-11-05T08:15:00+01:00

instant 2026-11-05 08:15:30
2026-11-05T08:15:30+01:00

instant 2026-11-05T08:15:30Z
2026-11-05T09:15:30+01:00

instant 2026-11-05T08:15:30.250Z
2026-11-05T09:15:30+01:00 and 250000 us

instant 2026-11-05T08:15:30+05:30
2026-11-05T03:45:30+01:00

instant 2026-11-05T08:15-0500
2026-11-05T14:15:00+01:00

instant 2026-11-05 08:15:30+02:00
2026-11-05T07:15:30+01:00

instant 2026-07-05T08:15:30Z + 1d
2026-07-06T10:15:30+02:00

# seconds since 1970
instant 1700000000
2023-11-14T23:13:20+01:00

instant 1700000000 + 1 min
2023-11-14T23:14:20+01:00

# refused
instant
error at 1: a time is missing

instant banana
error at 1: expected a time, found "banana"

instant 1700000000000
error at 1: seconds since 1970 have at most 11 digits (are these milliseconds?)

instant 2026-13-01
error at 1: a month is 1..12

instant 2026-02-29
error at 1: month 2 of 2026 has 28 days

instant 31.11.2026
error at 1: month 11 of 2026 has 30 days

instant 25:00
error at 1: a time of day is 00:00:00..23:59:59

instant 12:60
error at 1: a time of day is 00:00:00..23:59:59

instant 13pm
error at 1: an hour before am or pm is 1..12

instant 0:30 am
error at 1: an hour before am or pm is 1..12

instant noon 9am
error at 6: a second time of day

instant monday tuesday
error at 8: a second day

instant now yesterday
error at 5: unexpected "yesterday"

instant yesterday now
error at 11: expected a day or a time of day, found "now"

instant now - 
error at 7: a number is missing at the end

instant now - 5
error at 8: a unit (s, min, h, d, w, m for months, y) is missing at the end

instant now - 5 parsecs
error at 9: expected a unit (s, min, h, d, w, m for months, y), found "parsecs"

instant now - 100 years
error at 7: a time lies in the years 1970..9999

instant now - 99999999999999999999 d
error at 7: a time lies in the years 1970..9999

instant now + 9000 years
error at 7: a time lies in the years 1970..9999

instant end
error at 1: "end" has no meaning here: it stands for the other half of START,END

instant 08:15Z
error at 6: a time with an offset needs its day

instant 1.2.3
error at 1: a date is MM/DD/YYYY, DD.MM.YYYY, YYYYMMDD or YYYY-MM-DD

instant 1/2
error at 1: a date is MM/DD/YYYY, DD.MM.YYYY, YYYYMMDD or YYYY-MM-DD

instant 2026-1-05
error at 1: a date is MM/DD/YYYY, DD.MM.YYYY, YYYYMMDD or YYYY-MM-DD

instant 2026-11-05T0815
error at 12: expected a time HH:MM, found "0815"

instant november
error at 9: a day of the month is missing at the end

instant november x
error at 10: expected a day of the month, found "x"

instant 42
error at 1: expected a time, found "42"

# positions count characters, not bytes
instant noon über
error at 6: expected a time, found "über"

interval
error at 1: an interval is missing: today, lasthour, last7days ..., or START,END

interval lastwek
error at 1: unknown interval "lastwek": expected today, lasthour, last7days ..., or START,END

interval now
error at 1: unknown interval "now": expected today, lasthour, last7days ..., or START,END

interval today 9am
error at 7: unexpected "9am" after the interval

interval last0days
error at 5: how many? a number from 1 upwards

interval last5
error at 6: expected minutes, hours, days, weeks or months

interval last5parsecs
error at 6: expected minutes, hours, days, weeks or months

interval last999999999years
error at 5: that is before 1970

interval last100years
error at 5: that is before 1970
