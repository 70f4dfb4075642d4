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
