// What readurl refuses.
function tried(f) { try { println(f()) } catch (e) { println(String(e)) } }
tried(function () { return readurl("file:///etc/passwd") });
tried(function () { return readurl("gopher://127.0.0.1/") });
tried(function () { return readurl() });
tried(function () { return readurl("http://127.0.0.1:1/") });
