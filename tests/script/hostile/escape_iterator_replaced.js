// expect: 0, [object Object] 2
// What the helpers were made with cannot be taken away from them.
Object.keys = Reflect.apply = WeakMap.prototype.get = Array.isArray = function () { throw new Error("mine") };
delete globalThis.Proxy;
function two() { yield 1; yield 2 }
var n = 0;
for (var v in two()) n++;
println({}, n);
