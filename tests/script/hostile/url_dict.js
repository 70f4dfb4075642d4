// expect: 1, dict
println(readurl("dict://127.0.0.1:1/x"));
