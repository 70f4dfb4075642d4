// options: --store /nonexistent/store -c $CASES/network.yaml
// Interfaces named by the configuration, without any store.
var n = Network.current();
println(n.path === "", n.interfaceId());
println(n.agents(), n.interfaces(), n.interfaces("10.0.0.4"));
n.path = "10.0.0.1>ethernet5";
println(n.path, n.interfaceId(), n.agent(), n.ifName(), n.ifIndex(), n.ifSpeed(), n.ifAlias(), n.customer());
n.path = "10.0.0.1>6";
println(n.interfaceId(), n.ifName());
n.path = "10.0.0.9>x";
println(n.interfaceId(), n.ifName(), n.agent());
println(JSON.stringify(n.customers()));
try { n.interfaces("nowhere") } catch (e) { println(e) }
