// expect: 0, fine
// options: --limit cpu=10 --limit wall=100
// A million times "<!--" without an end is looked through once.
eval("<!--\n".repeat(1000000));
println("fine");
