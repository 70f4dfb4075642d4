// options: --tz Europe/Zurich
// printf, dates, numbers, bits.
printf("%s|%5d|%-6s|%06.2f|%x|%X|%o|%e|%c|%%\n", "a", 42, "bc", 3.14159, 255, 255, 8, 12345.678, "z");
printf("%5s|%-5s|%.2s|\n", "\u00e4", "\u00e4", "\u00e4\u00f6\u00fc");
printf("%d %d\n", 1e15, -0.5);
println(sprintf("%08.3f", 2.5));
var d = new Date("2026-07-04T13:05:09.123Z");
println(formatdate(d, "yyyy-MM-dd HH:mm:ss.SSS XXX"));
println(formatdate(d, "EEE, d MMM yy h:mm a Z 'o''clock' D k K"));
println(formatdate(0, "EEEE d MMMM y z"), formatdate("2026-01-01T00:00:00Z", "HH:mm"));
println(formatnumber(1234567.891), formatnumber(0), formatnumber(-1234.5, "#,##0.00"), formatnumber(0.256, "0.0%"),
	formatnumber(7, "000"), formatnumber(0.5, "#.##"), formatnumber(1e21, "#,##0"), formatnumber(5, "CHF 0.00"));
println(formatbits(0), formatbits(999), formatbits(1000), formatbits(1234567), formatbits(99960000), formatbits(999960000), formatbits(-5e9));
println(quote("a\"b|c&d\\e"), quote("1.1.1.1)|(ipsource=0.0.0.0/0"));
function tried(f) { try { f(); println("no error") } catch (e) { println(String(e)) } }
tried(function () { printf("%d %d\n", 1) });
tried(function () { printf("%q\n", 1) });
tried(function () { formatdate(d, "yyyy jj") });
tried(function () { formatdate("never", "yyyy") });
tried(function () { formatnumber("x") });
tried(function () { printf("%2000d", 1) });
