// Starts `alertdsl lsp` and lets VS Code talk to it. All that an editor shows is decided by the server.
"use strict";

const vscode = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

/** The command of the settings; an error in words where it is none. */
function command() {
  const given = vscode.workspace.getConfiguration("alertdsl").get("server.command");
  if (!Array.isArray(given) || given.length === 0 || !given.every((part) => typeof part === "string" && part !== "")) {
    throw new Error('the setting alertdsl.server.command is a list of words, such as ["alertdsl", "lsp"]');
  }
  return given;
}

async function start() {
  let words;
  try {
    words = command();
    const [program, ...args] = words;
    const server = { command: program, args, transport: TransportKind.stdio };
    client = new LanguageClient("alertdsl", "alertdsl", server, {
      documentSelector: [{ language: "alertdsl" }, { scheme: "file", pattern: "**/alertdsl.toml" }],
    });
    await client.start();
  } catch (problem) {
    client = undefined;
    const why = problem instanceof Error ? problem.message : "";
    const what = words ? `"${words.join(" ")}" does not start; it comes with pip install 'alertdsl[lsp]'. ${why}` : why;
    const settings = "Open settings";
    const chosen = await vscode.window.showErrorMessage(`alertdsl: ${what.trim()}`, settings);
    if (chosen === settings) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "alertdsl.server.command");
    }
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running) {
    await running.stop();
  }
}

async function restart() {
  await stop();
  await start();
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("alertdsl.restart", restart),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("alertdsl.server.command")) {
        return restart();
      }
      return undefined;
    }),
  );
  await start();
}

module.exports = { activate, deactivate: stop };
