// Values of an XML document as arguments.
var doc = new XML("<c><port agent='10.0.0.1' ifName='eth0'/><n>2</n></c>");
var t = new Table();
t.addColumn(doc.port.@ifName, [1, 2, 3]);
println(t.cnames, t.top(doc.n).nrows);
var n = Network.current();
n.path = doc.port.@agent + ">" + doc.port.@ifName;
println(n.path);
println(doc.port.@agent, quote(doc.port.@agent), formatnumber(doc.n));
t.addColumn("who", [doc.port.@agent, doc.port.@ifName, null]);
t.printCSV();
