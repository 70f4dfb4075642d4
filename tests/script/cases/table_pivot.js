// Long to wide; times stay times when a column goes into another table.
var t = new Table();
t.addColumn("time", [new Date(0), new Date(0), new Date(60000)]);
t.addColumn("interface", ["10.0.0.1>5", "10.0.0.1>6", "10.0.0.1>5"]);
t.addColumn("in", [1, 2, 3]);
var p = t.pivotTime(0, 1, 2);
println(p.cnames, p.ncols, p.nrows);
p.printCSV();
var u = new Table();
u.addColumn(p.cnames[0], p.column(0));
u.addColumn("In", p.column(1));
u.addColumn("Out", p.column(2));
println(u.ctypes);
u.printCSV();
t.pivot("interface", "time", "in").printCSV();
