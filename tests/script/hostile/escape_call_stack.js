// expect: 1, TypeError
// options: --limit cpu=2 --limit wall=8
function f() { return f.caller.arguments }
"use strict";
new Table().addColumn("a", [1]).filter(f);
null.x;
