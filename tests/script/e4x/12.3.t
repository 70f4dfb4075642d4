# ECMA-357 12.3: the for-each-in statement

== 12.3 for each in: XML, arrays, objects
var out = []
for each (var b in <a><b>1</b><b>2</b></a>.b) out.push(b * 10)
for each (var v in [3, 4]) out.push(v)
for each (v in { k: 5 }) out.push(v)
var named = []; named["x"] = 6
for each (let w in named) out.push(w)
for each (v in null) out.push("never")
print(out)
--
10,20,3,4,5,6
