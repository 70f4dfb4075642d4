// expect: 1, 
// options: --limit cpu=2 --limit wall=8
eval("<a>".repeat(200000) + "</a>".repeat(200000));
throw new Error("taken");
