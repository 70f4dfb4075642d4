// expect: 1, a symbolic link
// options: --read $SCRATCH/in --write $SCRATCH/in
println(readfile("proc/self/environ"));
