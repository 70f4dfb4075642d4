// expect: 1, not available
// options: -c tests/script/cases/network.yaml --customers tests/script/cases/customers.xml --as-customer 1001
mail({to: "x@example.net", subject: "s", text: "t"});
