// expect: 1, nested too deep
// options: --limit cpu=5 --limit wall=100
eval("#1=[".repeat(50000) + "#1#" + "]".repeat(50000));
