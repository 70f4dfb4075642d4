println("one");
try { exit(7) } catch (e) { println("not caught") } finally { println("nor this") }
println("two");
