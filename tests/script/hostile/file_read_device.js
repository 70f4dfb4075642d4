// expect: 1, 
println(readfile("/dev/zero").length);
