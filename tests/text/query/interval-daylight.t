# interval: days when clocks change, in four zones
@zone Europe/Zurich

# 29 March 2026 has 23 hours
@now 2026-03-30T12:00:00+02:00
interval yesterday
2026-03-29T00:00:00+01:00 .. 2026-03-30T00:00:00+02:00

# 24 hours are 24 hours, a day is a day of the calendar
interval last24hours
2026-03-29T12:00:00+02:00 .. 2026-03-30T12:00:00+02:00

interval last48hours
2026-03-28T11:00:00+01:00 .. 2026-03-30T12:00:00+02:00

interval last2days
2026-03-28T12:00:00+01:00 .. 2026-03-30T12:00:00+02:00

bucket hour of yesterday
3600 s x 23: 2026-03-29T00:00:00+01:00 .. 2026-03-30T00:00:00+02:00

bucket day of lastweek
day x 7: 2026-03-23T00:00:00+01:00 .. 2026-03-30T00:00:00+02:00

# skipped: the instant after the gap
instant 20260329 02:30
2026-03-29T03:30:00+02:00

# 25 October 2026 has 25 hours; 02:30 comes twice, the first is taken
@now 2026-10-26T12:00:00+01:00
interval yesterday
2026-10-25T00:00:00+02:00 .. 2026-10-26T00:00:00+01:00

bucket hour of yesterday
3600 s x 25: 2026-10-25T00:00:00+02:00 .. 2026-10-26T00:00:00+01:00

edges hour of 20261025 01:00, 20261025 04:00
2026-10-25T01:00:00+02:00
2026-10-25T02:00:00+02:00
2026-10-25T02:00:00+01:00
2026-10-25T03:00:00+01:00
2026-10-25T04:00:00+01:00

bucket  of yesterday
900 s x 100: 2026-10-25T00:00:00+02:00 .. 2026-10-26T00:00:00+01:00

instant 20261025 02:30
2026-10-25T02:30:00+02:00

edges day of 20261024, 20261027
2026-10-24T00:00:00+02:00
2026-10-25T00:00:00+02:00
2026-10-26T00:00:00+01:00
2026-10-27T00:00:00+01:00

edges month of 20260915, 20261203
2026-09-01T00:00:00+02:00
2026-10-01T00:00:00+02:00
2026-11-01T00:00:00+01:00
2026-12-01T00:00:00+01:00
2027-01-01T00:00:00+01:00

@zone America/New_York
# 8 March 2026 has 23 hours, 1 November 25
@now 2026-03-09T09:00:00-04:00
interval yesterday
2026-03-08T00:00:00-05:00 .. 2026-03-09T00:00:00-04:00

bucket hour of yesterday
3600 s x 23: 2026-03-08T00:00:00-05:00 .. 2026-03-09T00:00:00-04:00

interval lastweek
2026-03-02T00:00:00-05:00 .. 2026-03-09T00:00:00-04:00

@now 2026-11-02T09:00:00-05:00
interval yesterday
2026-11-01T00:00:00-04:00 .. 2026-11-02T00:00:00-05:00

bucket hour of yesterday
3600 s x 25: 2026-11-01T00:00:00-04:00 .. 2026-11-02T00:00:00-05:00

instant yesterday 01:30
2026-11-01T01:30:00-04:00

# half an hour off the clock of the world: hours begin at local full hours
@zone Asia/Kolkata
@now 2026-11-25T14:05:00+05:30
interval today
2026-11-25T00:00:00+05:30 .. 2026-11-25T14:05:00+05:30

edges hour of last2hours
2026-11-25T12:00:00+05:30
2026-11-25T13:00:00+05:30
2026-11-25T14:00:00+05:30
2026-11-25T15:00:00+05:30

bucket 6 hours of yesterday
21600 s x 4: 2026-11-24T00:00:00+05:30 .. 2026-11-25T00:00:00+05:30

@zone UTC
interval today
2026-11-25T00:00:00+00:00 .. 2026-11-25T08:35:00+00:00

bucket month of thisyear
month x 11: 2026-01-01T00:00:00+00:00 .. 2026-12-01T00:00:00+00:00

# midnight itself is skipped: the day begins at 01:00
@zone America/Sao_Paulo
@now 2018-11-05T12:00:00-02:00
interval yesterday
2018-11-04T01:00:00-02:00 .. 2018-11-05T00:00:00-02:00

@now 2018-11-04T12:00:00-02:00
interval yesterday
2018-11-03T00:00:00-03:00 .. 2018-11-04T01:00:00-02:00

edges day of 20181103, 20181106
2018-11-03T00:00:00-03:00
2018-11-04T01:00:00-02:00
2018-11-05T00:00:00-02:00
2018-11-06T00:00:00-02:00

# a clock put forward at midnight without a word of daylight saving
@zone Africa/Casablanca
@now 1984-03-18T12:00:00+01:00
edges day of 19840315, 19840318
1984-03-15T00:00:00+00:00
1984-03-16T01:00:00+01:00
1984-03-17T00:00:00+01:00
1984-03-18T00:00:00+01:00

# 30 December 2011 did not exist in Samoa
@zone Pacific/Apia
@now 2012-01-01T12:00:00+14:00
edges day of 20111228, 20120101
2011-12-28T00:00:00-10:00
2011-12-29T00:00:00-10:00
2011-12-31T00:00:00+14:00
2012-01-01T00:00:00+14:00

interval lastweek
2011-12-19T00:00:00-10:00 .. 2011-12-26T00:00:00-10:00

# half an hour of daylight saving
@zone Australia/Lord_Howe
@now 2026-04-06T12:00:00+10:30
interval yesterday
2026-04-05T00:00:00+11:00 .. 2026-04-06T00:00:00+10:30

instant 20260405 01:45
2026-04-05T01:45:00+11:00

bucket 30 minutes of yesterday
1800 s x 49: 2026-04-05T00:00:00+11:00 .. 2026-04-06T00:00:00+10:30
