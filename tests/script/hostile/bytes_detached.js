// expect: 0, done
// options: --limit cpu=2 --limit wall=8
var b = new Uint8Array([65, 66, 67]);
if (b.buffer.transfer) b.buffer.transfer();
else if (typeof structuredClone === "function") structuredClone(b.buffer, {transfer: [b.buffer]});
try { print(b) } catch (e) { println(String(e)) }
println("done");
