// What new globals and data models begin with. A JSON text is a YAML text too, whatever is in it.
const quoted = (text: string) => JSON.stringify(text);

export function globalTexts(id: string): { yaml: string; python: string } {
  const yaml = `AnalysisType: global\nGlobalID: ${quoted(id)}\nFilename: ${quoted(`${id}.py`)}\nDescription: ""\n`;
  return { yaml, python: `"""What detections share: import ${id}"""\n` };
}

export function dataModelTexts(id: string, logType: string): string {
  return `AnalysisType: datamodel\nDataModelID: ${quoted(id)}\nDisplayName: ${quoted(id)}\nEnabled: false\n`
    + `LogTypes:\n  - ${quoted(logType)}\nMappings:\n  - Name: source_ip\n    Path: sourceIPAddress\n`;
}
