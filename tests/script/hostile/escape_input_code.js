// expect: 0, [1;println(2)]
// options: -input target=1;println(2)
println("[" + target + "]");
