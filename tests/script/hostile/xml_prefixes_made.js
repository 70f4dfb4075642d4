// expect: 0, 4000
// options: --limit cpu=20 --limit wall=60
// Thousands of namespaces that end alike: the prefixes made up for them stay different.
var x = <a xmlns:p="q"/>;
for (var i = 0; i < 4000; i++) x.@[new QName("http://" + i + "/same", "k")] = i;
println(new XML(x.toXMLString()).@*.length());
