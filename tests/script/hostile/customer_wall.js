// expect: 1, limit: wall 1 s reached
// options: -c tests/script/cases/network.yaml --customers tests/script/cases/customers.xml --as-customer 1001 --limit wall=1
for (;;);
