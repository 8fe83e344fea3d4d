// Cuts Pretendard down to what Korean text is made of: Latin and signs in one file, which is there
// first, and the 2,350 syllables of KS X 1001 in another. A rarer syllable comes from the system.
// 400 stands for 400 and 500, 600 for itself, 800 for 700 and 800.

import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import subset from "subset-font";

const from = new URL("./node_modules/@fontsource/pretendard/files/", import.meta.url);
const to = new URL("./src/style/fonts/", import.meta.url);

const range = (first, last) =>
  Array.from({ length: last - first + 1 }, (_, n) => String.fromCodePoint(first + n)).join("");
const latin = range(0x20, 0x7e) + range(0xa0, 0xff) + "–—‘’“”…·′″℃°㎡←↑→↓↔↗↘✓✕×−≤≥±●○◆◇▲△■□\u200b";

function syllables() {
  const korean = new TextDecoder("euc-kr");
  let text = range(0x3131, 0x3163);
  for (let row = 0xb0; row <= 0xc8; row++) {
    for (let cell = 0xa1; cell <= 0xfe; cell++) text += korean.decode(Uint8Array.of(row, cell));
  }
  return text;
}

mkdirSync(to, { recursive: true });
for (const weight of [400, 600, 800]) {
  for (const [name, text] of [["latin", latin], ["hangul", syllables()]]) {
    const file = new URL(`${name}-${weight}.woff2`, to);
    if (existsSync(file)) continue;
    const whole = readFileSync(new URL(`pretendard-latin-${weight}-normal.woff2`, from));
    writeFileSync(file, await subset(whole, text, { targetFormat: "woff2" }));
    console.log(`${name}-${weight}.woff2 ${Math.round(statSync(file).size / 1024)} kB`);
  }
}
