// expect: 1, outside the folders where reading is allowed
// options: --read $SCRATCH/in --write $SCRATCH/in -input scratch=$SCRATCH
println(readfile(scratch + "/in-other/secret"));
