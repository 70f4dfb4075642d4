// expect: 1, readurl: not allowed here
// options: -input port=$PORT -c tests/script/cases/network.yaml --customers tests/script/cases/customers.xml --as-customer 1001
println(readurl("http://127.0.0.1:" + port + "/file"));
