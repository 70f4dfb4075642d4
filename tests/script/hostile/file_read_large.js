// expect: 1, larger than a script may read
// options: --read $SCRATCH/in --write $SCRATCH/in
println(readfile("large").length);
