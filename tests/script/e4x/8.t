# ECMA-357 clause 8: lexical conventions, the parts that change what JavaScript means

== less-than, division and regular expressions stay what they are
var a = 6, b = 3, g = 1
print(a < b, a /b/ g, /<a>/.test("<a>"), a
< b)
--
false 2 true false

== a literal where a value is expected
function f() { return <a/> }
print(f().name(), [<b/>, <c/>].length, (<d/>).localName(), true ? <e/> : <f/>)
--
a 2 d 

== literals over several lines keep the line numbers
var x = <a>
  <b/>
</a>
print(x.b.length()); nowhere
--
1
error 4:22: ReferenceError: Can't find variable: nowhere

== quotes, back slashes and line ends inside
var x = <a q="it's" r='say "x"'>back\slash "quoted"
second</a>
print(x.@q, x.@r, x)
--
it's say "x" back\slash "quoted"
second

== CDATA, comments and processing instructions
XML.ignoreComments = XML.ignoreProcessingInstructions = false
var x = <a><!-- {no} --><![CDATA[<{n}&>]]><?go now {x}?></a>
print(x.toXMLString())
print(<!-- alone -->.nodeKind(), <?p i?>.nodeKind(), <![CDATA[a<b]]>.nodeKind())
--
<a>
  <!-- {no} -->
  &lt;{n}&amp;&gt;
  <?go now {x}?>
</a>
comment processing-instruction text

== two dots after a number
var x = <a><b/></a>
print(1..toFixed(1), x..b.length())
--
1.0 1

== tags that do not match
var x = <a><b></a></b>
--
error 1:15: SyntaxError: this end tag does not match <b>

== a literal without its end
var y = 1
var x = <a><b/>
--
error 2:9: SyntaxError: this XML literal has no end

== an attribute without its value
print(<a b/>)
--
error 1:11: SyntaxError: '=' is expected after the attribute's name

== a list's end tag has no name, an element's has one
function kind(s) { try { return eval(s).toXMLString() } catch (e) { return e.name } }
var any = <a/>
print(kind("<></>"), kind("<></a>"), kind("<a></>"), kind("<{'a'}></>"), kind("<><a></a></>"), kind("<{'a'}></a>"), kind("<a></{'a'}>"))
--
 SyntaxError SyntaxError SyntaxError <a/> <a/> <a/>

== a text that asks for "xml" knows XML, although nothing in it says so
var values = JSON.parse("[1]").concat(eval("<a/>"), eval("<></>"), "xml")
for (var i = 0; i < values.length; i++) print(typeof values[i] == "xml", typeof values[i])
--
false number
true xml
true xml
false string

== an XML declaration is no processing instruction
function kind(s) { try { return typeof eval(s) } catch (e) { return e.name } }
print(kind("<?xml version='1.0'?>"), kind("<a><?XML b?></a>"), kind("<?xmls b?>"), kind("<a><?x?></a>"), new XML("<?xml version='1.0'?><a/>").name())
--
SyntaxError SyntaxError xml xml a

== a literal directly behind a word
function f() {return<a><b/></a>}
function g() {return(f())..b}
function h() {return[f()][0].(true)}
switch(1) {case<a/>:print("never");default:print(f().name(), g().length(), h().length(), void<a/>, delete<a/>.b, "b"in<a><b/></a>)}
try {throw<e/>} catch (e) {print(e.name())}
for each(var v in<a>t</a>)print(v)
if (0)f();else<a/>
--
a 1 1 undefined true true
e
t

== white space and comments in accessors, literals that are none
function kind(s) { try { var v = eval(s); return typeof v == "xml" ? v.toXMLString() : String(v) } catch (e) { return e.name } }
XML.prettyPrinting = false
for each (var s in [
	'x = <a id="1"><b>2</b></a>; x . @ id',
	'x.@ ["id"]',
	'x .. b',
	'x . * . length ( )',
	'x./* c */@id',
	'x..@/*c*/id',
	'x.@*::*',
	'x..*::b.length()',
	'x.*::["b"]',
	'x . * :: b',
	'x.',
	'x..',
	'x.()',
	'x.(',
	'x.@1',
	'x.::a',
	'x.a::',
	'a::b',
	'@a',
	'<a b',
	'<a b=',
	'<a b="',
	'<a></a',
	'</a>',
	'<>',
	'< a/>',
	'<a/ b>',
	'<1/>',
	'<a:/>',
	'<:a/>',
	'<a:b:c/>',
	'<a b="1" b="2"/>',
	'<a><b></a></b>',
	'<a>{</a>',
	'<a>}</a>',
	'<a b="{"/>',
	'<{}/>',
	'<a>{}</a>',
	'<![CDATA[ a',
	'<? a',
	'<??>',
	'<!a>',
	'<!DOCTYPE a>',
	'<a><!DOCTYPE b></a>',
	'<a>&lt</a>',
	'<a>&nbsp;</a>',
	'<a>&#0;</a>',
	'<a>&#x110000;</a>',
	'<a b="&"/>',
	'<a b="<"/>',
	'<a/> = 5',
	'<a/>++',
	'x..b = 5',
	'x.(true) = 5',
	'x.name() += 5',
	'default xml namespace',
	'<a/>()',
	'new (<a/>)'
]) print(kind(s))
--
1
1
<b>2</b>
1
1
1
1
1
<b>2</b>
<b>2</b>
SyntaxError
SyntaxError
SyntaxError
SyntaxError
SyntaxError
SyntaxError
SyntaxError
ReferenceError
ReferenceError
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
SyntaxError
SyntaxError
SyntaxError
SyntaxError
<a>}</a>
<a b="{"/>
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
SyntaxError
SyntaxError
SyntaxError
ReferenceError
ReferenceError
ReferenceError
ReferenceError
ReferenceError
SyntaxError
TypeError
TypeError
