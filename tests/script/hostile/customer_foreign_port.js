// expect: 0, same
// options: -c tests/script/cases/network.yaml --customers tests/script/cases/customers.xml --as-customer 1001
var a, b, n = Network.current();
function of(p) { try { n.path = p; return [n.ifName(), n.ifAlias(), n.interfaceId()].join() } catch (e) { return String(e).replace(p, "") } }
println(of("10.0.0.1>1") === of("10.0.0.1>4000") ? "same" : of("10.0.0.1>1") + "|" + of("10.0.0.1>4000"));
