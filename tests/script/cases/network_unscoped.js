// options: --store /nonexistent/store -c $CASES/network.yaml --customers $CASES/customers.xml
var n = Network.current();
println(JSON.stringify(n.customers()));
n.path = "10.0.0.4>A4";
println(n.customer());
n.path = "10.0.0.1>6";
println(n.customer());
