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
