// expect: 1, outside the folders where reading is allowed
// options: --read $SCRATCH/in --write $SCRATCH/in
println(readfile("/etc/passwd"));
