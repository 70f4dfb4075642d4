// expect: 1, 
println(readurl("http://127.0.0.1/" + "x".repeat(100000)));
