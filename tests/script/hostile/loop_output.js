// expect: 1, limit: output 1 MB reached
// options: --limit output=1
for (;;) print("x".repeat(10000));
