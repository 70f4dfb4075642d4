// expect: 1, 
// options: --read $SCRATCH/in --write $SCRATCH/in
writefile("a", "x");
