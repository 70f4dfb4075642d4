// options: -input Query=1
println("never");
