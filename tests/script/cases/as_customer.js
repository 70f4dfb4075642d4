// options: -c $CASES/network.yaml --customers $CASES/customers.xml --as-customer 1001
// A customer's script: no files, no URLs, no writing.
function tried(f) { try { f(); println("no error") } catch (e) { println(String(e)) } }
tried(function () { readfile("/etc/passwd") });
tried(function () { readurl("http://127.0.0.1:1/") });
tried(function () { writefile("/tmp/x", "y") });
tried(function () { writefile("x", "y") });
println(Network.current().interfaces());
