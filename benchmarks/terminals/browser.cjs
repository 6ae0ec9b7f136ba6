// xterm.js with its image add-on in a browser without a window; steered by lines of JSON on standard input. With a URL:
// the terminal of the VS Code that is served there.
//
//   in:  {"write": BASE64}  {"press": KEY, "with": ["Control"]}  {"type": TEXT}  {"shot": PATH}  {"resize": [COLS, ROWS]}
//        {"viewport": [WIDTH, HEIGHT]}
//   out: {"data": BASE64}   {"ready": {...}}  {"done": WHAT}
//
// Usage: NODE_PATH=node_modules node browser.cjs CHROMIUM COLUMNS ROWS [URL]
const fs = require("fs");
const path = require("path");
const readline = require("readline");

const [, , chromium, columns, rows, url] = process.argv;
const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");
const folder = (name) => path.dirname(path.dirname(require.resolve(name)));

function start(columns, rows) {
  const term = new Terminal({
    cols: columns, rows, allowProposedApi: true, fontFamily: "monospace", fontSize: 14, cursorBlink: false,
    windowOptions: { getWinSizePixels: true, getCellSizePixels: true, getWinSizeChars: true },
  });
  term.loadAddon(new ImageAddon.ImageAddon());
  term.open(document.getElementById("terminal"));
  term.onData((text) => fromTerminal(Array.from(new TextEncoder().encode(text))));
  term.onBinary((text) => fromTerminal(Array.from(text, (char) => char.charCodeAt(0))));
  term.focus();
  window.term = term;
}

function measure() {
  const screen = document.querySelector(".xterm-screen").getBoundingClientRect();
  return { width: Math.round(screen.width), height: Math.round(screen.height), columns: term.cols, rows: term.rows };
}

async function open(page) {
  await page.setContent("<body style='margin:0;background:#000'><div id=terminal></div></body>");
  await page.addStyleTag({ path: path.join(folder("@xterm/xterm"), "css", "xterm.css") });
  await page.addScriptTag({ path: require.resolve("@xterm/xterm") });
  await page.addScriptTag({ path: require.resolve("@xterm/addon-image") });
  await page.exposeFunction("fromTerminal", (bytes) => say({ data: Buffer.from(bytes).toString("base64") }));
  await page.evaluate(start, Number(columns), Number(rows));
  const version = require(path.join(folder("@xterm/xterm"), "package.json")).version;
  say({ ready: { ...(await page.evaluate(measure)), version } });
}

async function visit(page) {
  await page.goto(url);
  await page.waitForSelector(".monaco-workbench .editor-group-container", { timeout: 60000 });
  for (let tries = 0; tries < 10 && !(await page.$(".xterm-screen")); tries++) {  // it does not hear its keys at once
    for (const name of ["Control", "Shift"]) await page.keyboard.down(name);
    await page.keyboard.press("Backquote");
    for (const name of ["Shift", "Control"]) await page.keyboard.up(name);
    await page.waitForSelector(".xterm-screen", { timeout: 6000 }).catch(() => null);
  }
  await page.click(".xterm-screen");
  say({ ready: {} });
}

async function main() {
  const { default: puppeteer } = await import(require.resolve("puppeteer-core"));
  const browser = await puppeteer.launch({
    executablePath: chromium, args: ["--no-sandbox", "--hide-scrollbars", "--force-device-scale-factor=1"],
  });
  const page = await browser.newPage();
  await page.setViewport({ width: 1400, height: 1000 });
  await (url ? visit(page) : open(page));

  const verbs = {
    write: (text) => page.evaluate(
      (text) => new Promise((done) => term.write(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)), done)), text),
    type: (text) => page.keyboard.type(text),
    shot: async (file) => { await page.screenshot({ path: file }); say({ done: "shot" }); },
    viewport: async ([width, height]) => { await page.setViewport({ width, height }); say({ done: "viewport" }); },
    resize: async ([columns, rows]) => {
      await page.evaluate((columns, rows) => term.resize(columns, rows), columns, rows);
      say({ done: await page.evaluate(measure) });
    },
    press: async (key, message) => {
      for (const name of message.with) await page.keyboard.down(name);
      await page.keyboard.press(key);
      for (const name of message.with) await page.keyboard.up(name);
    },
  };
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const message = JSON.parse(line);
    const verb = Object.keys(message)[0];
    await verbs[verb](message[verb], message);
  }
  await browser.close();
}

main().catch((error) => { fs.writeSync(2, `${error.stack}\n`); process.exit(1); });
