// expect: 1, Error: printf
// options: --limit cpu=2 --limit wall=8
printf("%999999999d", 1);
