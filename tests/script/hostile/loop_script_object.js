// expect: 1, limit: cpu 2 s reached
// options: --limit cpu=2 --limit wall=100
new Script("for (;;) { try { new Script('1')(); } catch (e) {} }")();
