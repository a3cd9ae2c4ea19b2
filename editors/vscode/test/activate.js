// Starts the extension in a stand-in for VS Code: the real client and the real server, and of the editor only what they ask of it.
// Arguments: the file to open, then the server's command. Writes what the editor would show, as JSON.
"use strict";

const fs = require("node:fs");
const Module = require("node:module");
const { pathToFileURL } = require("node:url");

const [file, ...command] = process.argv.slice(2);
const told = { errors: [], diagnostics: [] };

/** Something that can be called, constructed, extended, and asked for anything. */
function anything() {
  const made = function () {};
  return new Proxy(made, {
    get: (target, name) => {
      if (name === "prototype") return target.prototype;
      if (name === Symbol.toPrimitive) return () => "";
      if (name === "then") return undefined;
      if (!(name in target)) target[name] = anything();
      return target[name];
    },
    apply: () => anything(),
    construct: () => ({}),
  });
}

class Uri {
  constructor(value) {
    this.value = value;
    this.scheme = "file";
    this.fsPath = value.replace("file://", "");
  }
  toString() {
    return this.value;
  }
  static parse(value) {
    return new Uri(value);
  }
  static file(value) {
    return new Uri(pathToFileURL(value).toString());
  }
}
class Position {
  constructor(line, character) {
    Object.assign(this, { line, character });
  }
}
class Range {
  constructor(startLine, startCharacter, endLine, endCharacter) {
    this.start = new Position(startLine, startCharacter);
    this.end = new Position(endLine, endCharacter);
  }
}
class Diagnostic {
  constructor(range, message, severity) {
    Object.assign(this, { range, message, severity });
  }
}
class EventEmitter {
  constructor() {
    this.listeners = [];
    this.event = (listener) => {
      this.listeners.push(listener);
      return { dispose() {} };
    };
  }
  fire(value) {
    this.listeners.forEach((listener) => listener(value));
  }
  dispose() {}
}
class CancellationTokenSource {
  constructor() {
    this.token = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose() {} }) };
  }
  cancel() {}
  dispose() {}
}

const text = fs.readFileSync(file, "utf8");
const document = {
  uri: Uri.file(file),
  languageId: "alertdsl",
  version: 1,
  isClosed: false,
  isDirty: false,
  getText: () => text,
};
const none = () => ({ dispose() {} });
const settings = { get: (name, otherwise) => (name === "server.command" ? command : otherwise), has: () => false };

const vscode = anything();
Object.assign(vscode, { Uri, Position, Range, Diagnostic, EventEmitter, CancellationTokenSource, version: "1.95.0" });
vscode.DiagnosticSeverity = { Error: 0, Warning: 1, Information: 2, Hint: 3 };
vscode.Disposable = class {
  constructor(call) {
    this.call = call;
  }
  dispose() {
    if (this.call) this.call();
  }
};
vscode.env = { language: "en", appName: "stand-in" };
vscode.window = new Proxy(
  {
    showErrorMessage: async (message) => void told.errors.push(message),
    createOutputChannel: () => ({ append() {}, appendLine() {}, show() {}, clear() {}, dispose() {}, name: "alertdsl" }),
    visibleTextEditors: [],
    tabGroups: { all: [], onDidChangeTabs: none, onDidChangeTabGroups: none },
  },
  { get: (target, name) => target[name] ?? none },
);
vscode.workspace = new Proxy(
  {
    getConfiguration: () => settings,
    workspaceFolders: undefined,
    textDocuments: [document],
    notebookDocuments: [],
    createFileSystemWatcher: () => ({ onDidCreate: none, onDidChange: none, onDidDelete: none, dispose() {} }),
  },
  { get: (target, name) => (name in target ? target[name] : none) },
);
vscode.languages = new Proxy(
  {
    match: (selector, one) => selector.some((filter) => filter.language === one.languageId) && 10,
    createDiagnosticCollection: () => ({
      set: (uri, found) => told.diagnostics.push([uri.toString(), found.map((one) => [one.range.start.line, one.message])]),
      delete() {},
      clear() {},
      dispose() {},
    }),
  },
  { get: (target, name) => target[name] ?? none },
);
vscode.commands = { registerCommand: none, executeCommand: async () => undefined };

const load = Module._load;
Module._load = (name, ...rest) => (name === "vscode" ? vscode : load(name, ...rest));

async function main() {
  const extension = require("../extension.js");
  await extension.activate({ subscriptions: [] });
  const until = Date.now() + 15000;
  while (told.diagnostics.length === 0 && told.errors.length === 0 && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await extension.deactivate();
  process.stdout.write(JSON.stringify(told));
  process.exit(0);
}

main();
