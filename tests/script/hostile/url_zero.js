// expect: 1, a zero character
println(readurl("http://127.0.0.1:1\0.example/"));
