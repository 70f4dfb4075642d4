# ECMA-357 10.2: ToXMLString

== ToXMLString without pretty printing
XML.prettyPrinting = false
print(<a><b>1</b><c/></a>)
--
<a><b>1</b><c/></a>

== prettyIndent
XML.prettyIndent = 4
print(<a><b><c/></b></a>)
--
<a>
    <b>
        <c/>
    </b>
</a>

== escaping
var x = <a b="&lt;&quot;&amp;">&lt;&gt;&amp;"</a>
print(x.toXMLString())
print(x.@b, x)
--
<a b="&lt;&quot;&amp;">&lt;&gt;&amp;"</a>
<"& <>&"

== 10.2.1 white space and pretty printing
print(<a>   </a>.toXMLString(), <a> x </a>.toXMLString(), <a>{" x "}</a> + "|", <a>{"  "}</a>.*.length())
var x = <a/>
x.b = "  pad  "
print("[" + x.b + "]", x.toXMLString())
XML.prettyPrinting = false
print(x.toXMLString(), <><a/><b/></>.toXMLString())
XML.ignoreWhitespace = false
print(<a> <b> </b> </a>.toXMLString(), <a> <b/></a>.*.length())
--
<a/> <a>x</a>  x | 0
[  pad  ] <a>
  <b>pad</b>
</a>
<a><b>  pad  </b></a> <a/><b/>
<a> <b> </b> </a> 2

== 10.2.1 attributes, text and comments on their own
XML.ignoreComments = XML.ignoreProcessingInstructions = false
var x = <a b="&lt;&quot;>"><!--1--><?p 2?>&lt;"</a>
print(x.@b.toXMLString(), x.text().toXMLString(), x.comments(), x.processingInstructions(), x.*.toXMLString())
--
&lt;&quot;> &lt;" <!--1--> <?p 2?> <!--1-->
<?p 2?>
&lt;"

== 10.2.1 prefixes that are made up, and those that are not needed
var x = <a/>, n = new Namespace("u")
x.@n::b = 1; x.@n::c = 2; x.n::d = 3; x.n::d.n::e = 4; x.d = 5
print(x.toXMLString())
var y = <a xmlns="u"/>
y.n::b = 1; y.n::b.n::c = 2; y.@n::d = 3; y.e = 4
print(y.toXMLString())
--
<a xmlns:a="u" a:b="1" a:c="2">
  <a:d>
    3
    <a:e>4</a:e>
  </a:d>
  <d>5</d>
</a>
<a xmlns="u" xmlns:u="u" u:d="3">
  <b>
    1
    <c>2</c>
  </b>
  <e xmlns="">4</e>
</a>

== 10.2.1 namespaces of what stood elsewhere
var x = <p:a xmlns:p="u"><p:b/></p:a>, b = x.*[0], y = <c xmlns:p="v"/>
delete x.*
y.appendChild(b)
print(b.toXMLString(), y.toXMLString())
--
<p:b xmlns:p="u"/> <c xmlns:p="v">
  <p:b xmlns:p="u"/>
</c>

== 10.2.1 a prefix stands for one namespace in a tag
var x = <a/>, p = new Namespace("p", "u"), q = new Namespace("p", "v")
x.@p::b = 1; x.@q::b = 2; x.@q::c = 3
print(x.toXMLString(), new XML(x.toXMLString()).@q::c, new XML(x.toXMLString()).@*.length())
var y = <p:a xmlns:p="u"/>
y.setNamespace(q); y.@p::b = 1
print(y.toXMLString(), y.@p::b)
--
<a xmlns:p="u" xmlns:v="v" p:b="1" v:b="2" v:c="3"/> 3 3
<p:a xmlns:p="v" xmlns:u="u" u:b="1"/> 1

== 10.2.1 a made up prefix is the last part of its namespace that can be one
function tag(uri) { var x = <t xmlns:b="v"/>; x.@[new QName(uri, "k")] = 1; return x.toXMLString().split(" ")[2] }
print(tag("http://a.org/shop/items"), tag("http://a.org/xml/2005"), tag("urn:x:y"), tag("1/2"), tag("http://a.org/b"), tag("//"), tag("there.is.only.one"))
var x = <t/>, y = <t/>
for each (var u in ["http://one/b", "http://two/b", "http://three/b"]) { x.@[new QName(u, "k" + u.length)] = 1; y[new QName(u, "e")] = 1 }
print(x.toXMLString())
print(y.toXMLString(), new XML(x.toXMLString()) == x, new XML(y.toXMLString()) == y)
--
xmlns:items="http://a.org/shop/items" xmlns:org="http://a.org/xml/2005" xmlns:y="urn:x:y" xmlns:a="1/2" xmlns:b-1="http://a.org/b" xmlns:a="//" xmlns:one="there.is.only.one"
<t xmlns:a="http://one/b" xmlns:b="http://two/b" xmlns:b-1="http://three/b" a:k12="1" b:k12="1" b-1:k14="1"/>
<t>
  <e xmlns="http://one/b">1</e>
  <e xmlns="http://two/b">1</e>
  <e xmlns="http://three/b">1</e>
</t> true true

== prettyIndent is the number that was set; writing takes what it can of it
XML.prettyIndent = -1
print(XML.prettyIndent, <a><b/></a>.toXMLString().length)
XML.prettyIndent = 2.5
print(XML.prettyIndent, <a><b/></a>.toXMLString())
XML.setSettings({ prettyIndent: 1e9 })
print(XML.prettyIndent, <a><b/></a>.toXMLString().length, (XML.prettyIndent = NaN, <a><b/></a>.toXMLString().length))
--
-1 13
2.5 <a>
  <b/>
</a>
1000000000 1013 13

== 10.2 text and markup of values of every kind
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { XML.ignoreComments = false; return (<a><!--c--></a>.toXMLString()) })
show(function () { return (<a>&amp;&lt;&gt;"'</a>.toXMLString()) })
show(function () { return (<a b='"&amp;&lt;'/>.toXMLString()) })
show(function () { return (<a b="x&#10;y"/>.toXMLString()) })
show(function () { XML.prettyPrinting = false; return (<a><b>x</b><c/></a>.toXMLString()) })
show(function () { XML.prettyIndent = 4; return (<a><b><c/></b></a>.toXMLString()) })
show(function () { XML.prettyIndent = -1; return (<a><b><c/></b></a>.toXMLString()) })
show(function () { XML.prettyIndent = -1; return (XML.prettyIndent) })
show(function () { XML.prettyIndent = 3.7; return (<a><b/></a>.toXMLString()) })
show(function () { XML.prettyIndent = "3"; return (XML.prettyIndent) })
show(function () { return (<a>{""}</a>.toXMLString()) })
show(function () { return (<a b=""/>.toXMLString()) })
show(function () { return (<a/>.toXMLString()) })
show(function () { return (<a></a>.toXMLString()) })
show(function () { return (<a b="1" c="2"/>.@*.toXMLString()) })
--
<a>
  <!--c-->
</a>
<a>&amp;&lt;&gt;"'</a>
<a b="&quot;&amp;&lt;"/>
<a b="x&#xA;y"/>
<a><b>x</b><c/></a>
<a>
    <b>
        <c/>
    </b>
</a>
<a>
<b>
<c/>
</b>
</a>
-1
<a>
   <b/>
</a>
3
<a/>
<a b=""/>
<a/>
<a/>
1
2
