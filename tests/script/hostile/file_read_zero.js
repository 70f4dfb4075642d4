// expect: 1, a zero character is not allowed
// options: --read $SCRATCH/in --write $SCRATCH/in
println(readfile("ok\0/../../outside/secret"));
