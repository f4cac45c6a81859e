// Lays every static folder's scripts out as they are served, in var/scripts: there one imports
// another by its address, whatever package of ours it belongs to. Checks and tests read them there.
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, sep } from "node:path";

const OUT = join("var", "scripts");
const MARK = `${sep}static${sep}`;

rmSync(OUT, { recursive: true, force: true });
for (const entry of readdirSync("src", { recursive: true })) {
  const path = String(entry);
  if (!path.includes(MARK) || !path.endsWith(".js")) continue;
  const to = join(OUT, path.slice(path.indexOf(MARK) + MARK.length));
  mkdirSync(dirname(to), { recursive: true });
  cpSync(join("src", path), to, { errorOnExist: true, force: false });
}
