// options: --store /nonexistent/store -c $CASES/network.yaml --customers $CASES/customers.xml --customer 1002
// Inside a customer's scope there are its own ports, and nobody else.
var n = Network.current();
println(n.agents(), n.interfaces(), JSON.stringify(n.customers()));
n.path = "10.0.0.4>A4";
println(n.interfaceId(), n.customer());
n.path = "10.0.0.1>ethernet5";
println(n.interfaceId(), n.ifName(), n.customer());
