# Axes of amounts begin at nothing, step by 1, 2 or 5, and show one prefix.

value 0 390000000 4
0 | 100M | 200M | 300M | 400M

value 0 1000 4
0 | 500 | 1000

value 0 999 5
0 | 200 | 400 | 600 | 800 | 1000

# ten, hundreds, thousands ... exa
value 0 7 4
0 | 2 | 4 | 6 | 8

value 0 64000 5
0 | 20k | 40k | 60k | 80k

value 0 1400000000 4
0 | 0.5G | 1.0G | 1.5G

value 0 3.3e12 4
0 | 1T | 2T | 3T | 4T

value 0 2e15 2
0 | 1P | 2P

value 0 5e18 3
0 | 2E | 4E | 6E

value 0 1e30 2
0 | 5e+11E | 1e+12E

# data that does not reach down to nothing: the axis does all the same
value 90 100 5
0 | 20 | 40 | 60 | 80 | 100

# nothing at all, and next to nothing
value 0 0 5
0 | 1

value 0 1e-300 5
0 | 1

value 0 0.0021 4
0 | 0.001 | 0.002 | 0.003

value 0 0.00000031 3
0 | 2e-07 | 4e-07

# below nothing
value -3 7 5
-4 | -2 | 0 | 2 | 4 | 6 | 8

value -2500000 0 3
-3M | -2M | -1M | 0

value -1e300 1e300 4
-1e+282E | -5e+281E | 0 | 5e+281E | 1e+282E

percent 0 100 5
0% | 20% | 40% | 60% | 80% | 100%

percent 0 0.7 4
0% | 0.2% | 0.4% | 0.6% | 0.8%

# in words
text 0
0

text 161000000
161M

text 161000000 bit/s
161 Mbit/s

text 999.9
1k

text 999960 bit/s
1 Mbit/s

text 1234.5 B
1.23 kB

text 41.26 %
41.3 %

text 2500 ms
2500 ms

text 0.0123
0.0123

text 0.0000123
1.23e-05

text -5600000 bit/s
-5.6 Mbit/s

text nan bit/s
-

text inf
-
