// expect: 1, 
// options: --limit cpu=2 --limit wall=20
XML.prototype.function::__noSuchMethod__ = function (name) this[name]();
<a/>.nothing();
