// expect: 0, [1001]
// options: -c tests/script/cases/network.yaml --customers tests/script/cases/customers.xml --as-customer 1001
var c = Network.current().customers();
println("[" + c.map(function (x) { return x.id || x }).join(" ") + "]");
