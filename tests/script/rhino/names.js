// Names and namespaces (13.1 - 13.3, 13.4.4).
function pairs(list) { return list.map(function (n) { return n.prefix + "=" + n.uri }).join() }
show(isXMLName("a"), isXMLName("a b"), isXMLName("1"), isXMLName("a:b"), isXMLName("-a"), isXMLName("_a.b-c"));
show(new QName("*").uri === null, new QName("*", "a"), new QName("u", "*"), new QName(new QName("v", "b")), new QName("u", "a") == new QName("u", "a"));
show(new Namespace("p", "u").prefix, new Namespace("p", "u"), new Namespace("u").prefix, new Namespace("", "").prefix, new Namespace("p", "u") == "u");
show(new Namespace(new QName("u", "a")).uri, new Namespace("p", new Namespace("u")).uri, new Namespace(<a>x</a>).uri);
var n = new Namespace("u"), x = <p:a xmlns:p="u" xmlns:q="v" p:b="1" b="2"><p:c/><q:c/><c/></p:a>;
show(x.name(), x.localName(), x.namespace(), x.namespace("q"), x.namespace("r"));
show(x.n::c.length(), x.*::c.length(), x.c.length(), x.@n::b, x.@b, x.@*::b.length(), x..n::*.length());
show(pairs(x.namespaceDeclarations()), pairs(x.c.inScopeNamespaces()), x.c.namespaceDeclarations().length);
show(x.c);
x = <a/>; x.addNamespace(new Namespace("p", "u")); show(x);
x = <a xmlns:p="u"/>; x.removeNamespace("u"); show(x);
x = <p:a xmlns:p="u"/>; x.removeNamespace("u"); show(x);
x = <a b="1"/>; x.setNamespace(new Namespace("p", "u")); x.@b.setNamespace(new Namespace("p", "u")); show(x);
x = <a/>; x.setName(new QName(new Namespace("p", "u"), "b")); show(x);
default xml namespace = "d";
x = <a><b/></a>; show(x.b.length(), new QName("a").uri, <a/>.@b.length());
default xml namespace = "";
show(x.b.length(), x);
