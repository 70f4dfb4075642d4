// expect: 1, writing is not allowed here
// options: --read $SCRATCH/in
writefile("x", "y");
