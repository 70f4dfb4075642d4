throw "a plain text";
