println("never");
var a = [1, 2;
