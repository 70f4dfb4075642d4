// expect: 0, [10.0.0.1>5 10.0.0.1>6]
// options: -c tests/script/cases/network.yaml --customers tests/script/cases/customers.xml --as-customer 1001
println("[" + Network.current().interfaces().join(" ") + "]");
