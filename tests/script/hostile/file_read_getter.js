// expect: 1, outside the folders
// options: --read $SCRATCH/in --write $SCRATCH/in
var n = 0;
println(readfile({toString: function () { return n++ ? "ok" : "/etc/passwd" }}));
