// What the console's pages share. Every action also works as a plain form without this file.
"use strict";
