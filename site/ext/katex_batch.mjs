// Renders a batch of formulas, so that a page costs one start of Node.
//
// standard input   [{"tex", "display"}, ...]
// standard output  [{"html"} or {"error"}, ...], in the same order

import { readFileSync } from "node:fs";
import katex from "katex";

function render({ tex, display }) {
  try {
    const html = katex.renderToString(tex, {
      displayMode: display,
      output: "htmlAndMathml",
      strict: "error",
      throwOnError: true,
      trust: false,
    });
    return { html };
  } catch (error) {
    if (!(error instanceof katex.ParseError)) throw error;
    // The full message underlines the place with combining characters, unreadable in a log.
    const place = error.position === undefined ? "" : ` at character ${error.position + 1}`;
    return { error: `${error.rawMessage}${place}` };
  }
}

const formulas = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(formulas.map(render)));
