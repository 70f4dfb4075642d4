// options: --write $SCRATCH/files
// Text and bytes to files and back.
writefile("a/b.txt", "\u00e4\n");
writefile("a/c.bin", new Uint8Array([0, 255, 10]));
var t = new Table();
t.addColumn("x", [1]);
writefile("a/t.csv", t.csv());
var root = "$SCRATCH/files";
function tried(f) { try { println(f()) } catch (e) { println(String(e).replace(/\/[^ ]*\//g, "")) } }
tried(function () { writefile("../x", "y") });
tried(function () { writefile("/etc/weir-test", "y") });
tried(function () { writefile("a", "y") });
tried(function () { writefile("z") });
tried(function () { writefile("", "y") });
tried(function () { return readfile("/nonexistent/file") });
tried(function () { return readfile("/etc") });
tried(function () { return readfile("/etc/passwd", 5) });
println(readfile("/etc/passwd").indexOf("root") >= 0, readfile("/etc/passwd", {bytes: true}) instanceof Uint8Array);
tried(function () { mail({to: "a@b.c", subject: "x", text: "y"}) });
