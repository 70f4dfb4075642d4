// Values and operators: typeof, +, ==, conversions, in, delete (ECMA-357 10, 11).
var x = <a i="1"><b>1</b><b>2</b><c><d/></c></a>;
show(typeof x, typeof x.b, typeof x.nosuch, typeof x.@i, typeof new QName("a"));
show(x.b + "", x.b[0] + 1, 1 + x.b[0], x.b[0] * 3, -x.b[1], +x.@i);
show((x.b[0] + x.b[1]).length(), (<a/> + <b/>).toXMLString(), (<p>1</p> + <></>).length());
show(<a/> == "", "" == <a/>, <></> == "", <a>1</a> == 1, <a>1</a> == true, <a><b/></a> == <a><b/></a>);
show(<a>1</a> == <b>1</b>, <a x="1" y="2"/> == <a y="2" x="1"/>, <><a/><b/></> == <><a/><b/></>, x == x.copy());
show(x.b[0] < x.b[1], 1 < <a>2</a>, <a>x</a>.text() == "x", <a b="1"/>.@b == 1);
show(!<a/>, !<></>, <></> ? 1 : 2, <a/> && 1);
show(String(x.b[0]), Number(<a>4</a>), parseInt(<a>4</a>), Math.max(<a>4</a>, 2), isNaN(<a>x</a>));
show([<a>1</a>, <b>2</b>].join(), "x".replace(/x/, <a>y</a>), /x/.test(<a>x</a>));
show("b" in x, "c" in x, "z" in x, 0 in x, 1 in x, x.hasOwnProperty("b"), x.hasOwnProperty("@i"), x.propertyIsEnumerable("0"));
delete x.b[0]; show(x);
delete x.@i; show(x);
delete x.*; show(x);
x = <a>1</a>; x += 1; show(x);
x = <a><n>1</n></a>; x.n += 1; x.n++; x.n -= 2; show(x);
x = <a n="1"/>; x.@n += 1; show(x);
