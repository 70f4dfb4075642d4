# ECMA-357 12.2: the for-in statement

== 12.2 for in
var out = []
for (var i in <><a/><b/></>) out.push(i)
print(out)
--
0,1

== 12.2 for in sees indices, not what a script put on prototypes
XML.prototype.function::mine = 1
Object.prototype.everybodys = 2
var s = [], l = <><a/><b/><c/></>
for (var i in l) { s.push(i); if (i == 0) delete l[2] }
for (i in <a/>) s.push(i)
for (i in { k: 1 }) s.push(i)
delete Object.prototype.everybodys
print(s, [k for (k in <><a/><b/></>)])
--
0,1,0,k,everybodys 0,1
