// expect: 1, limit: 
// options: --limit cpu=1 --limit wall=1
for (;;) { try { for (;;); } catch (e) {} }
