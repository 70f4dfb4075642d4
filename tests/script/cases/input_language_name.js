// options: -input __proto__=1
println("never");
