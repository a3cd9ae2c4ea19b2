// Reads a JSON list of texts, writes for each the tokens that VS Code's own engine finds: [[line, start, end, scopes], ...].
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");

const here = path.join(__dirname, "..");
const file = path.join(here, "syntaxes", "alertdsl.tmLanguage.json");

async function main() {
  const wasm = fs.readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm"));
  await oniguruma.loadWASM(wasm);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(fs.readFileSync(file, "utf8"), file),
  });
  const grammar = await registry.loadGrammar("source.alertdsl");
  const texts = JSON.parse(fs.readFileSync(0, "utf8"));
  const found = texts.map((text) => {
    const tokens = [];
    let state = textmate.INITIAL;
    text.split("\n").forEach((line, number) => {
      const read = grammar.tokenizeLine(line, state);
      state = read.ruleStack;
      for (const token of read.tokens) {
        tokens.push([number, token.startIndex, token.endIndex, token.scopes.slice(1)]);
      }
    });
    return tokens;
  });
  process.stdout.write(JSON.stringify(found));
}

main();
