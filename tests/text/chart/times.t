# At most WANT ticks at round local times; where a day begins, its date.

time 2026-11-23T00:00 2026-11-24T00:00 Europe/Zurich 8
*23 Nov | 04:00 | 08:00 | 12:00 | 16:00 | 20:00 | *24 Nov

time 2026-11-23T00:00 2026-11-24T00:00 UTC 5
*23 Nov | 06:00 | 12:00 | 18:00 | *24 Nov

time 2026-11-23T14:05 2026-11-23T15:05 UTC 6
14:10 | 14:20 | 14:30 | 14:40 | 14:50 | 15:00

time 2026-11-23T14:05:10 2026-11-23T14:06:00 UTC 6
14:05:10 | 14:05:20 | 14:05:30 | 14:05:40 | 14:05:50 | 14:06:00

time 2026-11-23T14:05 2026-11-24T14:05 UTC 8
15:00 | 18:00 | 21:00 | *24 Nov | 03:00 | 06:00 | 09:00 | 12:00

# a week, a month, a year, a decade, four centuries
time 2026-11-16T00:00 2026-11-23T00:00 Europe/Zurich 8
16 Nov | 17 Nov | 18 Nov | 19 Nov | 20 Nov | 21 Nov | 22 Nov | 23 Nov

time 2026-11-01T00:00 2026-12-01T00:00 Europe/Zurich 8
2 Nov | 9 Nov | 16 Nov | 23 Nov | 30 Nov

time 2026-01-01T00:00 2027-01-01T00:00 Europe/Zurich 8
*2026 | Mar | May | Jul | Sep | Nov | *2027

time 2017-05-01T00:00 2026-11-23T00:00 UTC 6
2018 | 2020 | 2022 | 2024 | 2026

time 1700-01-01T00:00 2100-01-01T00:00 UTC 8
1700 | 1800 | 1900 | 2000 | 2100

# nothing, and no room
time 2026-11-23T00:00:01 2026-11-23T00:00:01 UTC 8
00:00:01

time 2026-11-23T00:00 2026-11-24T00:00 UTC 1
23 Nov

# Spring in Zurich: 02:00 to 03:00 is not there; labels stay at round hours on both sides.
time 2026-03-29T00:00 2026-03-30T00:00 Europe/Zurich 8
*29 Mar | 04:00 | 08:00 | 12:00 | 16:00 | 20:00 | *30 Mar

times 2026-03-29T00:00 2026-03-30T00:00 Europe/Zurich 8
28 23:00 | 29 02:00 | 29 06:00 | 29 10:00 | 29 14:00 | 29 18:00 | 29 22:00

time 2026-03-29T00:00 2026-03-29T06:00 Europe/Zurich 8
*29 Mar | 01:00 | 03:00 | 04:00 | 05:00 | 06:00

# steps of two hours: 02:00 does not exist, so it has no tick
time 2026-03-29T00:00 2026-03-29T12:00 Europe/Zurich 7
*29 Mar | 04:00 | 06:00 | 08:00 | 10:00 | 12:00

# Autumn: 02:00 comes twice.
time 2026-10-25T00:00 2026-10-25T05:00 Europe/Zurich 8
*25 Oct | 01:00 | 02:00 | 02:00 | 03:00 | 04:00 | 05:00

times 2026-10-25T00:00 2026-10-25T05:00 Europe/Zurich 8
24 22:00 | 24 23:00 | 25 00:00 | 25 01:00 | 25 02:00 | 25 03:00 | 25 04:00

time 2026-10-25T00:00 2026-10-26T00:00 Europe/Zurich 5
*25 Oct | 06:00 | 12:00 | 18:00 | *26 Oct

# A zone off the hour, and one that turns its clocks by half an hour.
time 2026-11-23T00:00 2026-11-23T06:00 Asia/Kolkata 7
*23 Nov | 01:00 | 02:00 | 03:00 | 04:00 | 05:00 | 06:00

time 2026-04-05T00:00 2026-04-05T05:00 Australia/Lord_Howe 8
*5 Apr | 01:00 | 02:00 | 03:00 | 04:00 | 05:00

# Midnight itself is skipped: the day begins at one, and has its date.
time 2018-11-03T12:00 2018-11-04T12:00 America/Sao_Paulo 5
12:00 | 18:00 | *4 Nov | 06:00 | 12:00

# Before the database: the oldest offset it knows of goes on.
time 1900-01-01T00:00 1900-01-02T00:00 UTC 5
*1 Jan | 06:00 | 12:00 | 18:00 | *2 Jan

span 2026-11-23T00:00 2026-11-23T14:05 Europe/Zurich
2026-11-23 00:00 – 14:05

span 2026-11-22T14:05 2026-11-23T14:05 UTC
2026-11-22 14:05 – 2026-11-23 14:05

brief 2026-11-22T14:05 2026-11-23T14:05 UTC
22 Nov 14:05 – 23 Nov 14:05

brief 2026-11-23T00:00 2026-11-23T14:05 UTC
23 Nov 00:00 – 14:05
