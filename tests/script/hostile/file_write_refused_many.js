// expect: 1, limit: written 1 MB reached
// options: --read $SCRATCH/in --write $SCRATCH/in --limit written=1
for (;;) try { writefile("../x", "y") } catch (e) {}
