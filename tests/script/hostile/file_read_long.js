// expect: 1, 
// options: --read $SCRATCH/in --write $SCRATCH/in
println(readfile("x/".repeat(5000)));
