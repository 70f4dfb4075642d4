// expect: 1, limit: 
// options: --limit cpu=1 --limit wall=1
function again() { return Promise.resolve().then(again) }
again();
