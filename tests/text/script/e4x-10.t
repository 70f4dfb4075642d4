# ECMA-357 clause 10: conversions

== ToString: simple content is its text, anything else markup
print(<a>one</a>, <a><b>1</b></a>, String(<a/>) === "", <a b="c"/>.@b)
--
one <a>
  <b>1</b>
</a> true c

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

== numbers come out of text
var x = <a n="6"><b>7</b></a>
print(x.@n * x.b, x.b - 1, +x.@n, x.@n > 5, `${x.b}!`)
--
42 6 6 true 7!

== white space
print(<a>
  <b> keep </b>   mixed
</a>.toXMLString())
XML.ignoreWhitespace = false
print(<a> <b/></a>.*.length())
--
<a>
  <b>keep</b>
  mixed
</a>
2

== ToXML of what is not XML
try { XML(undefined) ; print("no error") } catch (e) { print(e.name) }
try { <a/>.appendChild(XML("<a")) } catch (e) { print(e.name, e.message.slice(0, 12)) }
print(XML("text").nodeKind(), XML(5) + 1)
--
no error
SyntaxError XML: line 1:
text 51

== a document type is refused
XML('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>')
--
error 1:1: SyntaxError: XML: line 1: a document type is not accepted

== JSON and await leave XML alone
var x = <a><b>1</b></a>
print(JSON.stringify({ b: x.b, list: x.b }), typeof x.then)
--
{"b":"1","list":"1"} undefined
