// expect: 1, limit: output 1 MB reached
// options: --limit output=1
for (;;) console.log("x".repeat(10000));
