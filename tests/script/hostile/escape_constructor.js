// expect: 0, undefined undefined undefined
// options: --limit cpu=2 --limit wall=8
var f = [].constructor.constructor, g = println.constructor || f;
println(f("return typeof process")(), f("return typeof require")(), f("return this.Deno")());
println(typeof g("return this")().system);
