// expect: 1, outside the folders where writing is allowed
// options: --read $SCRATCH/in --write $SCRATCH/in
writefile("/dev/full", "x");
