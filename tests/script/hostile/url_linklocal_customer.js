// expect: 1, readurl: not allowed here
// options: -c tests/script/cases/network.yaml --customers tests/script/cases/customers.xml --as-customer 1001
println(readurl("http://169.254.169.254/latest/meta-data/"));
