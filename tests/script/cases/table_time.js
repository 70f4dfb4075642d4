// The time range: Date, milliseconds and ISO text go in, Dates come out.
var t = new Table(), u = new Table();
t.start = new Date(1000);
t.end = 2000;
println(t.start.getTime(), t.end.getTime());
t.start = "2026-11-23T00:00:00Z";
u.start = t.start;
u.end = t.end;
println(u.start.toISOString(), u.end instanceof Date);
try { t.start = "nonsense" } catch (e) { println(e) }
try { t.nrows = 5 } catch (e) { println(e instanceof TypeError) }
