// expect: 0, replaced
// options: --read $SCRATCH/in --write $SCRATCH/in
writefile("write_link", "mine");
println("replaced");
