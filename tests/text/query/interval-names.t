# interval: names, in a winter week of Zurich
@zone Europe/Zurich
@now 2026-11-25T14:05:00+01:00

interval today
2026-11-25T00:00:00+01:00 .. 2026-11-25T14:05:00+01:00

interval yesterday
2026-11-24T00:00:00+01:00 .. 2026-11-25T00:00:00+01:00

# weeks begin on Monday
interval thisweek
2026-11-23T00:00:00+01:00 .. 2026-11-25T14:05:00+01:00

interval lastweek
2026-11-16T00:00:00+01:00 .. 2026-11-23T00:00:00+01:00

interval thismonth
2026-11-01T00:00:00+01:00 .. 2026-11-25T14:05:00+01:00

interval lastmonth
2026-10-01T00:00:00+02:00 .. 2026-11-01T00:00:00+01:00

interval thisyear
2026-01-01T00:00:00+01:00 .. 2026-11-25T14:05:00+01:00

interval lastyear
2025-01-01T00:00:00+01:00 .. 2026-01-01T00:00:00+01:00

# rolling: the minutes that end now, not a clock hour
interval lasthour
2026-11-25T13:05:00+01:00 .. 2026-11-25T14:05:00+01:00

interval lastminute
2026-11-25T14:04:00+01:00 .. 2026-11-25T14:05:00+01:00

interval last5minutes
2026-11-25T14:00:00+01:00 .. 2026-11-25T14:05:00+01:00

interval last1minute
2026-11-25T14:04:00+01:00 .. 2026-11-25T14:05:00+01:00

interval last24hours
2026-11-24T14:05:00+01:00 .. 2026-11-25T14:05:00+01:00

interval last 24 hours
2026-11-24T14:05:00+01:00 .. 2026-11-25T14:05:00+01:00

interval   LAST 24hours  
2026-11-24T14:05:00+01:00 .. 2026-11-25T14:05:00+01:00

interval last15min
2026-11-25T13:50:00+01:00 .. 2026-11-25T14:05:00+01:00

interval last7days
2026-11-18T14:05:00+01:00 .. 2026-11-25T14:05:00+01:00

interval last2weeks
2026-11-11T14:05:00+01:00 .. 2026-11-25T14:05:00+01:00

# a month back is the same day of another month; the clock shows the same, the offset has changed
interval last3months
2026-08-25T14:05:00+02:00 .. 2026-11-25T14:05:00+01:00

interval last1year
2025-11-25T14:05:00+01:00 .. 2026-11-25T14:05:00+01:00

interval this week
2026-11-23T00:00:00+01:00 .. 2026-11-25T14:05:00+01:00

interval last  week
2026-11-16T00:00:00+01:00 .. 2026-11-23T00:00:00+01:00

interval Today
2026-11-25T00:00:00+01:00 .. 2026-11-25T14:05:00+01:00

# at midnight itself today has only begun
@now 2026-11-23T00:00:00+01:00
interval today
2026-11-23T00:00:00+01:00 .. 2026-11-23T00:00:00+01:00

interval thisweek
2026-11-23T00:00:00+01:00 .. 2026-11-23T00:00:00+01:00

# a Sunday belongs to the week that began six days before
@now 2026-11-22T23:59:59+01:00
interval thisweek
2026-11-16T00:00:00+01:00 .. 2026-11-22T23:59:59+01:00

# the last day of a longer month
@now 2026-03-31T10:00:00+02:00
interval last1months
2026-02-28T10:00:00+01:00 .. 2026-03-31T10:00:00+02:00

@now 2024-03-31T10:00:00+02:00
interval last1month
2024-02-29T10:00:00+01:00 .. 2024-03-31T10:00:00+02:00

@now 2024-02-29T10:00:00+01:00
interval last1year
2023-02-28T10:00:00+01:00 .. 2024-02-29T10:00:00+01:00

interval lastmonth
2024-01-01T00:00:00+01:00 .. 2024-02-01T00:00:00+01:00

@now 2026-01-01T00:00:01+01:00
interval lastmonth
2025-12-01T00:00:00+01:00 .. 2026-01-01T00:00:00+01:00

interval yesterday
2025-12-31T00:00:00+01:00 .. 2026-01-01T00:00:00+01:00

# the manual has the list that help prints
manual docs/intervals.md
has all names
