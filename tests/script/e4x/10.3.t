# ECMA-357 10.3: ToXML

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

== 10.3 comments and processing instructions that are kept
XML.ignoreComments = XML.ignoreProcessingInstructions = false
var x = <a><!--1--><?p 2?>t<b/></a>
print(x.*.length(), x.processingInstructions().name(), x.processingInstructions("*").length(), x.processingInstructions("q").length(), x..*.length(), x.*[0] == <!--1-->, x.*[0] == "1", x.*[1].localName())
x.appendChild(<!--new-->); x.b = <?r s?>
print(x.toXMLString())
print(XMLList("<!--a--><b/><?c d?>t").length(), <><!--a--><b/>t</>.length())
try { XML("<!--a--><b/>") } catch (e) { print(e.name) }
--
4 p 1 0 4 true false p
<a>
  <!--1-->
  <?p 2?>
  t
  <?r s?>
  <!--new-->
</a>
4 3
SyntaxError

== 10.3 what can be converted
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { return (new XML()) })
show(function () { return (new XML(null)) })
show(function () { return (new XML(undefined)) })
show(function () { return (XML(null)) })
show(function () { return (new XML("")) })
show(function () { return (new XML("").nodeKind()) })
show(function () { return (new XML("text").nodeKind()) })
show(function () { return (new XML(5)) })
show(function () { return (new XML(true).nodeKind()) })
show(function () { return (new XML({})) })
show(function () { return (new XML([])) })
show(function () { return (new XML("<a/><b/>")) })
show(function () { return (new XML("<a>")) })
show(function () { return (new XML("<a></b>")) })
show(function () { return (new XML("  <a/>  ")) })
show(function () { return (new XML("<?xml version='1.0'?><a/>")) })
show(function () { return (new XML("<!-- c --><a/>")) })
show(function () { var x = <a/>; return (XML(x) === x) })
show(function () { var x = <a/>; return (new XML(x) === x) })
show(function () { return (XML(<><a/></>)) })
show(function () { return (new XML(<><a/><b/></>)) })
show(function () { return (XML(<></>)) })
show(function () { return (new XML(new Date(0))) })
show(function () { return (new XML(/x/)) })
show(function () { return (new XML(new String("<q/>"))) })
show(function () { return (XML(new XML("<a b='1'/>").@b)) })
--





text
text
5
text
TypeError
TypeError
SyntaxError
SyntaxError
SyntaxError
<a/>
<a/>
<a/>
true
false
<a/>
TypeError
TypeError
TypeError
TypeError
<q/>
1

== 10.3 comments and processing instructions part text, ignored or not; CDATA does not
var x = <a> x <!-- c --> y<?p q?></a>
print(x.*.length(), x, x.*[0] + "|" + x.*[1], x.normalize().*.length(), x)
print(<a>x<![CDATA[ & ]]>y{"z"}</a>.*.length(), <a> x <b/> </a>.*[0] + "|", new XML("<a>1<!--\n--><b>2<?p?>3</b>4</a>").text().length())
print(XML("a<!--c-->b"), <><!--c-->t</>.length())
XML.ignoreComments = false
print(<a>x<!--c-->y</a>.*.length(), <a>x<!--c-->y</a>)
--
2 xy x|y 1 xy
1 x| 2
ab 1
3 xy

== 10.3 half a surrogate pair is no character
var x = <a b={"\ud83d"}>x{"a\ud83db"}</a>
x.c = "\udc00"
print([x.@b, x.text(), x.c].map(function (v) escape(v)).join(" "), <a>{"\ud83d\ude00"}</a>.toString().length)
--
%uFFFD xa%uFFFDb %uFFFD 2
