// expect: 1, 
println(readurl("http://127.0.0.1:1/\r\nX-Injected: 1"));
