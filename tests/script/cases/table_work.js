// Methods that order, select and compute.
var t = new Table();
t.addColumn("key", ["b", "a", "c", "a"]);
t.addColumn("v", [2, 10, null, 4]);
t.sort("v", true).printCSV(false);
println(t.total("v"), t.percentile("v", 50), t.percentile("v", 95), t.percentile(1, 100));
t.filter(function (row, i) { return row[1] > 2 }).printCSV();
t.map(function (row) { return row[1] === null ? null : [row[0] + "!", row[1] * 2] }).printCSV(false);
t.top(2).printCSV(false);
t.scale("v", 0.5).printCSV(false);
var names = new Table();
names.addColumn("key", ["a", "b"]);
names.addColumn("label", ["Anna", "Bert"]);
t.join(names, "key").printCSV();
t.append(t).printCSV(false);
println(JSON.stringify(t.toJSON()) == JSON.stringify(JSON.parse(JSON.stringify(t))));
