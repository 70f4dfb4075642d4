// expect: 0, done
// options: --limit cpu=2 --limit wall=8
try {
	var r = new ArrayBuffer(1 << 20, {maxByteLength: 1 << 20}), all = new Uint8Array(r), part = new Uint8Array(r, 1 << 19, 1 << 18);
	if (r.resize) r.resize(10);
	print(all.length > 1000 ? "" : all);
	print(part);
} catch (e) { println(String(e)) }
println("done");
