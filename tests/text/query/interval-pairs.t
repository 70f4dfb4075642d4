# interval: pairs START,END
@zone Europe/Zurich
@now 2026-11-25T14:05:00+01:00

# from the start of the first to the start of the second
interval yesterday,today
2026-11-24T00:00:00+01:00 .. 2026-11-25T00:00:00+01:00

interval lastmonth,thismonth
2026-10-01T00:00:00+02:00 .. 2026-11-01T00:00:00+01:00

interval today,tomorrow
2026-11-25T00:00:00+01:00 .. 2026-11-26T00:00:00+01:00

interval lastweek, now
2026-11-16T00:00:00+01:00 .. 2026-11-25T14:05:00+01:00

interval last2hours,now
2026-11-25T12:05:00+01:00 .. 2026-11-25T14:05:00+01:00

interval last 2 hours, last 1 hour
2026-11-25T12:05:00+01:00 .. 2026-11-25T13:05:00+01:00

# as programs that ask the reference product write them
interval 20121130 00:00:00, 20121201 00:00:00
2012-11-30T00:00:00+01:00 .. 2012-12-01T00:00:00+01:00

interval 20120919 01:01,20120920 01:01
2012-09-19T01:01:00+02:00 .. 2012-09-20T01:01:00+02:00

interval end - 5 minutes, end
2026-11-25T14:00:00+01:00 .. 2026-11-25T14:05:00+01:00

interval end - 5minutes, end
2026-11-25T14:00:00+01:00 .. 2026-11-25T14:05:00+01:00

# end of the first half is the second half, start of the second the first
interval end-1d, today
2026-11-24T00:00:00+01:00 .. 2026-11-25T00:00:00+01:00

interval today, start + 2 hours
2026-11-25T00:00:00+01:00 .. 2026-11-25T02:00:00+01:00

interval yesterday 9am, s+1h
2026-11-24T09:00:00+01:00 .. 2026-11-24T10:00:00+01:00

interval e-1h, noon
2026-11-25T11:00:00+01:00 .. 2026-11-25T12:00:00+01:00

interval 2026-11-01, 2026-11-02
2026-11-01T00:00:00+01:00 .. 2026-11-02T00:00:00+01:00

interval 2026-11-01T06:00:00Z, 2026-11-01T06:00:00-05:00
2026-11-01T07:00:00+01:00 .. 2026-11-01T12:00:00+01:00

interval 1700000000,1700003600
2023-11-14T23:13:20+01:00 .. 2023-11-15T00:13:20+01:00

interval -1d, now
2026-11-24T14:05:00+01:00 .. 2026-11-25T14:05:00+01:00

# refused
interval today,yesterday
error at 7: the end, 2026-11-24T00:00:00+01:00, is not after the start, 2026-11-25T00:00:00+01:00

interval today,today
error at 7: the end, 2026-11-25T00:00:00+01:00, is not after the start, 2026-11-25T00:00:00+01:00

interval now, now - 1 hour
error at 6: the end, 2026-11-25T13:05:00+01:00, is not after the start, 2026-11-25T14:05:00+01:00

interval start, end
error at 1: "start" has no meaning here: it stands for the other half of START,END

interval end - 1h, start + 1h
error at 11: "start" has no meaning here: it stands for the other half of START,END

interval today,
error at 7: a time is missing

interval ,today
error at 1: a time is missing

interval yesterday,today,now
error at 16: one comma only: START,END

interval 20121130 00:00:00, 20121301 00:00:00
error at 20: a month is 1..12
