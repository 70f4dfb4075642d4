// expect: 1, not a regular file
// options: --read $SCRATCH/in --write $SCRATCH/in
println(readfile("."));
