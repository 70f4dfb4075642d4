// expect: 2, input
// options: -input __proto__=1
println("ran");
