# ECMA-357 10.5: ToAttributeName

== 10.5, 10.6 no name can be made of null, undefined, a boolean, a number
var x = <a b="1"/>, none, nothing = null, o = { null: 1, undefined: 2 }
function kind(f) { try { return f() } catch (e) { return e.name } }
print(kind(function () x[null]), kind(function () x[undefined]), kind(function () x[none]), kind(function () x[nothing] = 1))
print(kind(function () x.@[null]), kind(function () x.@[none]), kind(function () x.@[true]), kind(function () x.@[0]))
print(kind(function () x.child(null)), kind(function () x.descendants(none)), o[nothing], o[none], x.@[{ toString: function () "b" }])
--
TypeError TypeError TypeError TypeError
TypeError TypeError TypeError TypeError
TypeError TypeError 1 2 1
