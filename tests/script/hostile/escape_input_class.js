// expect: 2, is a name of the script language or its library
// options: -input Table=1
println("ran");
