// What printing writes.
print("a", 1, null, undefined, true, [1, [2]], {});
print("\n");
println();
println("\u00e4\u20ac\ud83d\ude00");
print(new Uint8Array([72, 105, 10]));
console.log("to", "stderr");
console.warn("line one\nline two");
console.error("\u001b[31mred");
