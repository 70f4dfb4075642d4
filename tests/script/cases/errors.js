// An error nobody catches: place, line, caret, status 1; what was printed before stays.
println("before");
function f(x) {
	return x.y.z;
}
f({});
