// options: --store /nonexistent/store
// A script runs without a store; a query then says what is missing.
println("runs");
try { Query.topN("traffic", "bytes", "", "today").run() } catch (e) { println(e) }
Query.rows("traffic", "bytes", "", "today").run();
