// expect: 1, limit: 
// options: --limit cpu=1 --limit wall=3
XML.prototype.function::__noSuchMethod__ = function (name) { for (;;); };
<a/>.nothing();
