// expect: 7, 
// options: --limit cpu=2 --limit wall=8
try { exit(7) } catch (e) { println("caught") } finally { for (;;) { println("still here"); break } }
