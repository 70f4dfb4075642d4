// What is written where: [[Put]] of 9.1.1.2 and 9.2.1.2, and the methods that change (13.4.4).
function make() { return <a i="1"><b>1</b><c/><b>2</b></a> }
var x;
x = make(); x.b = <d/>; show(x);
x = make(); x.b = "t"; show(x);
x = make(); x.b = <><d/><e/></>; show(x);
x = make(); x.b = <></>; show(x);
x = make(); x.b = null; show(x);
x = make(); x.b[0] = ""; show(x);
x = make(); x.b[1] = <d>1</d>; show(x);
x = make(); x.b[5] = <d/>; show(x);
x = make(); x.* = 1; show(x);
x = make(); x.@i = 2; x.@j = <e>3</e>; show(x);
x = make(); x.d.e.f = 1; show(x);
x = make(); x["@k"] = 1; show(x);
x = make(); x.appendChild(<d/>).prependChild("p"); show(x);
x = make(); x.appendChild(<><d/><e/></>); show(x);
x = make(); x.insertChildAfter(x.c[0], <d/>); x.insertChildBefore(x.c[0], <e/>); show(x);
x = make(); x.insertChildAfter(null, <d/>); x.insertChildBefore(null, <e/>); show(x);
x = make(); x.setChildren(<><d/><e/></>); show(x);
x = make(); x.replace("c", <d/>); show(x);
x = make(); x.replace("*", "t"); show(x);
x = make(); x.setName("z"); x.setLocalName("y"); x.@i.setName("j"); show(x);
x = <a>s</a>; x.appendChild("t"); show(x.children().length()); x.normalize(); show(x.children().length());
var l = <><a/><b/></>; l[2] = <c/>; show(l); delete l[0]; show(l);
