// expect: 1, exit: code
// options: --limit cpu=2 --limit wall=8
exit(256);
