// expect: 1, writing is not allowed here
// options: -c tests/script/cases/network.yaml --customers tests/script/cases/customers.xml --as-customer 1001
writefile("x", "y");
