// expect: 1, file
println(readurl("file:///etc/passwd"));
