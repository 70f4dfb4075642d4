// expect: 1, import
// options: --limit cpu=2 --limit wall=8
import("file:///etc/passwd").then(function (m) { println(Object.keys(m)) }, function (e) { println(String(e)) });
throw new Error("import did nothing");
