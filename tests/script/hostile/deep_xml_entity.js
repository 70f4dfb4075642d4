// expect: 1, 
// options: --limit cpu=2 --limit wall=8
var x = new XML("<!DOCTYPE a [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><a>&a;</a>");
println(String(x));
throw new Error("nothing read");
