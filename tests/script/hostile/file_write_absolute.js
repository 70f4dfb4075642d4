// expect: 1, outside the folders where writing is allowed
// options: --read $SCRATCH/in --write $SCRATCH/in -input scratch=$SCRATCH
writefile(scratch + "/outside/new", "x");
