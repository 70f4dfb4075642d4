// A script has its host names and the language: no doors beside them.
println(typeof require, typeof process, typeof Deno, typeof WebAssembly, typeof load, typeof globalThis.gc);
var f = [].constructor.constructor;
println(f("return typeof println")(), f("return 1 + 1")());
println(Object.getOwnPropertyNames(Query.prototype).sort().join());
"use strict";
Query.prototype.run = null;
println(typeof Query.prototype.run);
try { Object.defineProperty(Query.prototype, "run", {value: 1}); println("changed") } catch (e) { println("kept") }
Object.prototype.view = "traffic";
try { Query.topN({}) } catch (e) { println(String(e)) }
println(delete globalThis.Query, typeof Query);
