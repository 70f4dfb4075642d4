// expect: 0, file refused, gopher refused, round refused
// options: -input port=$PORT
// A page that sends its reader to a file, to another protocol, or round and round.
println(["file", "gopher", "round"].map(function (page) {
	try { return page + " " + readurl("http://127.0.0.1:" + port + "/" + page) } catch (e) { return page + " refused" }
}).join(", "));
