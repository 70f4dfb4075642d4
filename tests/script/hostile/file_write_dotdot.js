// expect: 1, ".." is not allowed
// options: --read $SCRATCH/in --write $SCRATCH/in
writefile("../outside/secret", "changed");
