// expect: 1, ".." is not allowed
// options: --read $SCRATCH/in --write $SCRATCH/in
println(readfile("../outside/secret"));
