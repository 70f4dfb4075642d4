// expect: 1, gopher
println(readurl("gopher://127.0.0.1:1/x"));
