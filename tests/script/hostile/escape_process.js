// expect: 0, none none none
// options: --limit cpu=2 --limit wall=8
// No way to start a process, to open a socket or to load code: not as a name, not from a function's maker.
var names = ["fork", "exec", "execve", "spawn", "popen", "os", "std", "process", "child_process", "require", "importScripts", "Deno", "Bun", "java", "Packages", "Components", "ActiveXObject", "ffi", "dlopen", "ctypes"],
	sockets = ["Socket", "WebSocket", "EventSource", "connect", "listen", "net", "dgram", "fetch", "XMLHttpRequest", "Request", "navigator", "location"];
function seen(list) { return list.filter(function (n) { try { return eval("typeof " + n) !== "undefined" || new Function("return typeof " + n)() !== "undefined" } catch (e) { return true } }).join() || "none" }
var loaded = "none";
try { loaded = eval("import.meta").url } catch (e) {}
println(seen(names), seen(sockets), loaded);
