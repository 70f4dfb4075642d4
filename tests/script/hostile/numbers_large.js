// expect: 1, nrows
// options: --limit cpu=2 --limit wall=8
var t = new Table();
t.addColumn("a", [1, 2, 3, 4]);
t.addColumn("b", ["p", "q", "r", "s"]);
try { t.top(1e300) } catch (e) {}
try { t.cell(1e300, -1) } catch (e) {}
try { t.cell(-1, 4294967296) } catch (e) {}
try { t.row(9007199254740993) } catch (e) {}
try { t.removeColumn(NaN) } catch (e) {}
try { t.percentile(0, -0.1) } catch (e) {}
throw new Error("nrows " + t.nrows);
