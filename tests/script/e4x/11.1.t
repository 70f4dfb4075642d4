# ECMA-357 11.1: primary expressions

== 11.1.1 attribute identifiers
var x = <a id="1" b="2"/>, n = "b"
print(x.@id, x.@[n], x["@id"], x.@["i" + "d"])
--
1 2 1 1

== 11.1.2 qualified identifiers
var n = new Namespace("http://n")
var x = <a xmlns:k="http://n" k:t="attr"><k:b>in</k:b><b>out</b></a>
print(x.n::b, x.b, x.*::b.length(), x.@n::t, x.n::*.length())
print(x.n::["b"], x["http://n::b"])
--
in out 2 attr 1
in in

== 11.1.4 XML initialisers
var tag = "who", name = "n", value = 'a "b" <c>', kids = <><p/><q/></>
print(<{tag} {name}={value}>{1 + 1}{kids}<in>{tag.toUpperCase()}</in></{tag}>.toXMLString())
--
<who n="a &quot;b&quot; &lt;c>">
  2
  <p/>
  <q/>
  <in>WHO</in>
</who>

== 11.1.4 an expression inside holds anything
print(<a b={function () { return "}" }()}>{{ k: "}" }.k}{[1, 2].map(x => <i>{x}</i>).length}</a>.toXMLString())
--
<a b="}">}2</a>

== 11.1.5 XMLList initialisers
var l = <><a/>text<b/></>
print(l.length(), l[0].name(), l[1].nodeKind(), <></>.length())
--
3 a text 0

== 11.1.4 a QName as a name keeps namespace and prefix
var q = new QName(new Namespace("p", "u"), "a"), r = new QName("v", "b"), n = new QName("", "c")
print(<{q}/>.toXMLString(), <{r} {q}="1"/>.toXMLString(), <{n}/>.toXMLString(), <{q}/>.name())
print(<{q}><{r}>t</{r}></{q}>.toXMLString())
--
<p:a xmlns:p="u"/> <b xmlns="v" xmlns:p="u" p:a="1"/> <c/> u::a
<p:a xmlns:p="u">
  <b xmlns="v">t</b>
</p:a>

== 11.1.4 what expressions become
var list = <><i/>t</>
print(<a b={null} c={undefined} d={<e>5</e>} e={"'\"<&\n\t"} f={[1, 2]}/>.toXMLString())
print(<a>{null}{undefined}{"<"}{[1, 2]}{list}{list.@none}</a>.toXMLString())
print(<a>x{"y"}z</a>.*.length(), <a>{""}</a>.*.length(), <a xmlns={"u"} xmlns:p={"v"} p:b="1"/>.@*.name())
--
<a b="null" c="undefined" d="5" e="'&quot;&lt;&amp;&#xA;&#x9;" f="1,2"/>
<a>
  nullundefined&lt;1,2
  <i/>
  t
</a>
1 0 v::b

== 11.1.4 characters
print(<a>&#65;&#x42;&amp;&lt;&gt;&quot;&apos;<![CDATA[<b>&]]></a>)
print(<a b="&#10;&#9;&amp;'" c='"'/>.toXMLString())
--
AB&<>"'<b>&
<a b="&#xA;&#x9;&amp;'" c="&quot;"/>

== 11.1.4 names
print(<a.b-c_d/>.name(), <é/>.name(), <a ü="1"/>.@ü, <a
  b = '1' ></a
>.toXMLString())
--
a.b-c_d é 1 <a b="1"/>

== 11.1.4 names put together, attributes as a whole
var a = "x", n = 1, p = "q", all = "c='1' d='2'"
print(<{a}{n} {a}-{n}={n}/>.toXMLString())
print(<{p}:r xmlns:q="u"><{p}:s/></{p}:r>.toXMLString())
print(<b {all}/>.toXMLString(), <b e="0" {all} f={n}/>.toXMLString())
--
<x1 x-1="1"/>
<q:r xmlns:q="u">
  <q:s/>
</q:r>
<b c="1" d="2"/> <b e="0" c="1" d="2" f="1"/>

== 11.1 initialisers: what is one and what it makes
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { var t = "a", n = "b", v = "c"; return (<{t} {n}={v}>{v}</{t}>.toXMLString()) })
show(function () { return (<a b={1 + 1}/>.@b) })
show(function () { return (<a b="{1}"/>.@b) })
show(function () { return (<a>{{a: 1}.a}</a>) })
show(function () { return (<a>{[1,2]}</a>) })
show(function () { return (<a>{<b/>}</a>) })
show(function () { return (<a>{<><b/><c/></>}</a>) })
show(function () { return (<a>{"<b/>"}</a>.toXMLString()) })
show(function () { return (<a>{1}{2}</a>.*.length()) })
show(function () { return (<a>x{1}y</a>.toString()) })
show(function () { return (<a b={"<\""}/>.toXMLString()) })
show(function () { return (<a xmlns={"u"}/>.namespace().uri) })
show(function () { return (<a xmlns:p={"u"}><p:b/></a>.*[0].name()) })
show(function () { return (eval("<a b=c/>")) })
show(function () { return (eval("<a b=1/>")) })
show(function () { return (eval("<a b='1' b='2'/>")) })
show(function () { return (eval("<a")) })
show(function () { return (eval("<a></b>")) })
show(function () { return (eval("<p:a/>")) })
show(function () { return (eval("<a>&foo;</a>")) })
show(function () { return (eval("<1a/>")) })
show(function () { return (eval("< a/>")) })
show(function () { return (eval("<a/ >")) })
show(function () { return (eval("<a></ a>")) })
show(function () { return (eval("<a></a >")) })
show(function () { return (eval("<>")) })
show(function () { return (eval("</>")) })
show(function () { return (eval("<></>")) })
show(function () { return (eval("<a {'b'}='1'/>").@b) })
show(function () { return (eval("<{'a'}/>").name()) })
show(function () { return (eval("<{'a b'}/>")) })
show(function () { return (eval("<a>]]></a>")) })
show(function () { return (eval("<![CDATA[x]]>").nodeKind()) })
show(function () { return (eval("<?xml version='1.0'?>")) })
show(function () { return (eval("<a><?xml version='1.0'?></a>")) })
show(function () { return (eval("<?XML foo?>")) })
show(function () { return (eval("<!-- a -- b -->")) })
show(function () { return (eval("<!-- a --->")) })
show(function () { XML.ignoreComments = false; var x = <!-- hello -->; return (x) })
show(function () { XML.ignoreProcessingInstructions = false; var x = <?foo bar?>; return (x) })
show(function () { var x = <!-- hello -->; return (x.nodeKind()) })
show(function () { var x = <?foo bar?>; return (x.nodeKind()) })
show(function () { var x = <?foo bar?>; return (x.name()) })
show(function () { var x = <?foo bar?>; return (x.localName()) })
show(function () { return (<!-- c -->.name()) })
show(function () { return (<a>t</a>.text()[0].name()) })
show(function () { return (<a/>.*.length()) })
show(function () { return (<a><![CDATA[ x ]]></a>.toXMLString()) })
show(function () { return (<a><![CDATA[]]></a>.*.length()) })
--
<a b="c">c</a>
2
{1}
<a>1</a>
<a>1,2</a>
<a>
  <b/>
</a>
<a>
  <b/>
  <c/>
</a>
<a>&lt;b/&gt;</a>
1
x1y
<a b="&lt;&quot;"/>
u
u::b
SyntaxError
SyntaxError
SyntaxError
SyntaxError
SyntaxError
SyntaxError
SyntaxError
SyntaxError
SyntaxError
SyntaxError
SyntaxError
<a/>
SyntaxError
SyntaxError

1
a
SyntaxError
SyntaxError
text
SyntaxError
SyntaxError
SyntaxError
SyntaxError
SyntaxError
<!-- hello -->
<?foo bar?>
text
text
null
null
null
null
0
<a>x</a>
0

== 11.1 attribute and qualified identifiers
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { var x = <a xmlns:p="u" p:b="1" b="2"/>, n = new Namespace("u"); return (x.@n::b + "," + x.@b) })
show(function () { var x = <a xmlns:p="u" p:b="1" b="2"/>; return (x.@*::b.length()) })
show(function () { var x = <a xmlns:p="u" p:b="1" b="2"/>; return (x.@*.length()) })
show(function () { var x = <a xmlns:p="u"><p:b/><b/></a>; return (x.*::b.length()) })
show(function () { var x = <a xmlns:p="u"><p:b/><b/></a>; return (x.b.length()) })
show(function () { var x = <a xmlns:p="u"><p:b/><b/></a>; return (x.*::*.length()) })
show(function () { var x = <a xmlns:p="u"><p:b/><b/></a>, p = "u"; return (x.p::b.length()) })
show(function () { var x = <a xmlns:p="u"><p:b/><b/></a>, p = "u", q = "b"; return (x.p::[q].length()) })
show(function () { var x = <a xmlns:p="u"><p:b/><b/></a>, p = new QName("u", "b"); return (x[p].length()) })
show(function () { var x = <a xmlns:p="u" p:c="5"/>; return (x.@[new QName("u", "c")]) })
show(function () { var x = <a b="1"/>, n = "b"; return (x.@[n]) })
show(function () { var x = <a b="1"/>; return (x["@b"]) })
show(function () { var x = <a b="1"/>; return (x["@*"].length()) })
show(function () { var x = <a b="1"/>; x["@c"] = 2; return (x) })
show(function () { var x = <a/>; x.@["b"] = 2; return (x) })
show(function () { var x = <a/>; x["b"] = 2; return (x) })
--
1,2
2
2
2
1
2
1
1
1
5
1
1
1
<a b="1" c="2"/>
<a b="2"/>
<a>
  <b>2</b>
</a>

== 11.1 evaluated text: what is E4X and what is not
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { return (eval("<x/> = 5")) })
show(function () { return (eval("<x/>++")) })
show(function () { return (eval("x..a = 5")) })
show(function () { return (eval("var y = <x/>; y..a++")) })
show(function () { return (eval("var y = <x/>; y.(a) = 1")) })
show(function () { return (eval("delete <x/>")) })
show(function () { return (eval("<x/>.@*::y").length()) })
show(function () { return (eval("<x/>.*::*").length()) })
show(function () { return (eval("<x/>.@*::*").length()) })
show(function () { return (eval("<x/>.@*::['y']").length()) })
show(function () { return (eval("<x/>.*::['y']").length()) })
show(function () { return (eval("<x/>..@*").length()) })
show(function () { return (eval("<x/>..*::y").length()) })
show(function () { return (eval("<x/>.(true)")) })
show(function () { return (eval("<x/>.(1, true)")) })
show(function () { return (eval("<x a='1'/>.(@a)")) })
show(function () { return (eval("<x><y/></x>.(y)")) })
show(function () { return (eval("<x a='1'/>.(@*::a == 1)")) })
show(function () { return (eval("<x a='1'/>.(@['a'] == 1)")) })
show(function () { return (eval("<x a='1'/>.(@[('a')] == 1)")) })
show(function () { return (eval("@a")) })
show(function () { return (eval("@*")) })
show(function () { return (eval("*")) })
show(function () { return (eval("*::a")) })
show(function () { return (eval("a::b")) })
show(function () { return (eval("@a::b")) })
show(function () { return (eval("@[a]")) })
show(function () { return (eval("delete <x a='1'/>.@a")) })
show(function () { return (eval("typeof <x/>..y")) })
show(function () { return (eval("<x>{}</x>")) })
show(function () { return (eval("<x a={}/>")) })
show(function () { return (eval("<{}/>")) })
show(function () { return (eval("<x>{</x>")) })
show(function () { return (eval("<x>}</x>").toString()) })
show(function () { return (eval("<x a='}'/>").@a) })
show(function () { return (eval("<x a=\"<\"/>")) })
show(function () { return (eval("<x a='\n'/>").@a.length()) })
show(function () { return (eval("<x a='a\nb'/>").@a.toString()) })
show(function () { return (new XML("<x a='a\nb\tc'/>").@a.toString()) })
show(function () { return (eval("<x\na\n=\n'1'\n/>").@a) })
show(function () { return (eval("<x>&#x41;&#65;</x>").toString()) })
show(function () { return (eval("<x>&#0;</x>")) })
show(function () { return (eval("<x>&lt;&amp;</x>").toXMLString()) })
show(function () { return (eval("<x>a & b</x>")) })
show(function () { return (eval("<x a='&'/>")) })
show(function () { return (eval("<x xmlns:a='u' a:b='1' xmlns:c='u' c:b='2'/>")) })
show(function () { return (eval("<x xmlns:p=''/>")) })
show(function () { return (eval("<x xmlns:xml='u'/>")) })
show(function () { return (eval("<xml/>").name()) })
show(function () { return (eval("<XML/>").name()) })
show(function () { return (eval("<x xmlns='u'><y xmlns=''/></x>").*[0].name()) })
show(function () { return (eval("var xml = 5, namespace = 6; xml + namespace")) })
show(function () { return (eval("switch (1) { case 0: break; default: xml = 7 }; xml")) })
show(function () { return (eval("<a/>\n/b/")) })
show(function () { return (eval("<a><b/>\n</a>..b").length()) })
show(function () { return (eval("1 < 2, <a/>").toXMLString()) })
show(function () { return (eval("(1) < (2)")) })
show(function () { return (eval("[1] <2")) })
show(function () { return (eval("true ? <a/> : <b/>").toXMLString()) })
show(function () { return (eval("(function () <a/>)()").toXMLString()) })
show(function () { return (eval("(function () { return <a/> })()").toXMLString()) })
show(function () { return (eval("throwit = function () { throw <a/> }; try { throwit() } catch (e if e.name() == 'a') { 'caught' }")) })
show(function () { return (eval("if (<a/>) 5")) })
show(function () { return (eval("do <a/>; while (false)").toXMLString()) })
show(function () { return (eval("({a: <b/>}).a").toXMLString()) })
show(function () { return (eval("[<a/>,<b/>][1]").toXMLString()) })
show(function () { return (eval("<a/>, <b/>").toXMLString()) })
show(function () { return (eval("!<a/>")) })
show(function () { return (eval("-<a>4</a>")) })
show(function () { return (eval("~<a>4</a>")) })
show(function () { return (eval("typeof <a/>")) })
show(function () { return (eval("void <a/>")) })
show(function () { return (eval("new (<a/>)")) })
show(function () { return (eval("<a/>()")) })
show(function () { return (eval("<a/>.b()")) })
show(function () { return (eval("<a/> instanceof XML")) })
show(function () { return (eval("'b' in <a><b/></a>")) })
show(function () { return (eval("<a b='1' c={2}/>.toXMLString()")) })
show(function () { return (eval("<a b={1}c='2'/>")) })
show(function () { return (eval("<a b='1'c='2'/>")) })
show(function () { return (eval("<a.b-c:d xmlns:a.b-c='u'/>").localName()) })
show(function () { return (eval("<a:b:c/>")) })
show(function () { return (eval("<:a/>")) })
show(function () { return (eval("<a:/>")) })
show(function () { return (eval("<\u00e9/>").name()) })
show(function () { return (eval("<a>{<b/>}{<c/>}</a>.*.length()")) })
show(function () { return (eval("<a>{' '}</a>").toString()) })
show(function () { return (eval("<a> {'x'} </a>").toString()) })
show(function () { var x = <a/>; return (x.@xmlns.length()) })
show(function () { var x = <a xmlns="u"/>; return (x.@xmlns.length()) })
show(function () { var x = <a xmlns:p="u"/>; return (x.@*.length()) })
--
ReferenceError
ReferenceError
ReferenceError
ReferenceError
ReferenceError
true
0
0
0
0
0
0
0
<x/>
<x/>
<x a="1"/>
<x>
  <y/>
</x>
<x a="1"/>
<x a="1"/>
<x a="1"/>
ReferenceError
ReferenceError
ReferenceError
ReferenceError
ReferenceError
ReferenceError
ReferenceError
true
xml
SyntaxError
SyntaxError
SyntaxError
SyntaxError
}
}
SyntaxError
1
a b
a b c
1
AA
SyntaxError
<x>&lt;&amp;</x>
SyntaxError
SyntaxError
SyntaxError
SyntaxError
SyntaxError
xml
XML
y
11
7
SyntaxError
1
<a/>
true
true
<a/>
<a/>
<a/>
caught
5
<a/>
<b/>
<b/>
<b/>
false
-4
-5
xml
undefined
TypeError
TypeError
TypeError
true
true
<a b="1" c="2"/>
SyntaxError
SyntaxError
d
SyntaxError
SyntaxError
SyntaxError
é
2

 x 
0
0
0

== 11.1 an expression with commas is its last part, wherever one may stand
var x = <a b="1" c="2"><d/><e/></a>, n = new Namespace(""), s = ""
print(<a b={1, 2}>{3, 4}<{"x", "y"}/></a>.toXMLString())
print(x.@["b", "c"], x.@n::["b", "c"], x.n::["d", "e"].name(), x["d", "e"].name(), x..@["b", "c"].length(), x.function::["name", "localName"](), x.(1, d, @c == 2).name())
for each (var v in x.d, x.*) s += v.name()
for (var k in [1], { p: 1, q: 2 }) s += k
with (s, { w: 7 }) s += w
for (var v of [[1, 2]]) s += v
print(s)
--
<a b="2">
  4
  <y/>
</a>
2 2 e e 1 a a
depq71,2
